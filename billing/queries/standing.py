"""How a viewer's organization stands this month: what the plan includes, what the invoice would say, its budgets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from billing.enums import BudgetLevel
from billing.queries.books import Books, books_ahead
from billing.queries.budget_scopes import scopes_of
from billing.queries.budgets import BudgetState, seen_budgets, states_ahead
from billing.queries.running_invoice import RunningInvoice, running_ahead
from teams.models import Organization
from teams.permissions import Access, may_see_invoices, usage_scope
from teams.queries.ahead import ahead
from usage.overview import Overview, PeriodSpan
from usage.queries.bearings import Bearings
from usage.queries.overview import asked_period, overview_ahead
from usage.queries.snapshot import one_snapshot

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


def overview_and_standing(
    *, organization: Organization, access: Access, month: date | None, found: Bearings
) -> tuple[Overview, Standing] | None:
    """The overview of the period that begins on ``month`` (the one in progress if None), and how its organization
    stands, as far as ``access`` goes; ``found`` are its bearings. None where there is no such period.

    The plan is for those who see the whole organization, the invoice for those who see invoices, budgets for
    whom they concern. Nine queries at most.
    """
    visible = usage_scope(access)
    with one_snapshot(), ahead():
        period = asked_period(organization, month=month, found=found)
        if period is None:
            return None
        sees_plan = visible.whole_organization
        books_read = None
        if sees_plan or period.today:
            # Before the overview, whose people are ranked while what stands in the books is made use of.
            books_read = books_ahead(
                organization,
                month=period.month,
                today=period.today,
                with_plans=sees_plan,
                with_invoice=sees_plan and period.today is not None and may_see_invoices(access),
            )
        overview_read = overview_ahead(organization=organization, visible=visible, period=period, found=found)
        if books_read is None:
            return overview_read(), Standing()
        return _with_standing(organization, access, period, overview_read, books_read(), found)


def _with_standing(
    organization: Organization,
    access: Access,
    period: PeriodSpan,
    overview_read: Callable[[], Overview],
    books: Books,
    found: Bearings,
) -> tuple[Overview, Standing]:
    month, today = period.month, period.today
    plan = books.plans.plan(month)
    budgets_read = _budgets(organization, access, found, books, today) if today is not None else None
    running_read = None
    if plan is not None and today is not None and may_see_invoices(access):
        running_read = running_ahead(organization=organization, period=month, now=found.now, books=books)
    overview = overview_read()
    return overview, Standing(
        plan=PlanUse(
            name=plan.name,
            included_tokens=plan.included_tokens,
            used_tokens=overview.totals.total_tokens,
        )
        if plan
        else None,
        running=running_read() if running_read else None,
        budgets=budgets_read() if budgets_read else None,
    )


def _budgets(
    organization: Organization, access: Access, found: Bearings, books: Books, today: date
) -> Callable[[], BudgetsStanding]:
    scopes = scopes_of(found.merged.into)
    states = states_ahead(
        seen_budgets(books.budgets, scopes, access),
        now=found.now,
        access=access,
        scopes=scopes,
        today={organization.pk: today},
        books=books,
    )
    return lambda: BudgetsStanding(states=tuple(sorted(states(), key=_severity, reverse=True)))


def _severity(state: BudgetState) -> tuple[float, Decimal]:
    """By level, then by how much is used. One that cannot be told stands just above what is on track."""
    level = 0.5 if state.level is None else float(_SEVERITY[state.level])
    return level, state.ratio or Decimal(state.bar)
