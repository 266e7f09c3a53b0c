"""What an invoice says, as plain values: what its paper, its e-mail and its preview are made of. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.enums import ChargeCategory, InvoiceStatus, LineKind, ShareDimension
from usage.enums import ChargeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Issuer or buyer as they stood when the invoice was made."""

    legal_name: str = ""
    address: str = ""
    country: str = ""
    tax_id: str = ""
    registration: str = ""
    email: str = ""
    website: str = ""
    bank_name: str = ""
    iban: str = ""
    bic: str = ""
    purchase_order: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """One line. ``unit_price`` is US dollars for one unit, ``amount`` the invoice's currency.

    ``context_threshold`` > 0: at the price of requests with more input tokens than that. ``position`` is 0 on a
    preview.
    """

    kind: LineKind
    charge_category: ChargeCategory
    service_period: date
    description: str
    provider_name: str
    model_name: str
    service_tier: str
    charge_kind: ChargeKind | None
    quantity: int
    unit_price: Decimal | None
    amount: Decimal
    context_threshold: int = 0
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxFacts:
    """Tax of one rate, in per cent."""

    name: str
    rate: Decimal
    taxable_amount: Decimal
    tax_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFacts:
    """A feature's or department's part of the usage; without a name it is unattributed."""

    dimension: ShareDimension
    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFacts:
    """Money that came in, or went back (negative)."""

    paid_on: date
    method: str
    reference: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """A whole invoice. A draft has no number and no dates yet. ``units_per_usd`` is that of its own month;
    ``month_rates`` has the service months of adjustments too.
    """

    status: InvoiceStatus
    number: str
    period: date
    language: str
    currency: str
    units_per_usd: Decimal
    month_rates: dict[date, Decimal]
    rate_date: date | None
    net_payment_term: int
    issuing_date: date | None
    payment_due_date: date | None
    issuer: Party
    buyer: Party
    lines: tuple[LineFacts, ...]
    taxes: tuple[TaxFacts, ...]
    shares: tuple[ShareFacts, ...]
    payments: tuple[PaymentFacts, ...]
    net_total: Decimal
    tax_total: Decimal
    total: Decimal
    paid_total: Decimal
