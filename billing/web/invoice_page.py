"""Puts an invoice into the order in which its page shows it. What a figure looks like is the template's affair."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Final

from billing.enums import LineKind, ShareDimension
from billing.invoice_facts import InvoiceFacts, LineFacts, ShareFacts
from billing.invoice_summary import tokens_of
from billing.paper_formats import price_decimals, units_per_price
from usage.enums import ChargeKind

_CALLS: Final = (ChargeKind.WEB_SEARCH, ChargeKind.CODE_RUN, ChargeKind.CALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """Quantity × price ÷ ``per`` = amount. ``unit`` is tokens, calls or seconds; ``price`` None without one.

    ``position`` is the line's on its invoice, 0 before it has one.
    """

    kind: ChargeKind | None
    description: str
    quantity: int
    unit: str
    price: Decimal | None
    per: int
    amount: Decimal
    context_threshold: int = 0
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUsage:
    """The rows of one model and service tier, and what they come to."""

    name: str
    provider: str
    tier: str
    rows: tuple[UsageRow, ...]
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthUsage:
    """The usage of one service month: the invoice's own, or an adjustment of an earlier one."""

    month: date
    is_adjustment: bool
    models: tuple[ModelUsage, ...]
    included_tokens: int
    included_amount: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The usage shared out by feature or department; the parts add up to ``amount``."""

    dimension: ShareDimension
    shares: tuple[tuple[ShareFacts, Decimal | None], ...]
    amount: Decimal


def months_of(facts: InvoiceFacts) -> tuple[MonthUsage, ...]:
    """The usage by service month, the invoice's own first."""
    lines = [line for line in facts.lines if line.kind in (LineKind.USAGE, LineKind.INCLUDED)]
    months = sorted({line.service_period for line in lines}, reverse=True)
    return tuple(
        _month(facts, month, [line for line in lines if line.service_period == month]) for month in months
    )


def splits_of(facts: InvoiceFacts) -> tuple[Split, ...]:
    """By feature and by department. A part has no share where the whole is nothing or signs differ."""
    found = []
    for dimension in ShareDimension:
        shares = [share for share in facts.shares if share.dimension == dimension]
        whole = _total(share.amount for share in shares)
        if shares:
            parts = tuple((share, _ratio(share.amount, whole)) for share in shares)
            found.append(Split(dimension=dimension, shares=parts, amount=whole))
    return tuple(found)


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole and part * whole >= 0 else None


def _month(facts: InvoiceFacts, month: date, lines: Sequence[LineFacts]) -> MonthUsage:
    usage = [line for line in lines if line.kind == LineKind.USAGE]
    included = [line for line in lines if line.kind == LineKind.INCLUDED]
    return MonthUsage(
        month=month,
        is_adjustment=month != facts.period,
        models=tuple(_model(facts, list(rows)) for _key, rows in groupby(usage, key=_model_key)),
        included_tokens=tokens_of(included),
        included_amount=_total(line.amount for line in included),
        amount=_total(line.amount for line in lines),
    )


def _model_key(line: LineFacts) -> tuple[str, str, str]:
    return line.provider_name, line.model_name, line.service_tier


def _model(facts: InvoiceFacts, lines: Sequence[LineFacts]) -> ModelUsage:
    return ModelUsage(
        name=lines[0].model_name,
        provider=lines[0].provider_name,
        tier=lines[0].service_tier,
        rows=tuple(_row(facts, line) for line in lines),
        amount=_total(line.amount for line in lines),
    )


def _row(facts: InvoiceFacts, line: LineFacts) -> UsageRow:
    kind = line.charge_kind
    unit = "calls" if kind in _CALLS else "seconds" if kind == ChargeKind.AUDIO_SECOND else "tokens"
    return UsageRow(
        kind=kind,
        description=line.description,
        quantity=line.quantity,
        unit=unit,
        price=_price(facts, line),
        per=units_per_price(kind),
        amount=line.amount,
        context_threshold=line.context_threshold,
        position=line.position,
    )


def _price(facts: InvoiceFacts, line: LineFacts) -> Decimal | None:
    """The price that stands on the paper too: in the invoice's currency, for as many units as people read."""
    if line.unit_price is None:
        return None
    rate = facts.month_rates.get(line.service_period, facts.units_per_usd)
    per = units_per_price(line.charge_kind)
    decimals = price_decimals(
        unit_price=line.unit_price,
        units_per_usd=rate,
        per=per,
        quantity=line.quantity,
        amount=line.amount,
        currency=facts.currency,
    )
    step = Decimal(1).scaleb(-decimals)
    return (line.unit_price * rate * per).quantize(step, rounding=ROUND_HALF_UP)


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
