"""From charges to the lines, taxes and total of an invoice. Pure: the same charges and terms give the same lines."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from billing.enums import ChargeCategory, LineKind
from billing.rounding import converted, part_of, rounded
from usage.enums import ChargeKind

TOKEN_KINDS: Final = frozenset(ChargeKind) - {
    ChargeKind.AUDIO_SECOND,
    ChargeKind.WEB_SEARCH,
    ChargeKind.CODE_RUN,
    ChargeKind.CALL,
}
"""Kinds whose quantity is a number of tokens: those that included tokens cover."""

_KIND_ORDER: Final = {kind: position for position, kind in enumerate(ChargeKind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """All usage of one service month, model, price, rate and kind. ``cost`` is US dollars, quantity × unit price.

    ``context_threshold`` > 0: charged at the price of requests with more input tokens than that.
    Without a price (``price_id`` 0) unit price and cost are None and 0: shown, and charged once it is priced.
    """

    service_period: date
    model_id: int
    provider_name: str
    model_name: str
    service_tier: str
    kind: ChargeKind
    price_id: int
    rate_id: int
    quantity: int
    unit_price: Decimal | None
    cost: Decimal
    context_threshold: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """What earlier invoices say of a service month: its priced tokens, and the part that was taken off as included.

    Amounts are in the currency of the invoice that comes now; ``granted_amount`` is what was taken off, so positive.
    """

    tokens: int = 0
    amount: Decimal = Decimal(0)
    granted_tokens: int = 0
    granted_amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthTerms:
    """What holds for one service month: units of the invoice's currency for a dollar, and tokens that are included.

    ``billed`` is None on invoices from before earlier ones were looked at: included are then the tokens that were
    still left.
    """

    units_per_usd: Decimal
    included_tokens: int = 0
    billed: Billed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an invoice is made by. ``base_fee`` is in ``currency``; ``months`` has every service month charged."""

    period: date
    currency: str
    base_fee: Decimal
    plan_name: str
    tax_name: str
    tax_rate: Decimal
    months: Mapping[date, MonthTerms]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of an invoice; ``cost`` is exact US dollars where there is one, ``amount`` its currency, rounded."""

    kind: LineKind
    charge_category: ChargeCategory
    service_period: date
    amount: Decimal
    tax_rate: Decimal
    quantity: int = 1
    unit_price: Decimal | None = None
    cost: Decimal | None = None
    description: str = ""
    charge: Charge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """Tax on all lines of one rate, rounded once."""

    name: str
    rate: Decimal
    taxable_amount: Decimal
    tax_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """The lines of an invoice and what they come to."""

    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    net_total: Decimal = field(init=False)
    tax_total: Decimal = field(init=False)
    total: Decimal = field(init=False)

    def __post_init__(self) -> None:
        net = sum((line.amount for line in self.lines), Decimal(0))
        tax = sum((part.tax_amount for part in self.taxes), Decimal(0))
        object.__setattr__(self, "net_total", net)
        object.__setattr__(self, "tax_total", tax)
        object.__setattr__(self, "total", net + tax)

    @property
    def usage_total(self) -> Decimal:
        """What usage comes to, adjustments included and included tokens taken off."""
        parts = (line.amount for line in self.lines if line.kind in (LineKind.USAGE, LineKind.INCLUDED))
        return sum(parts, Decimal(0))


def calculate(charges: Iterable[Charge], terms: Terms) -> Calculation:
    """The whole invoice: base fee, usage of the month, adjustments of earlier ones, included tokens, taxes."""
    usage = [_usage_line(charge, terms) for charge in sorted(charges, key=_order) if _is_shown(charge)]
    lines = [*_base_fee(terms), *usage, *_included(usage, terms)]
    return Calculation(lines=tuple(lines), taxes=_taxes(lines, terms))


def digest(lines: Sequence[Line]) -> str:
    """SHA-256 (hex) of the canonical data of ``lines`` in any order: what was charged for what, names left out."""
    canonical = sorted(json.dumps(_canonical(line), separators=(",", ":")) for line in lines)
    return hashlib.sha256(json.dumps(canonical, separators=(",", ":")).encode()).hexdigest()


def _canonical(line: Line) -> list[Any]:
    charge = line.charge
    of = [charge.model_id, charge.kind.value, charge.price_id, charge.rate_id] if charge else []
    return [
        line.kind.value,
        line.charge_category.value,
        line.service_period.isoformat(),
        of,
        line.quantity,
        _plain(line.unit_price),
        _plain(line.cost),
        _plain(line.amount),
        _plain(line.tax_rate),
    ]


def _plain(value: Decimal | None) -> str | None:
    """A number without needless zeros, so that it reads the same before and after the database."""
    return None if value is None else f"{value.normalize():f}" if value else "0"


def _order(charge: Charge) -> tuple[Any, ...]:
    return (
        # The month itself first, then what came late for earlier ones, the latest of these first.
        -charge.service_period.toordinal(),
        charge.provider_name,
        charge.model_name,
        charge.model_id,
        charge.service_tier,
        _KIND_ORDER[charge.kind],
        charge.context_threshold,
        charge.price_id,
        charge.rate_id,
    )


def _is_shown(charge: Charge) -> bool:
    """Calls without a fee are counted elsewhere; a row that nothing is left of says nothing."""
    if charge.kind is ChargeKind.CALL and not charge.unit_price:
        return False
    return bool(charge.quantity or charge.cost)


def _usage_line(charge: Charge, terms: Terms) -> Line:
    rate = terms.months[charge.service_period].units_per_usd
    late = charge.service_period != terms.period
    return Line(
        kind=LineKind.USAGE,
        charge_category=ChargeCategory.ADJUSTMENT if late else ChargeCategory.USAGE,
        service_period=charge.service_period,
        quantity=charge.quantity,
        unit_price=charge.unit_price,
        cost=charge.cost,
        amount=converted(charge.cost, rate, terms.currency),
        tax_rate=terms.tax_rate,
        charge=charge,
    )


def _base_fee(terms: Terms) -> list[Line]:
    if not terms.base_fee:
        return []
    return [
        Line(
            kind=LineKind.BASE_FEE,
            charge_category=ChargeCategory.PURCHASE,
            service_period=terms.period,
            amount=rounded(terms.base_fee, terms.currency),
            tax_rate=terms.tax_rate,
            description=terms.plan_name,
        )
    ]


def _included(usage: Sequence[Line], terms: Terms) -> list[Line]:
    """One line per service month that takes off the part of its token lines that the plan includes.

    Included tokens are spread over all of the month's tokens, on earlier invoices too, so what is taken off in all
    is included ÷ used of what the tokens cost. The line is what that comes to less what earlier invoices took off;
    after a correction it may be negative: tokens taken back.
    """
    lines = []
    for month in sorted({line.service_period for line in usage}, reverse=True):
        before = terms.months[month].billed or Billed()
        tokens, taken_off = _grant([line for line in usage if line.service_period == month], month, terms)
        quantity, amount = tokens - before.granted_tokens, before.granted_amount - taken_off
        if not (quantity or amount):
            continue
        lines.append(
            Line(
                kind=LineKind.INCLUDED,
                charge_category=ChargeCategory.CREDIT,
                service_period=month,
                quantity=quantity,
                amount=amount,
                tax_rate=terms.tax_rate,
            )
        )
    return lines


def _grant(usage: Sequence[Line], month: date, terms: Terms) -> tuple[int, Decimal]:
    """How many tokens a month's plan includes of those used up to now, and what is taken off for them."""
    of_month = terms.months[month]
    before = of_month.billed or Billed()
    token_lines = [line for line in usage if _is_of_tokens(line)]
    used = before.tokens + sum(line.quantity for line in token_lines)
    cost = sum((line.amount for line in token_lines), before.amount)
    granted = min(of_month.included_tokens, used)
    if granted <= 0 or (of_month.billed is None and cost <= 0):
        return 0, Decimal(0)
    # Rounding may leave a cent below nothing where what is left costs next to nothing.
    return granted, part_of(max(cost, Decimal(0)), share=granted, whole=used, currency=terms.currency)


def _is_of_tokens(line: Line) -> bool:
    return line.charge is not None and line.charge.kind in TOKEN_KINDS and line.unit_price is not None


def _taxes(lines: Sequence[Line], terms: Terms) -> tuple[Tax, ...]:
    taxable = sum((line.amount for line in lines), Decimal(0))
    if not lines:
        return ()
    tax = rounded(taxable * terms.tax_rate / 100, terms.currency)
    return (Tax(name=terms.tax_name, rate=terms.tax_rate, taxable_amount=taxable, tax_amount=tax),)
