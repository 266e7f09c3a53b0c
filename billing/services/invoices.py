"""What happens to an invoice: finalized with the next number, voided, or a draft discarded."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.enums import InvoiceStatus, PaymentStatus, SeriesKind
from billing.invoice_terms import terms_from_json
from billing.models import BillingAccount, CreditEntry, Invoice, InvoicedClose, Issuer, NumberSeries
from billing.queries.invoice_check import reproduced_digest
from billing.services.payments import give_credit_back, use_credit_balance
from teams.models import User
from teams.services.audit import record_audit
from usage.models import UsagePeriod


@transaction.atomic
def finalize_invoice(*, invoice_id: int, actor: User | None = None, now: datetime | None = None) -> Invoice:
    """Give a draft the next number of its issuer's series and its dates; from then on it stays as it is.

    Issued at ``now``, by default this instant. Finalizing again changes nothing. The number is taken in this
    transaction: if it fails, so does the number. A negative total becomes a credit balance, a positive one uses what
    is there. Raises ``ValidationError``.
    """
    invoice = (
        Invoice.objects.select_for_update(of=("self",))
        .select_related("issuer", "organization")
        .get(pk=invoice_id)
    )
    if invoice.status == InvoiceStatus.FINALIZED:
        return invoice
    if invoice.status != InvoiceStatus.DRAFT:
        raise ValidationError(_("A voided invoice stays voided."))
    account = BillingAccount.objects.get(organization=invoice.organization)
    if not _is_made_for(invoice, account) or reproduced_digest(invoice) != invoice.lines_digest:
        raise ValidationError(
            _("The draft no longer says what the ledger says. Discard it and close the month again.")
        )
    _issue(invoice, account, now or timezone.now())
    if invoice.total <= 0:
        invoice.payment_status = PaymentStatus.PAID
    invoice.save()
    _settle_with_credit(invoice, actor)
    record_audit(
        action="invoice.finalized",
        subject=invoice,
        actor=actor,
        organization=invoice.organization,
        facts={"total": str(invoice.total), "currency": invoice.currency, "lines": invoice.lines_digest},
    )
    return invoice


def _is_made_for(invoice: Invoice, account: BillingAccount) -> bool:
    """Whether the draft has the issuer and the tax that its account has now."""
    terms = terms_from_json(invoice.terms)
    return (invoice.issuer_id, terms.tax_name, terms.tax_rate) == (
        account.issuer_id,
        account.tax_name,
        account.tax_rate,
    )


def _issue(invoice: Invoice, account: BillingAccount, now: datetime) -> None:
    """Give a draft what makes it an invoice: parties, dates in the issuer's zone, and its number."""
    today = now.astimezone(ZoneInfo(invoice.issuer.time_zone)).date()
    invoice.parties = _parties(invoice.issuer, account)
    invoice.issuing_date = today
    invoice.payment_due_date = today + timedelta(days=invoice.net_payment_term)
    invoice.finalized_at = now
    invoice.number = _next_number(invoice.issuer)
    invoice.status = InvoiceStatus.FINALIZED


@transaction.atomic
def void_invoice(*, invoice_id: int, reason: str, actor: User | None = None) -> Invoice:
    """Void a finalized invoice that holds no money; its usage is charged by the month's next close.

    Credit that it used goes back to the balance, credit that it gave is taken back. The number stays taken. Raises
    ``ValidationError``.
    """
    invoice = (
        Invoice.objects.select_for_update(of=("self",)).select_related("organization").get(pk=invoice_id)
    )
    if invoice.status != InvoiceStatus.FINALIZED:
        raise ValidationError(_("Only a finalized invoice can be voided."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    give_credit_back(invoice, actor=actor)
    invoice.status = InvoiceStatus.VOIDED
    invoice.voided_at = timezone.now()
    invoice.void_reason = reason.strip()[:300]
    invoice.save(update_fields=["status", "voided_at", "void_reason"])
    InvoicedClose.objects.filter(invoice=invoice).delete()
    _reopen(invoice)
    record_audit(
        action="invoice.voided",
        subject=invoice,
        actor=actor,
        organization=invoice.organization,
        reason=reason,
        facts={"total": str(invoice.total), "currency": invoice.currency},
    )
    return invoice


@transaction.atomic
def discard_draft(*, invoice_id: int, actor: User | None = None) -> None:
    """Delete a draft; closing the month again drafts it anew with all that has come in since."""
    invoice = (
        Invoice.objects.select_for_update(of=("self",)).select_related("organization").get(pk=invoice_id)
    )
    if invoice.status != InvoiceStatus.DRAFT:
        raise ValidationError(_("Only a draft can be discarded."))
    record_audit(
        action="invoice.discarded",
        subject=f"{invoice.organization} {invoice.period:%Y-%m}",
        actor=actor,
        organization=invoice.organization,
        facts={"total": str(invoice.total)},
    )
    _reopen(invoice)
    invoice.delete()


def _reopen(invoice: Invoice) -> None:
    """The invoice's month is to close again; its close number stays."""
    UsagePeriod.objects.filter(organization_id=invoice.organization_id, period=invoice.period).update(
        closed_at=None
    )


def _next_number(issuer: Issuer) -> str:
    """The next number of the issuer's series, kept locked until the transaction ends: so there are no gaps."""
    of_kind = NumberSeries.objects.filter(kind=SeriesKind.INVOICE)
    # Another issuer's customers are not to see the same numbers.
    is_taken = of_kind.filter(prefix="INV-").exclude(issuer=issuer).exists()
    prefix = f"INV{issuer.pk}-" if is_taken else "INV-"
    NumberSeries.objects.get_or_create(issuer=issuer, kind=SeriesKind.INVOICE, defaults={"prefix": prefix})
    series = of_kind.select_for_update().get(issuer=issuer)
    number = str(series)
    series.next_number += 1
    series.save(update_fields=["next_number"])
    return number


def _parties(issuer: Issuer, account: BillingAccount) -> dict[str, Any]:
    """Issuer and buyer as they are now, for good."""
    sold_by = (
        "legal_name",
        "address",
        "country",
        "tax_id",
        "registration",
        "email",
        "website",
        "bank_name",
        "iban",
        "bic",
    )
    bought_by = ("legal_name", "address", "country", "tax_id", "purchase_order")
    return {
        "issuer": {name: getattr(issuer, name) for name in sold_by},
        "buyer": {name: getattr(account, name) for name in bought_by},
    }


def _settle_with_credit(invoice: Invoice, actor: User | None) -> None:
    if invoice.total < 0:
        CreditEntry.objects.create(
            organization=invoice.organization,
            currency=invoice.currency,
            amount=-invoice.total,
            invoice=invoice,
            reason=_("Negative total of invoice %(number)s") % {"number": invoice.number},
        )
    elif invoice.total > Decimal(0):
        use_credit_balance(invoice, actor=actor)
