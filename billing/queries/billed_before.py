"""What earlier invoices said of a service month's tokens, so that a later one can say the difference."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from billing.enums import InvoiceStatus, LineKind
from billing.invoice_lines import TOKEN_KINDS, Billed
from billing.models import Invoice, InvoiceLine
from billing.rounding import rounded
from teams.models import Organization


def billed_before(organization: Organization, rates: Mapping[date, Decimal]) -> dict[date, Billed]:
    """The priced tokens of service months on drafts and finalized invoices, and what plans took off of them.

    Amounts are in the organization's currency: one of an invoice in another currency is converted by way of the
    month's rate on it and the month's rate in ``rates``, units for a US dollar.
    """
    return billed_read(organization, rates, billed_sums(organization.pk, list(rates))) if rates else {}


def billed_sums(organization_id: int, months: Sequence[date]) -> "QuerySet[InvoiceLine, Any]":
    """What ``billed_read`` reads of these service months."""
    of_tokens = Q(kind=LineKind.USAGE, charge_kind__in=TOKEN_KINDS, unit_price__isnull=False)
    lines = (
        InvoiceLine.objects.filter(invoice__organization_id=organization_id, service_period__in=months)
        .filter(of_tokens | Q(kind=LineKind.INCLUDED))
        .exclude(invoice__status=InvoiceStatus.VOIDED)
        .order_by()
    )
    grouped = lines.values("service_period", "kind", "invoice_id", "invoice__currency")
    sums = grouped.annotate(sum_quantity=Sum("quantity"), sum_amount=Sum("amount"))
    return sums.values_list(
        "service_period", "kind", "invoice_id", "invoice__currency", "sum_quantity", "sum_amount"
    )


def billed_read(
    organization: Organization, rates: Mapping[date, Decimal], sums: Iterable[Any]
) -> dict[date, Billed]:
    """Rows of ``billed_sums`` per month of ``rates``."""
    found: defaultdict[tuple[date, str], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for month, kind, invoice_id, currency, quantity, amount in sums:
        if currency != organization.currency:
            amount = rounded(amount / _rate_on(invoice_id, month) * rates[month], organization.currency)
        tokens, total = found[month, kind]
        found[month, kind] = tokens + quantity, total + amount
    return {month: _billed(found[month, LineKind.USAGE], found[month, LineKind.INCLUDED]) for month in rates}


def _billed(used: tuple[int, Decimal], included: tuple[int, Decimal]) -> Billed:
    return Billed(tokens=used[0], amount=used[1], granted_tokens=included[0], granted_amount=-included[1])


def _rate_on(invoice_id: int, month: date) -> Decimal:
    """Units of an invoice's currency for a US dollar in a service month, as the invoice keeps them."""
    terms = Invoice.objects.values_list("terms", flat=True).get(pk=invoice_id)
    return Decimal(terms["months"][month.isoformat()]["units_per_usd"])
