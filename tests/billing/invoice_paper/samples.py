"""Facts of invoices without a database, for what is pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from billing.enums import InvoiceStatus, ShareDimension
from billing.invoice_facts import InvoiceFacts, LineFacts, Party, ShareFacts, TaxFacts
from billing.invoice_lines import Charge, Line, calculate
from tests.billing.invoice_factories import BUYER, ISSUED, ISSUER, shares, terms


def facts_of(
    charges: Sequence[Charge] = (),
    *,
    language: str = "en",
    number: str = "INV-00012",
    features: dict[str, int] | None = None,
    departments: dict[str, int] | None = None,
    issuer: dict[str, str] | None = None,
    buyer: dict[str, str] | None = None,
    paid_total: str = "0",
    **of_terms: Any,
) -> InvoiceFacts:
    """A finalized invoice of ``charges`` as facts; other arguments are its terms."""
    agreed = terms(charges, **of_terms)
    calculation = calculate(charges, agreed)
    split_up = [
        *shares(calculation, agreed.currency, ShareDimension.FEATURE, features or {}),
        *shares(calculation, agreed.currency, ShareDimension.DEPARTMENT, departments or {}),
    ]
    return InvoiceFacts(
        status=InvoiceStatus.FINALIZED,
        number=number,
        period=agreed.period,
        language=language,
        currency=agreed.currency,
        units_per_usd=agreed.months[agreed.period].units_per_usd,
        month_rates={month: of_month.units_per_usd for month, of_month in agreed.months.items()},
        rate_date=None if agreed.currency == "USD" else agreed.period,
        net_payment_term=14,
        issuing_date=ISSUED,
        payment_due_date=ISSUED + timedelta(days=14),
        issuer=Party(**(ISSUER | (issuer or {}))),
        buyer=Party(**(BUYER | (buyer or {}))),
        lines=tuple(replace(_line(line), position=n) for n, line in enumerate(calculation.lines, start=1)),
        taxes=tuple(
            TaxFacts(
                name=tax.name, rate=tax.rate, taxable_amount=tax.taxable_amount, tax_amount=tax.tax_amount
            )
            for tax in calculation.taxes
        ),
        shares=tuple(
            ShareFacts(dimension=share.dimension, name=share.name, amount=share.amount) for share in split_up
        ),
        payments=(),
        net_total=calculation.net_total,
        tax_total=calculation.tax_total,
        total=calculation.total,
        paid_total=Decimal(paid_total),
    )


def as_draft(facts: InvoiceFacts) -> InvoiceFacts:
    """The same before it was finalized."""
    return replace(facts, status=InvoiceStatus.DRAFT, number="", issuing_date=None, payment_due_date=None)


def _line(line: Line) -> LineFacts:
    of = line.charge
    return LineFacts(
        kind=line.kind,
        charge_category=line.charge_category,
        service_period=line.service_period,
        description=line.description,
        provider_name=of.provider_name if of else "",
        model_name=of.model_name if of else "",
        service_tier=of.service_tier if of else "",
        charge_kind=of.kind if of else None,
        context_threshold=of.context_threshold if of else 0,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=line.amount,
    )
