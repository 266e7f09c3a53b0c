"""Reads what was spent in the periods of budgets, from ``spend_daily``."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from billing.budget_periods import BudgetPeriod
from billing.budget_state import Spend, converted
from billing.enums import BudgetUnit
from billing.models import Budget
from billing.queries.budget_scopes import Scopes, read_scopes, scope_of
from billing.queries.rates import Rates
from teams.models import Organization
from teams.queries.together import asked_together
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
    cases: Collection[Case], *, scopes: Scopes | None = None, rates: Rates | None = None
) -> dict[tuple[int, BudgetPeriod], Reading]:
    """Per (budget id, period) what was spent, of any number of organizations, in one query of the rollup.

    The rates of all months take a query per organization, unless the ``rates`` of the one that all budgets are of
    were read before; ``scopes`` spare the query for merges.
    """
    return read_budgets_beside(cases, scopes=scopes, rates=rates)[0]


def read_budgets_beside(
    cases: Collection[Case],
    *questions: "QuerySet[Any, Any]",
    scopes: Scopes | None = None,
    rates: Rates | None = None,
) -> tuple[dict[tuple[int, BudgetPeriod], Reading], list[list[Any]]]:
    """The same, and the answers of other ``questions`` that are asked together with what was spent."""
    if scopes is None:
        scopes = read_scopes({budget.organization_id for budget, _period in cases})
    rows, *answers = asked_together(_spend_rows(cases, scopes), *questions)
    found = _Spends(rows, scopes)
    spends = {(budget.pk, period): found.of(budget, period) for budget, period in cases}
    units = _units(cases, spends, rates)
    readings = {
        (budget.pk, period): _reading(
            budget, spends[budget.pk, period], units.get(budget.organization_id, {})
        )
        for budget, period in cases
    }
    return readings, answers


def _reading(budget: Budget, spend: Spend, units: Mapping[date, Decimal]) -> Reading:
    if budget.unit == BudgetUnit.TOKENS:
        return Reading(Decimal(spend.tokens), is_lower_bound=False)
    if _months(spend) - units.keys():
        return Reading(None, is_lower_bound=spend.unpriced > 0)
    return Reading(converted(spend.cost_by_month, units), is_lower_bound=spend.unpriced > 0)


def _units(
    cases: Collection[Case], spends: Mapping[tuple[int, BudgetPeriod], Spend], rates: Rates | None
) -> dict[int, dict[date, Decimal]]:
    """Per organization the rates of the months that have a cost in its budgets in money."""
    wanted: defaultdict[Organization, set[date]] = defaultdict(set)
    for budget, period in cases:
        if budget.unit == BudgetUnit.MONEY:
            wanted[budget.organization] |= _months(spends[budget.pk, period])
    return {
        organization.pk: {
            month: rate.units_per_usd for month, rate in (rates or Rates(organization)).of(months).items()
        }
        for organization, months in wanted.items()
        if months
    }


def _months(spend: Spend) -> set[date]:
    return {month for month, cost in spend.cost_by_month.items() if cost}


def _spend_rows(cases: Collection[Case], scopes: Scopes) -> "QuerySet[SpendDaily, Any]":
    """Daily sums of all scopes and days that some cases ask for."""
    if not cases:
        return SpendDaily.objects.none()
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
    return rows.values_list(
        "organization_id", "scope_kind", "scope_id", "local_date", "tokens", "cost", "events"
    )


class _Spends:
    """Rows of ``_spend_rows``, added up per case."""

    def __init__(self, rows: Iterable[Any], scopes: Scopes) -> None:
        self._scopes = scopes
        self._days: defaultdict[tuple[int, str, int], dict[date, tuple[int, Decimal, int]]] = defaultdict(
            dict
        )
        for *key, day, tokens, cost, events in rows:
            self._days[tuple(key)][day] = (tokens, cost, events)

    def of(self, budget: Budget, period: BudgetPeriod) -> Spend:
        tokens, unpriced, costs = 0, 0, defaultdict[date, Decimal](Decimal)
        for scope_id in self._scopes.ids(scope_of(budget)):
            days = self._days.get((budget.organization_id, budget.scope_kind, scope_id), {})
            for day, (used, cost, events) in days.items():
                if period.holds(day):
                    tokens += used
                    unpriced += events
                    costs[month_of(day)] += cost
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
