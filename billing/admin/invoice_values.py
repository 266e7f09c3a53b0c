"""How money, dates and states of invoices are written in the admin: an icon never stands without its word."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing.enums import InvoiceStatus, PaymentStatus
from billing.models import Invoice
from teams import formatting
from teams.templatetags.figures import reader_locale
from teams.templatetags.icons import icon

ABSENT: Final = "–"
_OPEN: Final = (PaymentStatus.UNPAID, PaymentStatus.PARTIALLY_PAID)
_SIGNS: Final = {
    PaymentStatus.UNPAID: ("notice", "quiet"),
    PaymentStatus.PARTIALLY_PAID: ("caution", "warning"),
    PaymentStatus.PAID: ("ok", "ok"),
    PaymentStatus.REFUNDED: ("notice", "quiet"),
    PaymentStatus.WRITTEN_OFF: ("caution", "quiet"),
}
_STATUS_SIGNS: Final = {
    InvoiceStatus.DRAFT: ("notice", "quiet"),
    InvoiceStatus.FINALIZED: ("ok", "ok"),
    InvoiceStatus.VOIDED: ("caution", "quiet"),
}


def today() -> date:
    """The day by which invoices are overdue here: UTC, as staff look at issuers of several zones at once."""
    return datetime.now(UTC).date()


def overdue_condition() -> Q:
    """Invoices that are finalized, not wholly paid, and past their due date."""
    return Q(status=InvoiceStatus.FINALIZED, payment_status__in=_OPEN, payment_due_date__lt=today())


def is_overdue(invoice: Invoice) -> bool:
    """The same of one invoice."""
    return (
        invoice.status == InvoiceStatus.FINALIZED
        and invoice.payment_status in _OPEN
        and invoice.payment_due_date is not None
        and invoice.payment_due_date < today()
    )


def open_amount(invoice: Invoice) -> Decimal:
    """What is still to be paid; negative when more was paid than is due."""
    return invoice.total - invoice.paid_total


def written_money(amount: Decimal, currency: str) -> str:
    """Money in its currency's places."""
    return formatting.money(amount, currency=currency, locale=reader_locale())


def figure(written: object) -> SafeString:
    """A right-aligned figure on one line."""
    return format_html('<span class="billing-number">{}</span>', written)


def written_day(day: date | None) -> str:
    """A day as it is sorted: 2026-11-01."""
    return day.isoformat() if day else ABSENT


def sign(icon_name: str, tone: str, word: Any) -> SafeString:
    """A word with its icon and colour; ``tone`` is ok, warning, critical or quiet."""
    return format_html('<span class="billing-state billing-{}">{} {}</span>', tone, icon(icon_name), word)


def written_status(invoice: Invoice) -> SafeString:
    """Draft, finalized or voided."""
    return sign(*_STATUS_SIGNS[InvoiceStatus(invoice.status)], invoice.get_status_display())


def written_payment(invoice: Invoice) -> SafeString | str:
    """What was paid of a finalized invoice, and whether it is overdue; a dash where nothing is asked for."""
    if invoice.status != InvoiceStatus.FINALIZED:
        return ABSENT
    if is_overdue(invoice):
        partly = invoice.payment_status == PaymentStatus.PARTIALLY_PAID
        return sign("critical", "critical", _("Overdue, partially paid") if partly else _("Overdue"))
    return sign(*_SIGNS[PaymentStatus(invoice.payment_status)], invoice.get_payment_status_display())
