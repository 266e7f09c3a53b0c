"""Reads what was spent in the periods of budgets, from ``spend_daily``."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, Q, Sum

from billing.budget_periods import BudgetPeriod
from billing.budget_state import Spend, converted
from billing.enums import BudgetUnit
from billing.models import Budget
from billing.queries.budget_scopes import Scopes, read_scopes, scope_of
from billing.queries.rates import period_rates
from teams.models import Organization
from usage.models import SpendDaily
from usage.periods import month_of

Case = tuple[Budget, BudgetPeriod]
"""A budget in one of its periods."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was spent, in the budget's unit; ``spent`` is None while a month's exchange rate is unknown.

    A lower bound where events have no price yet: it counts for money only, tokens are always known.
    """

    spent: Decimal | None
    is_lower_bound: bool


def read_budgets(
    cases: Collection[Case], *, scopes: Scopes | None = None
) -> dict[tuple[int, BudgetPeriod], Reading]:
    """Per (budget id, period) what was spent, of any number of organizations, in one query of the rollup.

    The rates of all months take at most three queries per organization; ``scopes`` spare the query for merges.
    """
    if scopes is None:
        scopes = read_scopes({budget.organization_id for budget, _period in cases})
    found = _Spends(cases, scopes)
    spends = {(budget.pk, period): found.of(budget, period) for budget, period in cases}
    units = _units(cases, spends)
    return {
        (budget.pk, period): _reading(
            budget, spends[budget.pk, period], units.get(budget.organization_id, {})
        )
        for budget, period in cases
    }


def _reading(budget: Budget, spend: Spend, units: Mapping[date, Decimal]) -> Reading:
    if budget.unit == BudgetUnit.TOKENS:
        return Reading(Decimal(spend.tokens), is_lower_bound=False)
    if _months(spend) - units.keys():
        return Reading(None, is_lower_bound=spend.unpriced > 0)
    return Reading(converted(spend.cost_by_month, units), is_lower_bound=spend.unpriced > 0)


def _units(
    cases: Collection[Case], spends: Mapping[tuple[int, BudgetPeriod], Spend]
) -> dict[int, dict[date, Decimal]]:
    """Per organization the rates of the months that have a cost in its budgets in money."""
    wanted: defaultdict[Organization, set[date]] = defaultdict(set)
    for budget, period in cases:
        if budget.unit == BudgetUnit.MONEY:
            wanted[budget.organization] |= _months(spends[budget.pk, period])
    return {
        organization.pk: {
            month: rate.units_per_usd for month, rate in period_rates(organization, months).items()
        }
        for organization, months in wanted.items()
        if months
    }


def _months(spend: Spend) -> set[date]:
    return {month for month, cost in spend.cost_by_month.items() if cost}


class _Spends:
    """Daily sums of all scopes and days that some cases ask for, in one query; added up per case."""

    def __init__(self, cases: Collection[Case], scopes: Scopes) -> None:
        self._scopes = scopes
        self._days: defaultdict[tuple[int, str, int], dict[date, Mapping[str, Any]]] = defaultdict(dict)
        if not cases:
            return
        rows = (
            SpendDaily.objects.filter(reduce(or_, _conditions(cases, scopes)))
            .order_by()
            .values("organization_id", "scope_kind", "scope_id", "local_date")
            .annotate(
                tokens=Sum(F("input_tokens") + F("output_tokens")),
                cost=Sum("contracted_cost"),
                events=Sum("unpriced"),
            )
        )
        for row in rows:
            key = row["organization_id"], row["scope_kind"], row["scope_id"]
            self._days[key][row["local_date"]] = row

    def of(self, budget: Budget, period: BudgetPeriod) -> Spend:
        tokens, unpriced, costs = 0, 0, defaultdict[date, Decimal](Decimal)
        for scope_id in self._scopes.ids(scope_of(budget)):
            days = self._days.get((budget.organization_id, budget.scope_kind, scope_id), {})
            for day, row in days.items():
                if period.holds(day):
                    tokens += row["tokens"]
                    unpriced += row["events"]
                    costs[month_of(day)] += row["cost"]
        return Spend(tokens=tokens, cost_by_month=costs, unpriced=unpriced)


def _conditions(cases: Collection[Case], scopes: Scopes) -> list[Q]:
    """Which rows: scopes that are asked for over the same days stand in one condition."""
    together: defaultdict[tuple[int, str, BudgetPeriod], set[int]] = defaultdict(set)
    for budget, period in cases:
        together[budget.organization_id, budget.scope_kind, period].update(scopes.ids(scope_of(budget)))
    return [
        Q(
            organization_id=organization_id,
            scope_kind=kind,
            scope_id__in=sorted(ids),
            local_date__range=(period.first, period.last),
        )
        for (organization_id, kind, period), ids in together.items()
    ]
