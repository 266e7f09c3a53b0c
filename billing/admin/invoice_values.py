"""How money, dates and states of invoices are written in the admin: an icon never stands without its word."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing import invoice_state
from billing.enums import InvoiceStatus, PaymentStatus
from billing.models import Invoice, Issuer
from teams import formatting
from teams.templatetags.figures import reader_locale
from teams.templatetags.icons import icon

ABSENT: Final = "–"
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


def today(time_zone: str) -> date:
    """The day that it is in a zone."""
    return datetime.now(ZoneInfo(time_zone)).date()


def overdue_condition() -> Q:
    """Invoices that are finalized, not wholly paid, and past their due date where their issuer is."""
    condition = Q(pk__in=[])
    for zone in Issuer.objects.order_by().values_list("time_zone", flat=True).distinct():
        condition |= Q(issuer__time_zone=zone, payment_due_date__lt=today(zone))
    return condition & Q(status=InvoiceStatus.FINALIZED, payment_status__in=invoice_state.OPEN)


def is_overdue(invoice: Invoice) -> bool:
    """The same of one invoice."""
    return invoice_state.is_overdue(
        status=invoice.status,
        payment_status=invoice.payment_status,
        payment_due_date=invoice.payment_due_date,
        today=today(invoice.issuer.time_zone),
    )


def written_count(number: int) -> str:
    """A whole number, as part of a sentence."""
    return formatting.count(number, locale=reader_locale())


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
