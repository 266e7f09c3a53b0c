"""Reads what was spent in the periods of budgets, from ``spend_daily``."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
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
from billing.queries.rates import NoExchangeRate, period_rate
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

    ``scopes`` are theirs, where they are known already.
    """
    scopes = scopes or read_scopes({budget.organization_id for budget, _period in cases})
    spends = _Spends(cases, scopes)
    rates = _Rates()
    return {
        (budget.pk, period): _reading(budget, spends.of(budget, period), rates) for budget, period in cases
    }


def _reading(budget: Budget, spend: Spend, rates: "_Rates") -> Reading:
    if budget.unit == BudgetUnit.TOKENS:
        return Reading(Decimal(spend.tokens), is_lower_bound=False)
    try:
        units = rates.of(budget.organization, [month for month, cost in spend.cost_by_month.items() if cost])
    except NoExchangeRate:
        return Reading(None, is_lower_bound=spend.unpriced > 0)
    return Reading(converted(spend.cost_by_month, units), is_lower_bound=spend.unpriced > 0)


class _Rates:
    """Rates of billing months, each read once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, date], Decimal] = {}

    def of(self, organization: Organization, months: Iterable[date]) -> dict[date, Decimal]:
        return {month: self._rate(organization, month) for month in months}

    def _rate(self, organization: Organization, month: date) -> Decimal:
        key = organization.pk, month
        if key not in self._known:
            self._known[key] = period_rate(organization, month).units_per_usd
        return self._known[key]


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
