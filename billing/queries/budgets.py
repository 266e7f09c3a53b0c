"""How budgets stand in their current periods."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from billing.budget_periods import BudgetPeriod, period_of
from billing.budget_state import crossed_thresholds, level_of
from billing.enums import BudgetLevel, BudgetUnit, PeriodKind
from billing.models import Budget, TriggeredAlert
from billing.queries.books import Books
from billing.queries.budget_scopes import (
    Key,
    Scopes,
    names_of_scopes,
    read_scopes,
    scope_name_queries,
    scope_of,
    scopes_of,
)
from billing.queries.budget_spend import Reading, read_budgets_ahead
from teams.enums import ScopeKind
from teams.models import Organization
from teams.permissions import Access, may_edit_budget, may_see_budget
from teams.queries.organizations import time_zone_on
from usage.queries.bearings import bearings
from usage.queries.period_span import current_spans


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetState:
    """A budget in its current period. ``limit`` and ``spent`` are in ``currency``, which is empty for tokens.

    ``spent``, ``left``, ``ratio`` and ``level`` are None while the month's exchange rate is unknown. ``alerts``
    are the thresholds that were crossed at any time of the period, ``crossed`` those that are crossed now.
    """

    id: int
    name: str
    scope_kind: ScopeKind
    scope_id: int
    scope_name: str
    unit: BudgetUnit
    currency: str
    limit: Decimal
    period_kind: PeriodKind
    period: BudgetPeriod
    today: date
    thresholds: tuple[int, ...]
    spent: Decimal | None
    is_lower_bound: bool
    crossed: tuple[int, ...]
    alerts: tuple[int, ...]
    level: BudgetLevel | None
    is_active: bool
    may_edit: bool = False

    @property
    def left(self) -> Decimal | None:
        """What may still be used; negative beyond the limit."""
        return None if self.spent is None else self.limit - self.spent

    @property
    def over(self) -> Decimal:
        """By how much the limit is passed, 0 within it."""
        return max(-self.left, Decimal(0)) if self.left is not None else Decimal(0)

    @property
    def ratio(self) -> Decimal | None:
        """The part of the limit that is spent; None of a limit of 0, too."""
        return self.spent / self.limit if self.spent is not None and self.limit else None

    @property
    def percent(self) -> Decimal | None:
        """The ratio in per cent, with one decimal."""
        return None if self.ratio is None else round(self.ratio * 100, 1)

    @property
    def bar(self) -> int:
        """How much of a bar is filled, 0 to 100."""
        if self.ratio is None:
            return 100 if self.spent else 0
        return int(min(max(self.ratio, Decimal(0)), Decimal(1)) * 100)

    @property
    def days_left(self) -> int:
        """Days of the period that are left, today included."""
        return (self.period.last - self.today).days + 1


def local_days(organization_ids: Collection[int], *, now: datetime) -> dict[int, date]:
    """Each organization's day at ``now``, as the ledger would book it."""
    spans = current_spans(list(organization_ids), now=now)
    days = {}
    for organization_id in organization_ids:
        span = spans.get(organization_id)
        zone = span.time_zone if span else "UTC"
        days[organization_id] = (span and span.today) or now.astimezone(ZoneInfo(zone)).date()
    return days


def local_day(organization_id: int, instant: datetime) -> date:
    """The day of an instant where the organization is."""
    zone = time_zone_on(organization_id, instant.astimezone(UTC).date())
    return instant.astimezone(ZoneInfo(zone)).date()


def current_period(budget: Budget, *, today: date) -> BudgetPeriod:
    return period_of(budget.period_kind, today, week_start=budget.organization.week_start)


def budget_states(
    budgets: Iterable[Budget], *, now: datetime, access: Access | None = None
) -> list[BudgetState]:
    """The states of ``budgets``, read with their organizations, in the same order. Some four queries.

    With an ``access`` each says whether it may be edited.
    """
    return states_ahead(budgets, now=now, access=access)()


def states_ahead(
    budgets: Iterable[Budget],
    *,
    now: datetime,
    access: Access | None = None,
    scopes: Scopes | None = None,
    today: Mapping[int, date] | None = None,
    books: Books | None = None,
) -> Callable[[], list[BudgetState]]:
    """The same, sent ahead. What is known of ``scopes``, the organizations' days and the ``books`` of the one that all
    budgets are of is not read again."""
    if not (rows := list(budgets)):
        return list
    organization_ids = {budget.organization_id for budget in rows}
    days = today or local_days(organization_ids, now=now)
    cases = [(budget, current_period(budget, today=days[budget.organization_id])) for budget in rows]
    scopes = scopes or read_scopes(organization_ids)
    roots = {budget.pk: scopes.root(scope_of(budget)) for budget in rows}
    beside = _alerts_of([] if books else cases), *scope_name_queries(roots.values())
    found = read_budgets_ahead(cases, *beside, scopes=scopes, rates=books.rates if books else None)

    def states() -> list[BudgetState]:
        readings, (found_alerts, *found_names) = found()
        alerts = _alerts(cases, books.alerts if books else found_alerts)
        names = names_of_scopes(chain.from_iterable(found_names))
        return [
            _state(
                budget,
                period,
                readings[budget.pk, period],
                today=days[budget.organization_id],
                root=roots[budget.pk],
                names=names,
                alerts=alerts[budget.pk],
                access=access,
            )
            for budget, period in cases
        ]

    return states


def visible_budgets(
    *,
    organization: Organization,
    access: Access,
    now: datetime,
    with_inactive: bool = False,
) -> list[BudgetState]:
    """The active budgets of an organization that ``access`` may see, widest scope first, then by name."""
    budgets = Budget.objects.filter(organization=organization).select_related("organization")
    found = list(budgets if with_inactive else budgets.filter(is_active=True))
    if not found:
        return []
    where = bearings(organization.pk, now=now)
    scopes = scopes_of(where.merged.into)
    return states_ahead(
        seen_budgets(found, scopes, access),
        now=now,
        access=access,
        scopes=scopes,
        today={organization.pk: where.today},
    )()


def seen_budgets(budgets: Collection[Budget], scopes: Scopes, access: Access) -> list[Budget]:
    """Those of an organization's budgets that ``access`` may see, widest scope first, then by name."""
    roots = {budget.pk: scopes.root(scope_of(budget)) for budget in budgets}
    order = {kind.value: position for position, kind in enumerate(ScopeKind)}
    seen = [
        budget
        for budget in budgets
        for kind, scope_id in [roots[budget.pk]]
        if may_see_budget(access, scope_kind=kind, scope_id=scope_id)
    ]
    return sorted(seen, key=lambda budget: (order[budget.scope_kind], budget.name.casefold(), budget.pk))


def _state(
    budget: Budget,
    period: BudgetPeriod,
    reading: Reading,
    *,
    today: date,
    root: Key,
    names: dict[Key, str],
    alerts: tuple[int, ...],
    access: Access | None,
) -> BudgetState:
    limit, thresholds, spent = budget.limit, tuple(budget.thresholds), reading.spent
    is_whole = budget.scope_kind == ScopeKind.ORGANIZATION
    return BudgetState(
        id=budget.pk,
        name=budget.name,
        scope_kind=ScopeKind(budget.scope_kind),
        scope_id=root[1],
        scope_name=budget.organization.name if is_whole else names.get(root, ""),
        unit=BudgetUnit(budget.unit),
        currency=budget.organization.currency if budget.unit == BudgetUnit.MONEY else "",
        limit=limit,
        period_kind=PeriodKind(budget.period_kind),
        period=period,
        today=today,
        thresholds=thresholds,
        spent=spent,
        is_lower_bound=reading.is_lower_bound,
        crossed=() if spent is None else crossed_thresholds(spent=spent, limit=limit, thresholds=thresholds),
        alerts=alerts,
        level=None if spent is None else level_of(spent=spent, limit=limit, thresholds=thresholds),
        is_active=budget.is_active,
        may_edit=access is not None and _may_edit(budget, root, access),
    )


def _may_edit(budget: Budget, root: Key, access: Access) -> bool:
    is_department = budget.scope_kind == ScopeKind.DEPARTMENT
    return may_edit_budget(access, department_id=root[1] if is_department else None)


def _alerts_of(cases: Collection[tuple[Budget, BudgetPeriod]]) -> "QuerySet[TriggeredAlert]":
    rows = TriggeredAlert.objects.filter(budget_id__in={budget.pk for budget, _period in cases})
    return rows.filter(period_start__in={period.first for _budget, period in cases}).order_by("threshold")


def _alerts(
    cases: Collection[tuple[Budget, BudgetPeriod]], rows: Iterable[TriggeredAlert]
) -> defaultdict[int, tuple[int, ...]]:
    """Of ``rows`` in the order of their thresholds those of each budget as it is now."""
    found: defaultdict[int, tuple[int, ...]] = defaultdict(tuple)
    first = {budget.pk: (budget.version, period.first) for budget, period in cases}
    for row in rows:
        if first.get(row.budget_id) == (row.budget_version, row.period_start):
            found[row.budget_id] += (row.threshold,)
    return found
