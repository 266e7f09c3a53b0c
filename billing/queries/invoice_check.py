"""Whether invoices still say what the ledger says."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum

from billing.enums import InvoiceStatus, SeriesKind
from billing.invoice_lines import calculate, digest
from billing.invoice_terms import terms_from_json
from billing.models import Invoice, InvoicedClose, NumberSeries
from billing.queries.charges import charges_of
from usage.ledger_findings import Finding, FindingKind
from usage.models import UsagePeriod
from usage.periods import month_of
from usage.progress import Days


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDifference:
    """Something about an invoice that does not hold: which, what was expected and what was found."""

    organization_id: int
    invoice_id: int
    invoice: str
    fact: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.invoice}: {self.fact} should be {self.expected} and is {self.found}"

    def finding(self) -> Finding:
        """The same in plain values."""
        return Finding(
            relation="invoice",
            key={
                "organization_id": self.organization_id,
                "invoice_id": self.invoice_id,
                "invoice": self.invoice,
            },
            kind=FindingKind.DIFFERS,
            columns={self.fact: (self.expected, self.found)},
        )


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


def invoice_differences(organization_id: int, *, days: Days | None = None) -> Iterator[InvoiceDifference]:
    """Everything that does not hold for an organization's drafts and finalized invoices.

    Of those that charge for, or are of, the months that ``days`` touch; by default of all.
    """
    invoices = Invoice.objects.filter(organization_id=organization_id).exclude(status=InvoiceStatus.VOIDED)
    if days is not None:
        months = (month_of(days.first), month_of(days.last))
        invoices = invoices.filter(Q(period__range=months) | Q(closes__period__range=months)).distinct()
    for invoice in invoices.order_by("pk"):
        yield from _compared(invoice, "digest of the lines", reproduced_digest(invoice), invoice.lines_digest)
        lines = invoice.lines.aggregate(total=Sum("amount", default=0))["total"]
        taxes = invoice.taxes.aggregate(total=Sum("tax_amount", default=0))["total"]
        paid = invoice.payments.aggregate(total=Sum("amount", default=0))["total"]
        yield from _compared(invoice, "net total", lines, invoice.net_total)
        yield from _compared(invoice, "total", lines + taxes, invoice.total)
        yield from _compared(invoice, "paid total", paid, invoice.paid_total)
    yield from _open_numbers(organization_id, days)


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


def _open_numbers(organization_id: int, days: Days | None) -> Iterator[InvoiceDifference]:
    """A number that can still gain events must stand on no invoice."""
    current = dict(
        UsagePeriod.objects.filter(organization_id=organization_id).values_list("period", "close_number")
    )
    closes = InvoicedClose.objects.filter(organization_id=organization_id).select_related("invoice")
    if days is not None:
        closes = closes.filter(period__range=(month_of(days.first), month_of(days.last)))
    for close in closes:
        if close.close_number >= current.get(close.period, 0):
            fact = f"close number of {close.period:%Y-%m}"
            yield _difference(
                close.invoice, fact, f"below {current.get(close.period)}", str(close.close_number)
            )


def _compared(
    invoice: Invoice, fact: str, expected: Decimal | str, found: Decimal | str
) -> Iterator[InvoiceDifference]:
    if expected != found:
        yield _difference(invoice, fact, str(expected), str(found))


def _difference(invoice: Invoice, fact: str, expected: str, found: str) -> InvoiceDifference:
    return InvoiceDifference(
        organization_id=invoice.organization_id,
        invoice_id=invoice.pk,
        invoice=invoice.number or f"draft {invoice.period:%Y-%m}",
        fact=fact,
        expected=expected,
        found=found,
    )
