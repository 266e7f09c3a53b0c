"""Records money that came in or went back, and keeps the payment status of invoices."""

from datetime import date
from decimal import Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.enums import InvoiceStatus, PaymentStatus
from billing.models import CreditEntry, Invoice, Payment
from billing.rounding import rounded
from teams.models import User
from teams.services.audit import record_audit

CREDIT_BALANCE: Final = "credit balance"
_GIVEN_BACK: Final = "credit balance given back"


@transaction.atomic
def record_payment(
    *,
    invoice_id: int,
    amount: Decimal,
    paid_on: date,
    method: str = "bank transfer",
    reference: str = "",
    actor: User | None = None,
) -> Payment:
    """Record a payment in the invoice's currency; a negative amount is a refund.

    The same reference on the same invoice is one payment: recorded again it is returned as it stands. Raises
    ``ValidationError`` naming the field.
    """
    invoice = (
        Invoice.objects.select_for_update(of=("self",)).select_related("organization").get(pk=invoice_id)
    )
    before = _recorded_before(invoice, reference, amount, paid_on)
    if before is not None:
        return before
    if invoice.status != InvoiceStatus.FINALIZED:
        raise ValidationError(_("Payments belong to finalized invoices."))
    _check_amount(invoice, amount)
    _keep_excess(invoice, amount)
    facts = {"amount": amount, "currency": invoice.currency, "paid_on": paid_on, "reference": reference}
    payment = Payment.objects.create(invoice=invoice, method=method, recorded_by=actor, **facts)
    invoice.paid_total += amount
    invoice.payment_status = _status(invoice)
    invoice.save(update_fields=["paid_total", "payment_status"])
    _record(payment, actor)
    return payment


def _record(payment: Payment, actor: User | None) -> None:
    record_audit(
        action="payment.recorded",
        subject=payment.invoice,
        actor=actor,
        organization=payment.invoice.organization,
        facts={
            "amount": str(payment.amount),
            "currency": payment.currency,
            "paid_on": payment.paid_on,
            "reference": payment.reference,
        },
    )


def _recorded_before(invoice: Invoice, reference: str, amount: Decimal, paid_on: date) -> Payment | None:
    before = invoice.payments.filter(reference=reference).first() if reference else None
    if before is not None and (before.amount, before.paid_on) != (amount, paid_on):
        raise ValidationError({"reference": _("Another payment of this invoice has this reference.")})
    return before


def credit_balance(organization_id: int, currency: str) -> Decimal:
    """What an organization has to its credit in a currency."""
    entries = CreditEntry.objects.filter(organization_id=organization_id, currency=currency)
    balance: Decimal = entries.aggregate(total=Sum("amount", default=Decimal(0)))["total"]
    return balance


def use_credit_balance(invoice: Invoice, *, actor: User | None = None) -> Payment | None:
    """Pay a finalized invoice from its organization's credit balance as far as that reaches.

    Call it inside a transaction that holds the invoice; the organization's row is locked, so that two invoices
    never use the same credit.
    """
    type(invoice.organization).objects.select_for_update().get(pk=invoice.organization_id)
    usable = min(
        credit_balance(invoice.organization_id, invoice.currency), invoice.total - invoice.paid_total
    )
    if usable <= 0:
        return None
    CreditEntry.objects.create(
        organization=invoice.organization,
        currency=invoice.currency,
        amount=-usable,
        invoice=invoice,
        reason=_("Used for invoice %(number)s") % {"number": invoice.number},
    )
    payment = record_payment(
        invoice_id=invoice.pk,
        amount=usable,
        paid_on=invoice.issuing_date or timezone.now().date(),
        method=CREDIT_BALANCE,
        reference=CREDIT_BALANCE,
        actor=actor,
    )
    invoice.refresh_from_db(fields=["paid_total", "payment_status"])
    return payment


def give_credit_back(invoice: Invoice, *, actor: User | None = None) -> None:
    """Undo what a finalized invoice did to the credit balance: what it used is there again, what it gave is gone.

    Call it inside a transaction that holds the invoice, before voiding it. Raises ``ValidationError`` while money
    that came in by another way is on the invoice, and where the credit it gave is used already.
    """
    from_credit = {"method": CREDIT_BALANCE, "reference": CREDIT_BALANCE}
    money = invoice.payments.exclude(**from_credit).aggregate(total=Sum("amount", default=Decimal(0)))
    if money["total"] > 0:
        raise ValidationError(_("Money has come in on this invoice; pay it back first."))
    change = min(invoice.total, Decimal(0)) or invoice.paid_total
    if not change:
        return
    type(invoice.organization).objects.select_for_update().get(pk=invoice.organization_id)
    if credit_balance(invoice.organization_id, invoice.currency) + change < 0:
        raise ValidationError(
            _("The credit from this invoice is used already; void the invoices that used it first.")
        )
    if change > 0:
        record_payment(
            invoice_id=invoice.pk,
            amount=-change,
            paid_on=timezone.now().date(),
            method=CREDIT_BALANCE,
            reference=_GIVEN_BACK,
            actor=actor,
        )
        invoice.refresh_from_db(fields=["paid_total", "payment_status"])
    CreditEntry.objects.create(
        organization=invoice.organization,
        currency=invoice.currency,
        amount=change,
        invoice=invoice,
        reason=_("Invoice %(number)s was voided") % {"number": invoice.number},
    )


def _check_amount(invoice: Invoice, amount: Decimal) -> None:
    if not amount:
        raise ValidationError({"amount": _("Nothing was paid.")})
    if rounded(amount, invoice.currency) != amount:
        raise ValidationError(
            {"amount": _("%(currency)s has fewer decimal places than that.") % {"currency": invoice.currency}}
        )
    if invoice.paid_total + amount < 0:
        raise ValidationError({"amount": _("More cannot be paid back than was paid.")})


def _keep_excess(invoice: Invoice, amount: Decimal) -> None:
    """What a payment brings over the total goes to the credit balance; a refund takes it back, if it is still there."""
    asked = max(invoice.total, Decimal(0))
    over = max(invoice.paid_total - asked, Decimal(0))
    change = max(invoice.paid_total + amount - asked, Decimal(0)) - over
    if not change:
        return
    type(invoice.organization).objects.select_for_update().get(pk=invoice.organization_id)
    if change < 0 and credit_balance(invoice.organization_id, invoice.currency) + change < 0:
        raise ValidationError({"amount": _("The credit from this payment is used already.")})
    reason = (
        _("Paid over the total of invoice %(number)s") if change > 0 else _("Paid back on invoice %(number)s")
    )
    CreditEntry.objects.create(
        organization=invoice.organization,
        currency=invoice.currency,
        amount=change,
        invoice=invoice,
        reason=reason % {"number": invoice.number},
    )


def _status(invoice: Invoice) -> PaymentStatus:
    """What has been paid; more than the total still reads as paid, and shows as a balance."""
    if invoice.paid_total >= invoice.total:
        return PaymentStatus.PAID
    if invoice.paid_total > 0:
        return PaymentStatus.PARTIALLY_PAID
    return PaymentStatus.REFUNDED if invoice.payments.exists() else PaymentStatus.UNPAID
