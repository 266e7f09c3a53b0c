"""A month is closed while clients report usage of that very month, and web workers die in the middle of it."""

import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http.client import HTTPException
from typing import Any

import psutil
import pytest
from django.core.management import call_command
from django.db.models import Sum

from billing.enums import ChargeCategory, InvoiceStatus, LineKind
from billing.invoice_lines import Line, calculate, digest
from billing.invoice_terms import terms_from_json
from billing.models import Invoice, InvoicedClose, InvoiceLine
from billing.queries.charges import charges_of
from billing.queries.invoice_check import closes_of
from billing.services.invoices import finalize_invoice
from billing.services.month_close import close_month
from teams.enums import KeyScope
from teams.models import Organization
from teams.services.keys import create_api_key
from tests.billing.billing_fixtures import billed_organization
from tests.config.processes import eventually
from tests.flows.conftest import RunningProduct
from tests.threads import at_once
from usage.models import UsageEvent, UsagePeriod
from usage.periods import add_months, month_of

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS, BATCHES, BATCH = 4, 80, 15
KILLS = 5


class PatientClient:
    """Reports usage of two months, mostly of the first, and sends a batch again until it is answered."""

    def __init__(self, number: int, product: RunningProduct, secret: str, months: Sequence[date]) -> None:
        self.name = f"client-{number}"
        self.product, self.months = product, months
        self.headers = {"Authorization": f"Bearer {secret}", "Content-Encoding": "gzip"}
        self.chance = random.Random(number)
        self.sent: dict[str, tuple[date, int]] = {}
        self.answered = self.unanswered = 0
        self.answers: Counter[str] = Counter()

    def work(self) -> None:
        for batch in range(BATCHES):
            events = [self._event(f"{self.name}-{batch}-{position}") for position in range(BATCH)]
            body = gzip.compress(json.dumps(events).encode(), 1)
            answer = eventually(partial(self._ask, body), what="an answer")
            assert {event["transaction_id"] for event in events} == {
                one["transaction_id"] for one in answer["events"]
            }
            self.answers.update(one["status"] for one in answer["events"])
            self.answered += 1

    def _event(self, transaction_id: str) -> dict[str, Any]:
        month = self.months[self.chance.random() < 0.1]
        tokens = self.chance.randrange(1, 5_000)
        self.sent[transaction_id] = (month, tokens)
        moment = datetime(month.year, month.month, 1, tzinfo=UTC) + timedelta(days=27) * self.chance.random()
        return {
            "transaction_id": transaction_id,
            "occurred_at": moment.isoformat(),
            "provider_name": "openai",
            "response_model": "gpt-4o",
            "member_id": self.name,
            "feature": self.chance.choice(["chat", "agents"]),
            "input_tokens": tokens,
            "output_tokens": 10,
        }

    def _ask(self, body: bytes) -> dict[str, Any] | None:
        """The answer, or None where there was none: then nobody knows whether the batch was stored."""
        try:
            status, text = self.product.ask("POST", "/api/v1/usage/events", body=body, headers=self.headers)
        except (OSError, HTTPException):
            status, text = 0, ""
        if status == 200:
            answer: dict[str, Any] = json.loads(text)
            return answer
        assert status == 0 or status >= 500, text
        self.unanswered += 1
        return None


def test_every_event_is_on_exactly_one_invoice(product: RunningProduct) -> None:
    last = add_months(month_of(datetime.now(UTC).date()), -1)
    month = add_months(last, -1)
    organization = billed_organization(name="Acme", slug="acme", included_tokens=1_000_000)
    secret = create_api_key(organization=organization, name="gateway", scopes=[KeyScope.USAGE_WRITE]).secret
    clients = [PatientClient(number, product, secret, (month, last)) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        working = [pool.submit(client.work) for client in clients]
        first, lines = close_in_the_middle(product, organization, month, clients)
        assert not all(work.done() for work in working)
        for work in working:
            work.result(timeout=60)
    assert sum(client.unanswered for client in clients) > 0
    check_stored_once(clients)
    assert (reproduced(first), digest(reproduced(first))) == (lines, first.lines_digest)

    draft = close_month(organization=organization, period=last)
    assert draft is not None
    second = finalize_invoice(invoice_id=draft.pk)
    check_charged_once(organization, clients, first, second)
    check_adjustments(second, month)
    check_closing_again_changes_nothing(organization, month, last)
    call_command("rebuild_rollups", organization="acme")
    assert (reproduced(first), digest(reproduced(first))) == (lines, first.lines_digest)
    call_command("verify_ledger", organization="acme")


def close_in_the_middle(
    product: RunningProduct, organization: Organization, month: date, clients: Sequence[PatientClient]
) -> tuple[Invoice, list[Line]]:
    """Kill workers at random moments, one of them while two at once close the month. Gives its invoice and lines."""
    batches = CLIENTS * BATCHES
    moments = sorted(random.sample(range(batches // 10, batches * 2 // 3), KILLS))
    for moment in moments[: KILLS // 2]:
        wait_for(clients, moment)
        kill_a_worker(product)
    wait_for(clients, moments[KILLS // 2])
    close = partial(close_month, organization=organization, period=month)
    invoice, same, _killed = at_once(close, close, lambda: kill_a_worker(product))
    assert isinstance(invoice, Invoice) and invoice == same
    finalized = finalize_invoice(invoice_id=invoice.pk)
    lines = reproduced(finalized)
    for moment in moments[KILLS // 2 + 1 :]:
        wait_for(clients, moment)
        kill_a_worker(product)
    assert close() == finalized
    return finalized, lines


def wait_for(clients: Sequence[PatientClient], batches: int) -> None:
    eventually(lambda: sum(client.answered for client in clients) >= batches, what=f"batch {batches}")


def kill_a_worker(product: RunningProduct) -> None:
    workers = eventually(lambda: psutil.Process(product.pid).children(), what="a worker")
    random.choice(workers).kill()


def reproduced(invoice: Invoice) -> list[Line]:
    """The lines that the ledger gives now."""
    charges = charges_of(invoice.organization_id, closes_of(invoice))
    return list(calculate(charges, terms_from_json(invoice.terms)).lines)


def check_stored_once(clients: Sequence[PatientClient]) -> None:
    sent = {name: facts for client in clients for name, facts in client.sent.items()}
    stored = UsageEvent.objects.values_list("transaction_id", "period", "input_tokens")
    assert len(sent) == CLIENTS * BATCHES * BATCH == len(stored)
    assert {name: (month, tokens) for name, month, tokens in stored} == sent
    answers = sum((client.answers for client in clients), Counter[str]())
    assert answers["stored"] + answers["duplicate"] == len(sent)


def check_charged_once(
    organization: Organization, clients: Sequence[PatientClient], first: Invoice, second: Invoice
) -> None:
    """Each event's close is on one of the invoices, and the lines hold the tokens of its events and no others."""
    carried = {
        (period, number): invoice
        for period, number, invoice in InvoicedClose.objects.filter(organization=organization).values_list(
            "period", "close_number", "invoice"
        )
    }
    assert len(carried) == InvoicedClose.objects.count()
    sent = {name: facts for client in clients for name, facts in client.sent.items()}
    expected: defaultdict[tuple[int, date], int] = defaultdict(int)
    for name, period, number in UsageEvent.objects.values_list("transaction_id", "period", "close_number"):
        month, tokens = sent[name]
        assert period == month
        expected[carried[period, number], month] += tokens
    charged = (
        InvoiceLine.objects.filter(charge_kind="input")
        .values_list("invoice", "service_period")
        .annotate(total=Sum("quantity"))
    )
    assert {(invoice, month): total for invoice, month, total in charged} == expected
    assert {invoice for invoice, _month in expected} == {first.pk, second.pk}


def check_adjustments(second: Invoice, month: date) -> None:
    """What came too late for the first invoice is told apart from the month's own usage."""
    usage = second.lines.filter(kind=LineKind.USAGE).values_list("service_period", "charge_category")
    assert set(usage) == {
        (month, ChargeCategory.ADJUSTMENT.value),
        (second.period, ChargeCategory.USAGE.value),
    }


def check_closing_again_changes_nothing(organization: Organization, *months: date) -> None:
    def everything() -> list[Any]:
        periods = UsagePeriod.objects.filter(organization=organization)
        tables = (Invoice.objects, InvoiceLine.objects, InvoicedClose.objects, periods)
        return [list(table.order_by("pk").values()) for table in tables]

    before = everything()
    for month in months:
        again = close_month(organization=organization, period=month)
        assert again.status == InvoiceStatus.FINALIZED
        assert finalize_invoice(invoice_id=again.pk) == again
    assert everything() == before
