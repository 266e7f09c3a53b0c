"""Budgets of the demo: limits that somebody might have set, seen from what is spent."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from billing.budget_periods import BudgetPeriod, period_of
from billing.enums import BudgetUnit, PeriodKind
from billing.models import Budget
from billing.queries.budget_spend import read_budgets
from billing.queries.budgets import local_day
from billing.services.budgets import create_budget
from teams.enums import ScopeKind
from teams.models import Department, Member, Organization, Project

# What is left of the month after this is enough to tell a limit from.
_FEW_DAYS: Final = 4


def ensure_demo_budgets(organization: Organization, *, now: datetime) -> list[Budget]:
    """Four budgets as of ``now``: of all, of a department that is close to its limit, of a project, of a member."""
    if Budget.objects.filter(organization=organization).exists():
        return []
    engineering = Department.objects.get(organization=organization, external_id="engineering")
    helpdesk = Project.objects.get(organization=organization, external_id="helpdesk")
    bob = Member.objects.get(organization=organization, external_id="bob")
    plans = (
        (_("All usage"), ScopeKind.ORGANIZATION, organization.pk, BudgetUnit.MONEY, PeriodKind.MONTH, "1.2"),
        (engineering.name, ScopeKind.DEPARTMENT, engineering.pk, BudgetUnit.MONEY, PeriodKind.MONTH, ""),
        (helpdesk.name, ScopeKind.PROJECT, helpdesk.pk, BudgetUnit.TOKENS, PeriodKind.QUARTER, "1.3"),
        (_("Bob's week"), ScopeKind.MEMBER, bob.pk, BudgetUnit.MONEY, PeriodKind.WEEK, "1.6"),
    )
    return [
        create_budget(
            organization=organization,
            name=name,
            scope_kind=scope_kind,
            scope_id=scope_id,
            unit=unit,
            period_kind=period_kind,
            limit=_limit(
                Budget(organization=organization, scope_kind=scope_kind, scope_id=scope_id, unit=unit),
                period_kind,
                times=times,
                now=now,
            ),
            now=now,
        )
        for name, scope_kind, scope_id, unit, period_kind, times in plans
    ]


def _limit(budget: Budget, kind: PeriodKind, *, times: str, now: datetime) -> Decimal:
    """So many ``times`` the period before; without a number, so that some 92 % are spent today."""
    today = local_day(budget.organization_id, now)
    current = period_of(kind, today, week_start=budget.organization.week_start)
    before = period_of(kind, current.first - timedelta(days=1), week_start=budget.organization.week_start)
    spent = _spent(budget, current)
    if times or today.day <= _FEW_DAYS or not spent:
        return _plausible(_spent(budget, before) * Decimal(times or "1.1"))
    return _plausible(spent / Decimal("0.925"))


def _spent(budget: Budget, period: BudgetPeriod) -> Decimal:
    (reading,) = read_budgets([(budget, period)]).values()
    return reading.spent or Decimal(0)


def _plausible(amount: Decimal) -> Decimal:
    """Rounded as people round: to fives of the third digit, and at least 1."""
    if amount < 1:
        return Decimal(1)
    step = Decimal(5).scaleb(amount.adjusted() - 2)
    rounded = (amount / step).to_integral_value() * step
    return max(rounded.quantize(Decimal("0.01")), Decimal(1))
