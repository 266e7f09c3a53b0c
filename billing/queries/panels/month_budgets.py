"""Monthly budgets against what was spent in each month."""

from collections.abc import Sequence
from datetime import date

from billing.budget_periods import BudgetPeriod, period_of
from billing.budget_state import level_of
from billing.enums import BudgetUnit, PeriodKind
from billing.models import Budget
from billing.month_report import BudgetMonth, BudgetMonths
from billing.queries.budget_scopes import Scopes, names_of_scopes, scope_name_queries, scope_of, scopes_of
from billing.queries.budget_spend import Reading, read_budgets_beside
from billing.queries.budgets import seen_budgets
from teams.enums import ScopeKind
from usage.periods import month_of
from usage.queries.panels.request import PanelRequest


def budget_months(request: PanelRequest, months: Sequence[date]) -> tuple[BudgetMonths, ...]:
    """The active budgets per month that the asker may see, months latest first: those of the organization and of
    departments, and their own. At most seven queries.
    """
    budgets = Budget.objects.filter(
        organization=request.organization, is_active=True, period_kind=PeriodKind.MONTH
    )
    found = list(budgets)
    if not found:
        return ()
    for budget in found:
        budget.organization = request.organization
    scopes = scopes_of(request.reader.merged.into)
    budgets_seen = [
        budget
        for budget in seen_budgets(found, scopes, request.access)
        if budget.scope_kind in (ScopeKind.ORGANIZATION, ScopeKind.DEPARTMENT)
        or _is_own(budget, scopes, request)
    ]
    periods = [period_of(PeriodKind.MONTH, month, week_start=1) for month in reversed(months)]
    roots = {budget.pk: scopes.root(scope_of(budget)) for budget in budgets_seen}
    readings, found_names = read_budgets_beside(
        [(budget, period) for budget in budgets_seen for period in periods],
        *scope_name_queries(roots.values()),
        scopes=scopes,
        kept=request.reader.kept,
    )
    names = names_of_scopes(name for some in found_names for name in some)
    return tuple(
        _months(
            budget,
            [(period, readings[budget.pk, period]) for period in periods],
            scope_name=names.get(roots[budget.pk], ""),
            today=request.today,
        )
        for budget in budgets_seen
    )


def _is_own(budget: Budget, scopes: Scopes, request: PanelRequest) -> bool:
    own = {scopes.root((ScopeKind.MEMBER.value, member_id)) for member_id in request.visible.member_ids}
    return budget.scope_kind == ScopeKind.MEMBER and scopes.root(scope_of(budget)) in own


def _months(
    budget: Budget, read: Sequence[tuple[BudgetPeriod, Reading]], *, scope_name: str, today: date
) -> BudgetMonths:
    is_whole = budget.scope_kind == ScopeKind.ORGANIZATION
    return BudgetMonths(
        id=budget.pk,
        name=budget.name,
        scope_kind=ScopeKind(budget.scope_kind),
        scope_name=budget.organization.name if is_whole else scope_name,
        unit=BudgetUnit(budget.unit),
        currency=budget.organization.currency if budget.unit == BudgetUnit.MONEY else "",
        limit=budget.limit,
        since=budget.watched_from,
        months=tuple(_month(budget, period, reading, today=today) for period, reading in read),
    )


def _month(budget: Budget, period: BudgetPeriod, reading: Reading, *, today: date) -> BudgetMonth:
    spent = reading.spent
    return BudgetMonth(
        month=period.first,
        is_partial=period.first == month_of(today),
        limit=budget.limit,
        spent=spent,
        level=None
        if spent is None
        else level_of(spent=spent, limit=budget.limit, thresholds=budget.thresholds),
        is_lower_bound=reading.is_lower_bound,
        held=budget.watched_from is None or period.first >= budget.watched_from,
    )
