"""Makes invoices for tests, from given charges: as plain facts, or stored and finalized."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Final

from billing.enums import InvoiceStatus, ShareDimension
from billing.invoice_lines import Calculation, Charge, MonthTerms, Terms, calculate
from billing.invoice_terms import terms_to_json
from billing.models import BillingAccount, Invoice, Issuer
from billing.queries.month_close import Share
from billing.rounding import split
from billing.services.invoice_parts import write_parts
from teams.models import Organization
from tests.teams.factories import OrganizationFactory
from usage.enums import ChargeKind

OCTOBER: Final = date(2026, 10, 1)
SEPTEMBER: Final = date(2026, 9, 1)
ISSUED: Final = date(2026, 11, 16)
_numbers = count(1)

ISSUER: Final = {
    "legal_name": "Ledger Works GmbH",
    "address": "Hauptstraße 1\n10115 Berlin",
    "country": "DE",
    "tax_id": "DE123456788",
    "registration": "Amtsgericht Charlottenburg, HRB 12345 B",
    "email": "billing@ledger.example",
    "website": "ledger.example",
    "bank_name": "Musterbank Berlin",
    "iban": "DE89370400440532013000",
    "bic": "COBADEFFXXX",
}
BUYER: Final = {
    "legal_name": "Acme Industries Inc.",
    "address": "1200 Market Street\nSan Francisco, CA 94103",
    "country": "US",
    "tax_id": "US12-3456789",
    "purchase_order": "PO-4711",
}


def charge(
    kind: ChargeKind = ChargeKind.INPUT,
    quantity: int = 1_000_000,
    price: str | None = "2.50",
    *,
    per: int = 1_000_000,
    model: str = "gpt-4o",
    provider: str = "openai",
    tier: str = "",
    month: date = OCTOBER,
) -> Charge:
    """Usage of one kind at ``price`` US dollars for ``per`` units; without a price it is unpriced."""
    unit_price = None if price is None else Decimal(price) / per
    return Charge(
        service_period=month,
        model_id=1,
        provider_name=provider,
        model_name=model,
        service_tier=tier,
        kind=kind,
        price_id=0 if price is None else 1,
        rate_id=0,
        quantity=quantity,
        unit_price=unit_price,
        cost=quantity * (unit_price or Decimal(0)),
    )


def terms(
    charges: Iterable[Charge] = (),
    *,
    currency: str = "USD",
    units_per_usd: str = "1",
    base_fee: str = "99",
    included_tokens: int = 0,
    tax_name: str = "VAT",
    tax_rate: str = "19",
    period: date = OCTOBER,
) -> Terms:
    """The terms of one plan for all months that ``charges`` belong to."""
    months = {period} | {each.service_period for each in charges}
    return Terms(
        period=period,
        currency=currency,
        base_fee=Decimal(base_fee),
        plan_name="Team",
        tax_name=tax_name,
        tax_rate=Decimal(tax_rate),
        months={
            month: MonthTerms(
                units_per_usd=Decimal(units_per_usd),
                included_tokens=included_tokens if month == period else 0,
            )
            for month in months
        },
    )


def shares(
    calculation: Calculation, currency: str, dimension: ShareDimension, weights: dict[str, int]
) -> list[Share]:
    """The usage of a calculation split by ``weights``."""
    amounts = split(calculation.usage_total, list(weights.values()), currency)
    return [
        Share(dimension=dimension, scope_id=position if name else 0, name=name, cost=amount, amount=amount)
        for position, (name, amount) in enumerate(zip(weights, amounts, strict=True), start=1)
    ]


def invoice_with_lines(
    charges: Sequence[Charge] = (),
    *,
    organization: Organization | None = None,
    language: str = "en",
    features: dict[str, int] | None = None,
    departments: dict[str, int] | None = None,
    issuer: dict[str, str] | None = None,
    buyer: dict[str, str] | None = None,
    number: str | None = None,
    is_draft: bool = False,
    **of_terms: Any,
) -> Invoice:
    """A stored invoice of ``charges``, finalized unless it is to stay a draft; other arguments are its terms."""
    sold_by, bought_by = ISSUER | (issuer or {}), BUYER | (buyer or {})
    agreed = terms(charges, **of_terms)
    calculation = calculate(charges, agreed)
    organization = organization or OrganizationFactory(currency=agreed.currency, language=language)
    account = _account(organization, sold_by, bought_by)
    invoice = Invoice.objects.create(
        organization=organization,
        issuer=account.issuer,
        period=agreed.period,
        currency=agreed.currency,
        units_per_usd=agreed.months[agreed.period].units_per_usd,
        language=language,
        time_zone="UTC",
        parties={},
        terms=terms_to_json(agreed)
        | {"rate_date": None if agreed.currency == "USD" else agreed.period.isoformat()},
        net_payment_term=14,
        net_total=calculation.net_total,
        tax_total=calculation.tax_total,
        total=calculation.total,
    )
    write_parts(
        invoice,
        calculation,
        [
            *shares(calculation, agreed.currency, ShareDimension.FEATURE, features or {}),
            *shares(calculation, agreed.currency, ShareDimension.DEPARTMENT, departments or {}),
        ],
    )
    return invoice if is_draft else _finalize(invoice, {"issuer": sold_by, "buyer": bought_by}, number)


def _account(
    organization: Organization, sold_by: dict[str, str], bought_by: dict[str, str]
) -> BillingAccount:
    known = BillingAccount.objects.filter(organization=organization).first()
    return known or BillingAccount.objects.create(
        organization=organization, issuer=Issuer.objects.create(**sold_by), **bought_by
    )


def _finalize(invoice: Invoice, parties: dict[str, Any], number: str | None) -> Invoice:
    """In one statement, as the trigger wants it."""
    Invoice.objects.filter(pk=invoice.pk).update(
        status=InvoiceStatus.FINALIZED,
        number=number or f"INV-{next(_numbers):05d}",
        issuing_date=ISSUED,
        payment_due_date=ISSUED + timedelta(days=14),
        finalized_at=datetime(2026, 11, 16, 9, tzinfo=UTC),
        parties=parties,
    )
    invoice.refresh_from_db()
    return invoice
