"""Which invoices already charge the months that a re-rating changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from billing.enums import InvoiceStatus
from billing.models import Invoice, InvoicedClose
from usage.models import Rerating, ReratingPart

Place = tuple[int, date]


def invoices_of(parts: Iterable[ReratingPart]) -> Mapping[Place, list[Invoice]]:
    """(organization, billing month) → the standing invoices that charge some of its usage, the first one first."""
    places = {(part.organization_id, part.period) for part in parts}
    closes = InvoicedClose.objects.filter(
        organization_id__in={organization_id for organization_id, _period in places},
        period__in={period for _organization_id, period in places},
    )
    found: defaultdict[Place, list[Invoice]] = defaultdict(list)
    standing = closes.exclude(invoice__status=InvoiceStatus.VOIDED).select_related("invoice")
    for close in standing.order_by("close_number", "invoice_id"):
        invoices = found[close.organization_id, close.period]
        if close.invoice not in invoices:
            invoices.append(close.invoice)
    return found


def count_issued(rerating: Rerating) -> int:
    """How many finalized invoices charge a month that a re-rating changes: each stays, and gets an adjustment later."""
    parts = rerating.parts.filter(events__gt=0)
    issued = Invoice.objects.filter(
        status=InvoiceStatus.FINALIZED, organization_id__in=parts.values("organization_id")
    )
    closes = InvoicedClose.objects.filter(
        invoice__in=issued, organization_id__in=parts.values("organization_id")
    )
    changed = set(parts.values_list("organization_id", "period"))
    rows = closes.values_list("organization_id", "period", "invoice_id").distinct()
    return len(
        {invoice_id for organization_id, period, invoice_id in rows if (organization_id, period) in changed}
    )
