"""Reads what was spent in the periods of budgets, from ``spend_daily`` and the sums of months that are kept."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet

from billing.budget_periods import BudgetPeriod
from billing.budget_state import Spend, converted
from billing.enums import BudgetUnit
from billing.models import Budget
from billing.queries.budget_scopes import Scopes, read_scopes, scope_of
from billing.queries.rates import Rates
from teams.enums import ScopeKind
from teams.models import Organization
from teams.queries.together import NOTHING, Question, asked_ahead
from usage.month_sql import ALONE
from usage.panels.parts import NOTHING_KEPT, Kept
from usage.periods import add_months

Case = tuple[Budget, BudgetPeriod]
"""A budget in one of its periods."""

_Window = tuple[int, str, int, date, date]
"""Organization, scope kind, scope id, first and last day."""

_DAYS: Final = """
SELECT w.place, spent.* FROM
    unnest(%s::bigint[], %s::text[], %s::bigint[], %s::date[], %s::date[]) WITH ORDINALITY
        AS w(organization_id, scope_kind, scope_id, first_day, last_day, place)
    CROSS JOIN LATERAL (
        SELECT date_trunc('month', d.local_date)::date, sum(d.input_tokens + d.output_tokens)::bigint,
            sum(d.contracted_cost), sum(d.unpriced)::bigint
        FROM spend_daily d
        WHERE d.organization_id = w.organization_id AND d.scope_kind = w.scope_kind AND d.scope_id = w.scope_id
            AND d.local_date BETWEEN w.first_day AND w.last_day
        GROUP BY 1
    ) spent
"""
_MONTHS: Final = f"""
SELECT %s + w.place, w.month, sum(m.input_tokens + m.output_tokens)::bigint, sum(m.contracted_cost),
    sum(m.unpriced)::bigint
FROM unnest(%s::bigint[], %s::bigint[], %s::date[]) WITH ORDINALITY AS w(organization_id, department_id, month, place)
    JOIN usage_monthly m ON m.organization_id = w.organization_id AND m.kept_by = '{ALONE[None]}' AND m.period = w.month
        AND (w.department_id IS NULL OR m.department_id = w.department_id)
GROUP BY 1, 2
"""
_COLUMNS: Final = 5


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
    kept: Kept = NOTHING_KEPT,
) -> tuple[dict[tuple[int, BudgetPeriod], Reading], list[list[Any]]]:
    """The same, and the answers of other ``questions`` that are asked together with what was spent.

    ``kept`` are months of the one organization that all budgets are of, whose sums count in the snapshot that is read.
    """
    return read_budgets_ahead(cases, *questions, scopes=scopes, rates=rates, kept=kept)()


def read_budgets_ahead(
    cases: Collection[Case],
    *questions: "QuerySet[Any, Any]",
    scopes: Scopes | None = None,
    rates: Rates | None = None,
    kept: Kept = NOTHING_KEPT,
) -> Callable[[], tuple[dict[tuple[int, BudgetPeriod], Reading], list[list[Any]]]]:
    """The same, sent ahead."""
    if scopes is None:
        scopes = read_scopes({budget.organization_id for budget, _period in cases})
    known, windows = scopes, _windows(cases, scopes, kept)
    asked = asked_ahead(_asked(windows, kept), *questions)

    def read() -> tuple[dict[tuple[int, BudgetPeriod], Reading], list[list[Any]]]:
        rows, *answers = asked()
        found = _Spends(windows, rows, known)
        spends = {(budget.pk, period): found.of(budget, period) for budget, period in cases}
        units = _units(cases, spends, rates)
        readings = {
            (budget.pk, period): _reading(
                budget, spends[budget.pk, period], units.get(budget.organization_id, {})
            )
            for budget, period in cases
        }
        return readings, answers

    return read


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


def _windows(cases: Iterable[Case], scopes: Scopes, kept: Kept) -> list[_Window]:
    """What is asked for, each once; what is read from kept months comes last."""
    windows = {
        (budget.organization_id, budget.scope_kind, scope_id, period.first, period.last)
        for budget, period in cases
        for scope_id in scopes.ids(scope_of(budget))
    }
    return sorted(windows, key=lambda window: (_is_kept(window, kept), window))


def _is_kept(window: _Window, kept: Kept) -> bool:
    """Whether the sums of a month, all of it, answer a window."""
    _organization_id, kind, _scope_id, first, last = window
    is_month = first.day == 1 and last == add_months(first, 1) - timedelta(days=1)
    return is_month and kept.get(first) == last and kind in (ScopeKind.ORGANIZATION, ScopeKind.DEPARTMENT)


def _asked(windows: Sequence[_Window], kept: Kept) -> Question:
    """The place of a window, counted from 1, a month, and its tokens, cost and events without price."""
    by_day = [window for window in windows if not _is_kept(window, kept)]
    by_month = windows[len(by_day) :]
    parts: list[str] = []
    arguments: list[Any] = []
    if by_day:
        parts.append(_DAYS)
        arguments += [list(column) for column in zip(*by_day, strict=True)]
    if by_month:
        parts.append(_MONTHS)
        arguments += [
            len(by_day),
            [organization_id for organization_id, *_rest in by_month],
            [scope_id if kind == ScopeKind.DEPARTMENT else None for _id, kind, scope_id, *_days in by_month],
            [first for *_scope, first, _last in by_month],
        ]
    return Question(" UNION ALL ".join(parts), arguments, _COLUMNS) if parts else NOTHING


class _Spends:
    """The answer of ``_asked``, added up per case."""

    def __init__(self, windows: Sequence[_Window], rows: Iterable[Any], scopes: Scopes) -> None:
        self._scopes = scopes
        self._months: defaultdict[_Window, list[tuple[date, int, Decimal, int]]] = defaultdict(list)
        for place, *spent in rows:
            self._months[windows[place - 1]].append(tuple(spent))

    def of(self, budget: Budget, period: BudgetPeriod) -> Spend:
        tokens, unpriced, costs = 0, 0, defaultdict[date, Decimal](Decimal)
        for scope_id in self._scopes.ids(scope_of(budget)):
            window = budget.organization_id, budget.scope_kind, scope_id, period.first, period.last
            for month, used, cost, events in self._months.get(window, ()):
                tokens += used
                unpriced += events
                costs[month] += cost
        return Spend(tokens=tokens, cost_by_month=costs, unpriced=unpriced)
