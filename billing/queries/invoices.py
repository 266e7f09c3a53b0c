"""The invoices that an organization gets to see: finalized and voided ones, never drafts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

from billing.enums import InvoiceStatus, PaymentStatus
from billing.invoice_state import is_overdue
from billing.models import Invoice, InvoiceLine, InvoiceShare, InvoiceTax, Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceSummary:
    """An invoice in a list. Amounts are in ``currency``; ``is_overdue`` goes by the issuer's day."""

    id: int
    number: str
    period: date
    status: InvoiceStatus
    payment_status: PaymentStatus
    is_overdue: bool
    currency: str
    issuing_date: date | None
    payment_due_date: date | None
    net_total: Decimal
    tax_total: Decimal
    total: Decimal
    paid_total: Decimal
    has_pdf: bool

    @property
    def amount_due(self) -> Decimal:
        """What is still to be paid: nothing of a voided invoice, negative where more was paid than asked for."""
        return Decimal(0) if self.status == InvoiceStatus.VOIDED else self.total - self.paid_total

    @property
    def credit(self) -> Decimal:
        """What went to the organization's credit balance."""
        return max(-self.amount_due, Decimal(0))


def shown_invoices(organization_id: int) -> "QuerySet[Invoice]":
    """An organization's invoices without drafts, the latest month first."""
    invoices = Invoice.objects.filter(organization_id=organization_id).exclude(status=InvoiceStatus.DRAFT)
    return invoices.select_related("issuer").order_by("-period", "-id")


def find_invoice(organization_id: int, number: str) -> Invoice | None:
    """The invoice with a number, unless it is a draft; of two issuers' invoices with one number the later one."""
    if "\0" in number:
        return None
    return shown_invoices(organization_id).filter(number=number).order_by("-id").first()


def read_in_full(organization_id: int, number: str) -> Invoice | None:
    """The same invoice with lines, taxes, shares and payments, read in as many queries."""
    found = find_invoice(organization_id, number)
    if found is not None:
        ordered = (
            Prefetch("lines", InvoiceLine.objects.order_by("position")),
            Prefetch("taxes", InvoiceTax.objects.order_by("rate")),
            Prefetch("shares", InvoiceShare.objects.order_by("dimension", "position")),
            Prefetch("payments", Payment.objects.order_by("paid_on", "id")),
        )
        prefetch_related_objects([found], *ordered)
    return found


def summary_of(invoice: Invoice, *, now: datetime) -> InvoiceSummary:
    """The summary of an invoice that was read with its issuer."""
    today = now.astimezone(ZoneInfo(invoice.issuer.time_zone)).date()
    return InvoiceSummary(
        id=invoice.pk,
        number=invoice.number or "",
        period=invoice.period,
        status=InvoiceStatus(invoice.status),
        payment_status=PaymentStatus(invoice.payment_status),
        is_overdue=is_overdue(
            status=invoice.status,
            payment_status=invoice.payment_status,
            payment_due_date=invoice.payment_due_date,
            today=today,
        ),
        currency=invoice.currency,
        issuing_date=invoice.issuing_date,
        payment_due_date=invoice.payment_due_date,
        net_total=invoice.net_total,
        tax_total=invoice.tax_total,
        total=invoice.total,
        paid_total=invoice.paid_total,
        has_pdf=invoice.pdf_id is not None,
    )


def invoice_page(
    organization_id: int, *, now: datetime, limit: int, before: int | None = None
) -> tuple[Sequence[InvoiceSummary], bool]:
    """Up to ``limit`` invoices after the one with the id ``before``, and whether there are more."""
    invoices = shown_invoices(organization_id)
    last = invoices.filter(pk=before).first() if before is not None else None
    if last is not None:
        invoices = invoices.filter(Q(period__lt=last.period) | Q(period=last.period, id__lt=last.pk))
    rows = list(invoices[: limit + 1])
    return [summary_of(row, now=now) for row in rows[:limit]], len(rows) > limit
