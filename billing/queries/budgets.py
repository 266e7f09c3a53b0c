"""How budgets stand in their current periods."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q

from billing.budget_periods import BudgetPeriod, period_of
from billing.budget_state import crossed_thresholds, level_of
from billing.enums import BudgetLevel, BudgetUnit, PeriodKind
from billing.models import Budget, TriggeredAlert
from billing.queries.budget_scopes import Key, Scopes, current_departments, read_scopes, scope_names, scope_of
from billing.queries.budget_spend import Reading, read_budgets
from teams.enums import ScopeKind
from teams.models import Organization
from teams.permissions import Access, may_edit_budget, may_see_budget
from teams.queries.organizations import time_zone_on
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
    budgets: Iterable[Budget], *, now: datetime, access: Access | None = None, scopes: Scopes | None = None
) -> list[BudgetState]:
    """The states of ``budgets``, read with their organizations, in the same order.

    A handful of queries however many they are. With an ``access`` each says whether it may be edited; ``scopes``
    are those of their organizations, where they are known already.
    """
    rows = list(budgets)
    organization_ids = {budget.organization_id for budget in rows}
    today = local_days(organization_ids, now=now)
    cases = [(budget, current_period(budget, today=today[budget.organization_id])) for budget in rows]
    scopes = scopes or read_scopes(organization_ids)
    readings = read_budgets(cases, scopes=scopes)
    alerts = _alerts(cases)
    roots = {budget.pk: scopes.root(scope_of(budget)) for budget in rows}
    names = scope_names(roots.values())
    return [
        _state(
            budget,
            period,
            readings[budget.pk, period],
            today=today[budget.organization_id],
            root=roots[budget.pk],
            names=names,
            alerts=alerts[budget.pk],
            may_edit=access is not None and _may_edit(budget, roots[budget.pk], access),
        )
        for budget, period in cases
    ]


def visible_budgets(
    *, organization: Organization, access: Access, now: datetime, with_inactive: bool = False
) -> list[BudgetState]:
    """The active budgets of an organization that ``access`` may see, widest scope first, then by name."""
    budgets = list(Budget.objects.filter(organization=organization).select_related("organization"))
    if not budgets:
        return []
    scopes = read_scopes([organization.pk])
    roots = {budget.pk: scopes.root(scope_of(budget)) for budget in budgets}
    members = {pk for kind, pk in roots.values() if kind == ScopeKind.MEMBER}
    departments = current_departments(members) if members else {}

    def may_see(kind: str, scope_id: int) -> bool:
        home = departments.get(scope_id) if kind == ScopeKind.MEMBER else None
        return may_see_budget(access, scope_kind=kind, scope_id=scope_id, department_id=home)

    seen = [
        budget for budget in budgets if (budget.is_active or with_inactive) and may_see(*roots[budget.pk])
    ]
    order = {kind.value: position for position, kind in enumerate(ScopeKind)}
    seen.sort(key=lambda budget: (order[budget.scope_kind], budget.name.casefold(), budget.pk))
    return budget_states(seen, now=now, access=access, scopes=scopes) if seen else []


def _state(
    budget: Budget,
    period: BudgetPeriod,
    reading: Reading,
    *,
    today: date,
    root: Key,
    names: dict[Key, str],
    alerts: tuple[int, ...],
    may_edit: bool,
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
        may_edit=may_edit,
    )


def _may_edit(budget: Budget, root: Key, access: Access) -> bool:
    is_department = budget.scope_kind == ScopeKind.DEPARTMENT
    return may_edit_budget(access, department_id=root[1] if is_department else None)


def _alerts(cases: Collection[tuple[Budget, BudgetPeriod]]) -> defaultdict[int, tuple[int, ...]]:
    found: defaultdict[int, tuple[int, ...]] = defaultdict(tuple)
    first = {budget.pk: (budget.version, period.first) for budget, period in cases}
    rows = TriggeredAlert.objects.filter(
        Q(budget_id__in=first), period_start__in={start for _version, start in first.values()}
    )
    for row in rows.order_by("threshold"):
        if first[row.budget_id] == (row.budget_version, row.period_start):
            found[row.budget_id] += (row.threshold,)
    return found
