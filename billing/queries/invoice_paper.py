"""Reads an invoice with everything that stands on its paper."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.conf import settings

from billing.enums import ChargeCategory, InvoiceStatus, LineKind, ShareDimension
from billing.invoice_facts import InvoiceFacts, LineFacts, Party, PaymentFacts, ShareFacts, TaxFacts
from billing.models import BillingAccount, Invoice, InvoiceLine
from usage.enums import ChargeKind

_PARTY_FIELDS: Final = tuple(field.name for field in fields(Party))


def invoice_facts(invoice: Invoice) -> InvoiceFacts:
    """The facts of an invoice as they stand: parties from its snapshot, those of a draft as they are today.

    ``language`` is the invoice's, or English where documents are not written in it. Five queries, however long.
    """
    issuer, buyer = _parties(invoice)
    known = dict(settings.DOCUMENT_LANGUAGES)
    return InvoiceFacts(
        status=InvoiceStatus(invoice.status),
        number=invoice.number or "",
        period=invoice.period,
        language=invoice.language if invoice.language in known else settings.LANGUAGE_CODE,
        currency=invoice.currency,
        units_per_usd=invoice.units_per_usd,
        month_rates=month_rates(invoice.terms),
        rate_date=_rate_date(invoice.terms),
        net_payment_term=invoice.net_payment_term,
        issuing_date=invoice.issuing_date,
        payment_due_date=invoice.payment_due_date,
        issuer=issuer,
        buyer=buyer,
        lines=tuple(map(_line, invoice.lines.order_by("position"))),
        taxes=_taxes(invoice),
        shares=_shares(invoice),
        payments=_payments(invoice),
        net_total=invoice.net_total,
        tax_total=invoice.tax_total,
        total=invoice.total,
        paid_total=invoice.paid_total,
    )


def _parties(invoice: Invoice) -> tuple[Party, Party]:
    if invoice.parties:
        return _party(invoice.parties["issuer"]), _party(invoice.parties["buyer"])
    account = BillingAccount.objects.select_related("issuer").get(organization_id=invoice.organization_id)
    return _party(vars(account.issuer)), _party(vars(account))


def _party(known: Mapping[str, Any]) -> Party:
    return Party(**{name: known[name] for name in _PARTY_FIELDS if name in known})


def month_rates(terms: Mapping[str, Any]) -> dict[date, Decimal]:
    """Service months of an invoice's terms → units of its currency for one US dollar."""
    return {
        date.fromisoformat(month): Decimal(of_month["units_per_usd"])
        for month, of_month in terms.get("months", {}).items()
    }


def _rate_date(terms: Mapping[str, Any]) -> date | None:
    kept = terms.get("rate_date")
    return date.fromisoformat(kept) if kept else None


def _line(line: InvoiceLine) -> LineFacts:
    return LineFacts(
        kind=LineKind(line.kind),
        charge_category=ChargeCategory(line.charge_category),
        service_period=line.service_period,
        description=line.description,
        provider_name=line.provider_name,
        model_name=line.model_name,
        service_tier=line.service_tier,
        charge_kind=ChargeKind(line.charge_kind) if line.charge_kind else None,
        context_threshold=line.context_threshold,
        position=line.position,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=line.amount,
    )


def _taxes(invoice: Invoice) -> tuple[TaxFacts, ...]:
    return tuple(
        TaxFacts(name=tax.name, rate=tax.rate, taxable_amount=tax.taxable_amount, tax_amount=tax.tax_amount)
        for tax in invoice.taxes.order_by("rate")
    )


def _shares(invoice: Invoice) -> tuple[ShareFacts, ...]:
    return tuple(
        ShareFacts(dimension=ShareDimension(share.dimension), name=share.name, amount=share.amount)
        for share in invoice.shares.order_by("position")
    )


def _payments(invoice: Invoice) -> tuple[PaymentFacts, ...]:
    return tuple(
        PaymentFacts(
            paid_on=payment.paid_on,
            method=payment.method,
            reference=payment.reference,
            amount=payment.amount,
        )
        for payment in invoice.payments.order_by("paid_on", "id")
    )
