"""Closing and finalizing at the same moment as others, on connections of their own."""

import random
from collections import Counter
from datetime import UTC, datetime
from unittest.mock import patch

import pytest

from billing.enums import InvoiceStatus
from billing.models import Invoice, InvoicedClose
from billing.queries.invoice_check import invoice_differences, missing_numbers, reproduced_digest
from billing.services import invoices
from billing.services.invoices import finalize_invoice
from billing.services.month_close import close_month
from tests.billing.billing_fixtures import AFTER_JUNE, JUNE, MAY, billed_organization, make_issuer
from tests.threads import at_once
from tests.usage.ledger_fixtures import event, store
from usage.models import UsageEvent

pytestmark = pytest.mark.django_db(transaction=True)

DRAFTS = 100


def test_two_workers_finalize_a_hundred_drafts_with_random_failures_and_leave_no_gap() -> None:
    issuer = make_issuer()
    organization = billed_organization(issuer=issuer)
    store(organization, event())
    draft = close_month(organization=organization, period=MAY, now=AFTER_JUNE)
    drafts = [draft.pk]
    for number in range(1, DRAFTS):
        # The same draft for other months: only numbering is looked at here.
        copy = Invoice.objects.get(pk=draft.pk)
        copy.pk, copy.period = None, datetime(1990 + number // 12, number % 12 + 1, 1, tzinfo=UTC).date()
        copy.save(force_insert=True)
        drafts.append(copy.pk)
    record = invoices.record_audit

    def failing(**facts: object) -> object:
        # After the number was taken and the invoice saved.
        if random.random() < 0.3:
            raise ConnectionError("the worker dies here")
        return record(**facts)  # type: ignore[arg-type]

    def work() -> int:
        failures = 0
        waiting = list(drafts)
        while waiting:
            chosen = waiting[random.randrange(len(waiting))]
            try:
                finalize_invoice(invoice_id=chosen)
                waiting.remove(chosen)
            except ConnectionError:
                failures += 1
        return failures

    with (
        patch.object(invoices, "record_audit", failing),
        patch.object(invoices, "reproduced_digest", lambda invoice: invoice.lines_digest),
    ):
        failures = at_once(work, work)
    assert sum(failures) > 0
    numbers = sorted(str(invoice) for invoice in Invoice.objects.all())
    assert numbers == [f"INV-{number:05d}" for number in range(1, DRAFTS + 1)]
    assert missing_numbers(issuer.pk) == []


def test_two_closers_make_one_invoice() -> None:
    organization = billed_organization()
    store(organization, event())
    found = at_once(
        *(lambda: close_month(organization=organization, period=MAY, now=AFTER_JUNE) for _ in range(4))
    )
    assert {type(one) for one in found} == {Invoice}
    assert len({one.pk for one in found}) == 1 == Invoice.objects.count()


def test_every_event_of_a_month_that_closes_while_it_fills_is_charged_exactly_once() -> None:
    organization = billed_organization()
    store(organization, event(member_id="bob"))

    def ingest() -> None:
        for _batch in range(12):
            store(organization, *(event() for _ in range(20)))

    def close() -> None:
        invoice = close_month(organization=organization, period=MAY, now=AFTER_JUNE)
        assert invoice is not None
        finalize_invoice(invoice_id=invoice.pk)

    results = at_once(ingest, ingest, close, ingest, ingest)
    assert [result for result in results if result is not None] == []
    first = Invoice.objects.get(status=InvoiceStatus.FINALIZED)
    digest = reproduced_digest(first)
    assert digest == first.lines_digest
    close_month(organization=organization, period=JUNE, now=AFTER_JUNE)
    assert reproduced_digest(first) == digest
    billed = set(InvoicedClose.objects.values_list("period", "close_number"))
    events = Counter(UsageEvent.objects.values_list("period", "close_number"))
    assert set(events) <= billed
    assert sum(events.values()) == 961
    charged = sum(
        line.quantity for one in Invoice.objects.all() for line in one.lines.filter(charge_kind="input")
    )
    assert charged == 961 * 1000
    assert list(invoice_differences(organization.pk)) == []
