"""A real usage trace goes in over HTTP and ends as money.

Budgets warn by e-mail, the month is closed, and the invoice that arrives says what arithmetic over the file says.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from email.message import EmailMessage
from io import BytesIO

import pytest
from django.core.management import call_command
from pypdf import PdfReader

from billing.enums import PaymentStatus
from billing.models import (
    BillingAccount,
    BillingContact,
    Budget,
    ExchangeRate,
    Invoice,
    Plan,
    TriggeredAlert,
)
from billing.services.budgets import create_budget
from billing.services.invoice_mail import send_invoice
from billing.services.invoices import finalize_invoice
from billing.services.month_close import close_month
from billing.services.payments import record_payment
from billing.services.subscriptions import subscribe
from teams.enums import ScopeKind
from teams.models import Organization
from tests.billing.billing_fixtures import make_issuer
from tests.config.processes import eventually
from tests.flows.azure_trace import (
    INPUT,
    INPUT_PRICE,
    OUTPUT,
    OUTPUT_PRICE,
    last_month,
    read_trace,
    send,
)
from tests.flows.conftest import RunningProduct
from tests.mail_peer import Peer
from tests.real_data import needs_real_data
from tests.teams.cast import make_cast
from tests.usage.price_factories import LlmModelFactory, PriceFactory

pytestmark = [pytest.mark.django_db(transaction=True), needs_real_data]

EUR_PER_USD = Decimal("0.9")
BASE_FEE, INCLUDED, TAX_RATE = Decimal(20), 1_000_000, Decimal(19)
ACCOUNTS = "accounts@acme.example"
SECONDS = 60
"""After which we give up. On an idle machine it is about ten: the worker looks for alerts and mails every five."""


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


IN_EUR = cents(INPUT * INPUT_PRICE * EUR_PER_USD)
OUT_EUR = cents(OUTPUT * OUTPUT_PRICE * EUR_PER_USD)
CREDIT_EUR = cents((IN_EUR + OUT_EUR) * INCLUDED / (INPUT + OUTPUT))
NET = BASE_FEE + IN_EUR + OUT_EUR - CREDIT_EUR
TAX = cents(NET * TAX_RATE / 100)
TOTAL = NET + TAX


@pytest.mark.usefixtures("worker")
def test_trace_to_invoice(product: RunningProduct, peer: Peer) -> None:
    people = make_cast()
    acme, month = people.acme, last_month()
    PriceFactory(model=LlmModelFactory(name="gpt-4o"), input=INPUT_PRICE, output=OUTPUT_PRICE)
    sell_to(acme, month)
    budget = make_budget(acme, month)
    send(product, acme, read_trace(datetime(month.year, month.month, 10, 23, 30, tzinfo=UTC)))
    check_alerts(peer, budget)

    draft = close_month(organization=acme, period=month, actor=people.carol)
    assert draft is not None
    invoice = finalize_invoice(invoice_id=draft.pk, actor=people.carol)
    assert (invoice.net_total, invoice.tax_total, invoice.total) == (NET, TAX, TOTAL)
    send_invoice(invoice_id=invoice.pk, actor=people.carol)
    check_invoice_mail(peer, invoice)

    today = datetime.now(UTC).date()
    record_payment(invoice_id=invoice.pk, amount=TOTAL, paid_on=today, actor=people.carol)
    invoice.refresh_from_db()
    assert (invoice.payment_status, invoice.paid_total) == (PaymentStatus.PAID, TOTAL)
    call_command("verify_ledger", organization="acme")


def sell_to(organization: Organization, month: date) -> None:
    """A German issuer sells a plan with a fee and included tokens, in euros."""
    organization.currency = "EUR"
    organization.save(update_fields=["currency"])
    ExchangeRate.objects.create(
        currency="EUR", rate_date=month - timedelta(days=1), units_per_usd=EUR_PER_USD, source="test"
    )
    account = BillingAccount.objects.create(
        organization=organization,
        issuer=make_issuer(),
        legal_name="Acme Ltd",
        address="1 Main Street",
        country="US",
        tax_rate=TAX_RATE,
    )
    BillingContact.objects.create(account=account, email=ACCOUNTS)
    plan = Plan.objects.create(
        code="team", name="Team", currency="EUR", base_fee=BASE_FEE, included_tokens=INCLUDED
    )
    subscribe(organization=organization, plan=plan, valid_from=month)


def make_budget(organization: Organization, month: date) -> Budget:
    """A limit that the trace reaches by 95 %, but does not pass; made when the month began."""
    spent = (INPUT * INPUT_PRICE + OUTPUT * OUTPUT_PRICE) * EUR_PER_USD
    limit = Decimal(45)
    assert Decimal("0.95") < spent / limit < 1
    return create_budget(
        organization=organization,
        name="All of Acme",
        scope_kind=ScopeKind.ORGANIZATION,
        scope_id=organization.pk,
        limit=limit,
        now=datetime(month.year, month.month, 1, 12, tzinfo=UTC),
    )


def check_alerts(peer: Peer, budget: Budget) -> None:
    """Three e-mails each to the owner and to accounts, within seconds, and no fourth."""

    def thresholds(address: str) -> list[int]:
        subjects = [message["Subject"] for message in peer.received if message["To"] == address]
        return sorted(
            int(found[1]) for found in (re.search(r"(\d+)\s?%", text) for text in subjects) if found
        )

    eventually(lambda: len(peer.received) >= 6, seconds=SECONDS, what="the last alert")
    assert thresholds("alice@example.com") == thresholds(ACCOUNTS) == [75, 90, 95]
    assert len(peer.received) == 6
    alerts = TriggeredAlert.objects.filter(budget=budget).order_by("pk")
    assert list(alerts.values_list("threshold", flat=True)) == [75, 90, 95]
    for message in peer.received:
        assert "All of Acme" in message["Subject"] and "€45" in body(message)


def check_invoice_mail(peer: Peer, invoice: Invoice) -> None:
    """It comes to accounts with the PDF whose bytes are kept, and the PDF says what the file says."""
    before = len(peer.received)
    eventually(lambda: len(peer.received) > before, seconds=SECONDS, what="the invoice")
    message = peer.received[-1]
    assert message["To"] == ACCOUNTS
    assert invoice.number in message["Subject"]
    assert f"€{TOTAL:,}" in body(message)
    (attached,) = message.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    content = attached.get_content()
    invoice.refresh_from_db()
    assert content == bytes(invoice.pdf.content)
    check_paper(content, invoice)


def check_paper(content: bytes, invoice: Invoice) -> None:
    """Number, parties, each line's quantity and amount, tax and total, as independent arithmetic gives them."""
    written = " ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    words = set(written.replace("€", " ").split())
    assert {invoice.number, f"{TOTAL:,}", f"{NET:,}", f"{TAX:,}"} <= words
    assert {f"{INPUT:,}", f"{IN_EUR:,}", f"{OUTPUT:,}", f"{OUT_EUR:,}"} <= words
    assert {f"{INCLUDED:,}", f"−{CREDIT_EUR:,}", f"{BASE_FEE:,.2f}"} <= words
    for name in ("Ledger Works GmbH", "Acme Ltd", "gpt-4o"):
        assert name in written


def body(message: EmailMessage) -> str:
    """The text part."""
    part = message.get_body(("plain",))
    assert part is not None
    return part.get_content()
