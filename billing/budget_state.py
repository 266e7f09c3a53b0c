"""How a budget stands: what was spent of the limit, and which thresholds that crosses. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal
from typing import Final

from billing.enums import BudgetLevel

CAUTION_FROM: Final = 90
CRITICAL_FROM: Final = 95
DECIMALS: Final = Decimal("1e-15")
# Thirty-eight digits of cost times twenty-four of a rate: nothing is rounded before it is compared.
_EXACT: Final = Context(prec=80)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What the ledger holds of a scope and some days: tokens, US dollars per billing month, events without price."""

    tokens: int = 0
    cost_by_month: Mapping[date, Decimal] = field(default_factory=dict)
    unpriced: int = 0


def converted(cost_by_month: Mapping[date, Decimal], units_per_usd: Mapping[date, Decimal]) -> Decimal:
    """US dollars of several billing months, each at the rate of its own month. Exact.

    A month without a cost needs no rate; ``KeyError`` for one that has a cost and no rate.
    """
    spent = Decimal(0)
    for month, cost in cost_by_month.items():
        if cost:
            spent = _EXACT.add(spent, _EXACT.multiply(cost, units_per_usd[month]))
    return spent


def kept(spent: Decimal) -> Decimal:
    """As alerts and the API hold it: to 15 decimals, however many digits stand before them."""
    return spent.quantize(DECIMALS, context=_EXACT)


def crossed_thresholds(*, spent: Decimal, limit: Decimal, thresholds: Sequence[int]) -> tuple[int, ...]:
    """The thresholds, in per cent of ``limit`` and ascending, that ``spent`` has reached.

    Nothing spent crosses nothing. Of a limit of 0 whatever is spent crosses all of them.
    """
    if spent <= 0:
        return ()
    hundredfold = _EXACT.multiply(spent, Decimal(100))
    return tuple(
        threshold
        for threshold in sorted(thresholds)
        if hundredfold >= _EXACT.multiply(limit, Decimal(threshold))
    )


def level_of(*, spent: Decimal, limit: Decimal, thresholds: Sequence[int]) -> BudgetLevel:
    """One word for how a budget stands: by the highest threshold crossed, and critical beyond the limit anyway."""
    crossed = crossed_thresholds(spent=spent, limit=limit, thresholds=thresholds)
    highest = crossed[-1] if crossed else 0
    if spent > limit or highest >= CRITICAL_FROM:
        return BudgetLevel.CRITICAL
    if highest >= CAUTION_FROM:
        return BudgetLevel.CAUTION
    return BudgetLevel.WARNING if crossed else BudgetLevel.OK
