"""Voiding an invoice that used credit, or gave some: the balance is as if it had never been."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from billing.enums import InvoiceStatus, PaymentStatus
from billing.models import CreditEntry, Invoice
from billing.queries.invoice_check import invoice_differences
from billing.services.invoices import finalize_invoice, void_invoice
from billing.services.month_close import close_month
from billing.services.payments import credit_balance, record_payment
from teams.models import Organization
from tests.billing.billing_fixtures import JUNE, MAY, billed_organization
from tests.threads import at_once
from tests.usage.corrections.voids import void
from tests.usage.ledger_fixtures import event, store

LATE = datetime(2026, 11, 20, tzinfo=UTC)
JULY = date(2026, 7, 1)


def with_credit(amount: str) -> Organization:
    """A hundred dollars a month, and some credit."""
    organization = billed_organization(base_fee="100", tax_rate="0")
    CreditEntry.objects.create(
        organization=organization, currency="USD", amount=Decimal(amount), reason="goodwill"
    )
    return organization


def drafted(organization: Organization, period: date) -> Invoice:
    draft = close_month(organization=organization, period=period, now=LATE)
    assert draft is not None
    return draft


def invoiced(organization: Organization, period: date) -> Invoice:
    return finalize_invoice(invoice_id=drafted(organization, period).pk)


def balance(organization: Organization) -> Any:
    return credit_balance(organization.pk, "USD")


def paid(invoice: Invoice, amount: str) -> None:
    record_payment(invoice_id=invoice.pk, amount=Decimal(amount), paid_on=JULY)


def gave_credit() -> tuple[Organization, Invoice]:
    """An organization whose May was taken back after its invoice: June's gave it 20 dollars."""
    organization = billed_organization(base_fee="0", tax_rate="0")
    store(organization, event(transaction_id="wrong", input_tokens=10_000_000, output_tokens=0))
    invoiced(organization, MAY)
    void(organization, "wrong")
    june = invoiced(organization, JUNE)
    assert (june.total, balance(organization)) == (-20, 20)
    return organization, june


def july_of(organization: Organization, tokens: int = 4_000_000) -> Invoice:
    """July's draft, two dollars a million tokens."""
    used = event(occurred_at=datetime(2026, 7, 10, tzinfo=UTC), input_tokens=tokens, output_tokens=0)
    store(organization, used, received_at=LATE)
    return drafted(organization, JULY)


@pytest.mark.django_db
def test_credit_that_a_voided_invoice_used_is_there_for_the_one_made_anew() -> None:
    organization = with_credit("40")
    first = invoiced(organization, MAY)
    assert (first.paid_total, balance(organization)) == (40, 0)
    voided = void_invoice(invoice_id=first.pk, reason="wrong address")
    assert (voided.status, voided.payment_status) == (InvoiceStatus.VOIDED, PaymentStatus.REFUNDED)
    assert (voided.paid_total, balance(organization)) == (0, 40)
    assert [(one.method, one.amount) for one in voided.payments.order_by("pk")] == [
        ("credit balance", 40),
        ("credit balance", -40),
    ]
    again = invoiced(organization, MAY)
    assert (again.paid_total, again.payment_status) == (40, PaymentStatus.PARTIALLY_PAID)
    assert balance(organization) == 0
    assert list(invoice_differences(organization.pk)) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("back", "left"), [("-60", 40), ("-90", 10), ("-100", 0)])
def test_money_is_paid_back_first_and_credit_follows_as_far_as_it_was_not(back: str, left: int) -> None:
    organization = with_credit("40")
    invoice = invoiced(organization, MAY)
    paid(invoice, "60")
    with pytest.raises(ValidationError, match="pay it back first"):
        void_invoice(invoice_id=invoice.pk, reason="wrong")
    paid(invoice, back)
    assert void_invoice(invoice_id=invoice.pk, reason="wrong").paid_total == 0
    assert balance(organization) == left


@pytest.mark.django_db
def test_money_above_the_total_is_still_money() -> None:
    organization = with_credit("40")
    invoice = invoiced(organization, MAY)
    paid(invoice, "75")
    assert balance(organization) == 15
    paid(invoice, "-74")
    with pytest.raises(ValidationError, match="pay it back first"):
        void_invoice(invoice_id=invoice.pk, reason="wrong")
    paid(invoice, "-1")
    void_invoice(invoice_id=invoice.pk, reason="wrong")
    assert balance(organization) == 40


@pytest.mark.django_db
def test_credit_that_a_voided_invoice_gave_is_taken_back() -> None:
    organization, june = gave_credit()
    void_invoice(invoice_id=june.pk, reason="wrong")
    assert balance(organization) == 0
    assert invoiced(organization, JUNE).total == -20
    assert balance(organization) == 20


@pytest.mark.django_db
def test_credit_that_is_used_keeps_the_invoice_that_gave_it() -> None:
    organization, june = gave_credit()
    july = finalize_invoice(invoice_id=july_of(organization).pk)
    assert (july.paid_total, balance(organization)) == (8, 12)
    with pytest.raises(ValidationError, match="used already"):
        void_invoice(invoice_id=june.pk, reason="wrong")
    june.refresh_from_db()
    assert june.status == InvoiceStatus.FINALIZED
    assert (june.voided_at, balance(organization)) == (None, 12)
    void_invoice(invoice_id=july.pk, reason="wrong")
    void_invoice(invoice_id=june.pk, reason="wrong")
    assert balance(organization) == 0


@pytest.mark.django_db(transaction=True)
def test_two_who_void_give_the_credit_back_once() -> None:
    organization = with_credit("40")
    invoice = invoiced(organization, MAY)
    results = at_once(*(lambda: void_invoice(invoice_id=invoice.pk, reason="wrong") for _ in range(4)))
    assert sorted(type(result).__name__ for result in results) == ["Invoice", *["ValidationError"] * 3]
    assert balance(organization) == 40


@pytest.mark.django_db(transaction=True)
def test_credit_is_either_used_or_taken_back() -> None:
    organization, june = gave_credit()
    july = july_of(organization)
    taken, used = at_once(
        lambda: void_invoice(invoice_id=june.pk, reason="wrong"),
        lambda: finalize_invoice(invoice_id=july.pk),
    )
    assert isinstance(used, Invoice)
    if isinstance(taken, Invoice):
        assert (used.paid_total, balance(organization)) == (0, 0)
    else:
        assert isinstance(taken, ValidationError)
        assert (used.paid_total, balance(organization)) == (8, 12)


@pytest.mark.django_db(transaction=True)
def test_a_payment_at_the_same_moment_is_refused_or_keeps_the_invoice() -> None:
    organization = with_credit("40")
    invoice = invoiced(organization, MAY)
    voided, payment = at_once(
        lambda: void_invoice(invoice_id=invoice.pk, reason="wrong"), lambda: paid(invoice, "60")
    )
    invoice.refresh_from_db()
    if isinstance(voided, Invoice):
        assert isinstance(payment, ValidationError)
        assert (invoice.paid_total, balance(organization)) == (0, 40)
    else:
        assert (payment, invoice.paid_total, balance(organization)) == (None, 100, 0)
