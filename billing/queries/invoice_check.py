"""Whether invoices still say what the ledger says."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from billing.enums import InvoiceStatus, SeriesKind
from billing.invoice_lines import calculate, digest
from billing.invoice_terms import terms_from_json
from billing.models import Invoice, InvoicedClose, NumberSeries
from billing.queries.charges import charges_of
from usage.models import UsagePeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDifference:
    """Something about an invoice that does not hold: which, what was expected and what was found."""

    invoice: str
    fact: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.invoice}: {self.fact} should be {self.expected} and is {self.found}"


def closes_of(invoice: Invoice) -> dict[date, list[int]]:
    """The closes that an invoice charges."""
    closes: defaultdict[date, list[int]] = defaultdict(list)
    for month, number in invoice.closes.order_by("period", "close_number").values_list(
        "period", "close_number"
    ):
        closes[month].append(number)
    return dict(closes)


def reproduced_digest(invoice: Invoice) -> str:
    """The digest of the lines that the ledger gives now for the invoice's closes and terms."""
    charges = charges_of(invoice.organization_id, closes_of(invoice))
    return digest(calculate(charges, terms_from_json(invoice.terms)).lines)


def invoice_differences(organization_id: int) -> Iterator[InvoiceDifference]:
    """Everything that does not hold for an organization's drafts and finalized invoices."""
    for invoice in Invoice.objects.filter(organization_id=organization_id).exclude(
        status=InvoiceStatus.VOIDED
    ):
        name = invoice.number or f"draft {invoice.period:%Y-%m}"
        yield from _compared(name, "digest of the lines", reproduced_digest(invoice), invoice.lines_digest)
        lines = invoice.lines.aggregate(total=Sum("amount", default=0))["total"]
        taxes = invoice.taxes.aggregate(total=Sum("tax_amount", default=0))["total"]
        paid = invoice.payments.aggregate(total=Sum("amount", default=0))["total"]
        yield from _compared(name, "net total", lines, invoice.net_total)
        yield from _compared(name, "total", lines + taxes, invoice.total)
        yield from _compared(name, "paid total", paid, invoice.paid_total)
    yield from _open_numbers(organization_id)


def missing_numbers(issuer_id: int) -> list[str]:
    """Numbers that are missing between an issuer's invoices, or were given out since and stand on none.

    Numbers are compared among those of the same prefix, so another prefix or first number is no gap.
    """
    series = NumberSeries.objects.filter(issuer_id=issuer_id, kind=SeriesKind.INVOICE).first()
    if series is None:
        return []
    groups: defaultdict[str, dict[int, int]] = defaultdict(dict)
    given = Invoice.objects.filter(issuer_id=issuer_id, number__isnull=False)
    for number in given.values_list("number", flat=True):
        prefix, value, digits = _number_parts(number or "", series.prefix)
        groups[prefix][value] = digits
    missing = []
    for prefix, taken in sorted(groups.items()):
        first, last = min(taken), max(taken)
        if prefix == series.prefix:
            last = max(last, series.next_number - 1)
        gaps = (value for value in range(first, last + 1) if value not in taken)
        missing += [f"{prefix}{value:0{taken[first]}d}" for value in gaps]
    return missing


def _number_parts(number: str, current: str) -> tuple[str, int, int]:
    """Prefix, integer and how many digits it is written with; the current prefix may itself end in digits."""
    digits = number.removeprefix(current)
    if not (number.startswith(current) and digits.isdecimal()):
        digits = number[len(number.rstrip("0123456789")) :]
    return number[: len(number) - len(digits)], int(digits or 0), len(digits)


def _open_numbers(organization_id: int) -> Iterator[InvoiceDifference]:
    """A number that can still gain events must stand on no invoice."""
    current = dict(
        UsagePeriod.objects.filter(organization_id=organization_id).values_list("period", "close_number")
    )
    closes = InvoicedClose.objects.filter(organization_id=organization_id).select_related("invoice")
    for close in closes:
        if close.close_number >= current.get(close.period, 0):
            yield InvoiceDifference(
                invoice=close.invoice.number or "draft",
                fact=f"close number of {close.period:%Y-%m}",
                expected=f"below {current.get(close.period)}",
                found=str(close.close_number),
            )


def _compared(
    invoice: str, fact: str, expected: Decimal | str, found: Decimal | str
) -> Iterator[InvoiceDifference]:
    if expected != found:
        yield InvoiceDifference(invoice=invoice, fact=fact, expected=str(expected), found=str(found))
