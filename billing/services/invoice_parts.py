"""Writes the lines, taxes and shares of a draft, and reads the lines back as they were calculated."""

from collections.abc import Iterable

from billing.invoice_lines import Calculation, Charge, Line, digest
from billing.models import Invoice, InvoiceLine, InvoiceShare, InvoiceTax
from billing.queries.month_close import Share


def write_parts(invoice: Invoice, calculation: Calculation, shares: Iterable[Share]) -> None:
    """Store what was calculated with a draft that has no parts yet, and the digest of its lines."""
    InvoiceLine.objects.bulk_create(
        _stored_line(invoice, position, line) for position, line in enumerate(calculation.lines, start=1)
    )
    InvoiceTax.objects.bulk_create(
        InvoiceTax(
            invoice=invoice,
            name=tax.name,
            rate=tax.rate,
            taxable_amount=tax.taxable_amount,
            tax_amount=tax.tax_amount,
        )
        for tax in calculation.taxes
    )
    InvoiceShare.objects.bulk_create(
        InvoiceShare(
            invoice=invoice,
            dimension=share.dimension,
            position=position,
            scope_id=share.scope_id,
            name=share.name,
            cost=share.cost,
            amount=share.amount,
        )
        for position, share in enumerate(shares, start=1)
    )
    invoice.lines_digest = digest(calculation.lines)
    invoice.save(update_fields=["lines_digest"])


def _stored_line(invoice: Invoice, position: int, line: Line) -> InvoiceLine:
    stored = InvoiceLine(
        invoice=invoice,
        position=position,
        kind=line.kind,
        charge_category=line.charge_category,
        service_period=line.service_period,
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        cost=line.cost,
        amount=line.amount,
        tax_rate=line.tax_rate,
    )
    if line.charge is not None:
        _describe(stored, line.charge)
    return stored


def _describe(stored: InvoiceLine, charge: Charge) -> None:
    stored.model_id = charge.model_id
    stored.provider_name = charge.provider_name
    stored.model_name = charge.model_name
    stored.service_tier = charge.service_tier
    stored.charge_kind = charge.kind
    stored.context_threshold = charge.context_threshold
    stored.price_id = charge.price_id
    stored.rate_id = charge.rate_id
