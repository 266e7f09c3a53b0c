"""How a viewer's organization stands this month: what the plan includes, what the invoice would say, its budgets."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from billing.enums import BudgetLevel
from billing.queries.budgets import BudgetState, visible_budgets
from billing.queries.month_close import plan_of
from billing.queries.running_invoice import RunningInvoice, running_invoice
from teams.models import Organization
from teams.permissions import Access, may_see_invoices
from usage.overview import Overview

_SEVERITY: Final = {level: position for position, level in enumerate(BudgetLevel)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanUse:
    """The plan in force in a month, and how many of its included tokens were used; more than all is possible."""

    name: str
    included_tokens: int
    used_tokens: int

    @property
    def ratio(self) -> Decimal | None:
        """The part of the included tokens that was used; None where none are included."""
        return Decimal(self.used_tokens) / self.included_tokens if self.included_tokens else None

    @property
    def beyond(self) -> int:
        """Tokens beyond the included ones."""
        return max(self.used_tokens - self.included_tokens, 0)

    @property
    def bar(self) -> int:
        """How much of a bar is filled, 0 to 100."""
        return min(int((self.ratio or Decimal(0)) * 100), 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetsStanding:
    """The active budgets that the viewer sees, the one that stands worst first."""

    states: tuple[BudgetState, ...]

    @property
    def count(self) -> int:
        return len(self.states)

    @property
    def worst(self) -> BudgetState | None:
        return self.states[0] if self.states else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the viewer may see of it; ``running`` and ``budgets`` are of the month in progress only."""

    plan: PlanUse | None = None
    running: RunningInvoice | None = None
    budgets: BudgetsStanding | None = None


def standing_of(*, organization: Organization, access: Access, overview: Overview, now: datetime) -> Standing:
    """How the organization of an overview stands, for whom the overview was read.

    The plan is for those who see the whole organization, the invoice for those who see invoices, budgets for
    whom they concern.
    """
    is_current = overview.period.today is not None
    plan = plan_of(organization.pk, overview.period.month) if overview.is_whole_organization else None
    running = None
    if plan is not None and is_current and may_see_invoices(access):
        running = running_invoice(organization=organization, period=overview.period.month, now=now)
    return Standing(
        plan=PlanUse(
            name=plan.name,
            included_tokens=plan.included_tokens,
            used_tokens=overview.totals.total_tokens,
        )
        if plan
        else None,
        running=running,
        budgets=_budgets(organization, access, now) if is_current else None,
    )


def _budgets(organization: Organization, access: Access, now: datetime) -> BudgetsStanding:
    states = visible_budgets(organization=organization, access=access, now=now)
    return BudgetsStanding(states=tuple(sorted(states, key=_severity, reverse=True)))


def _severity(state: BudgetState) -> tuple[float, Decimal]:
    """By level, then by how much is used. One that cannot be told stands just above what is on track."""
    level = 0.5 if state.level is None else float(_SEVERITY[state.level])
    return level, state.ratio or Decimal(state.bar)
