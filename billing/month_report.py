"""What the month report says. Frozen answers; ``billing.queries.panels.months`` reads them. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from billing.enums import BudgetLevel, BudgetUnit
from teams.enums import ScopeKind
from usage.figures import Change, Measures
from usage.panels.answers import Timeseries
from usage.periods import add_months, month_of, months_between
from usage.progress import Days

MONTHS: Final = 13
"""Months shown without a fiscal year: the one in progress, and the same month a year ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """One billing month. A month in progress is compared over as many complete days as both have.

    ``change`` is against the month before, ``year_change`` against the same month a year ago; None on the first day
    of a month. ``days`` is how many days of each the month in progress is compared over, None for whole months.
    """

    month: date
    is_partial: bool
    measures: Measures
    change: Change | None
    year_change: Change | None
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetMonth:
    """A budget's month: ``spent`` is None while its exchange rate is unknown, and a lower bound where it says so.

    ``held`` is False for months before the budget took its present form: there today's limit stands beside what was
    spent then.
    """

    month: date
    is_partial: bool
    limit: Decimal
    spent: Decimal | None
    level: BudgetLevel | None
    is_lower_bound: bool
    held: bool

    @property
    def left(self) -> Decimal | None:
        """What was not used; negative beyond the limit."""
        return None if self.spent is None else self.limit - self.spent

    @property
    def percent(self) -> Decimal | None:
        """The part of the limit that was spent, per cent with one decimal; None of a limit of 0."""
        return None if self.spent is None or not self.limit else round(self.spent / self.limit * 100, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetMonths:
    """A monthly budget against what was spent. ``limit`` is in ``currency``, which is empty for tokens.

    It has its present limit since the month ``since``; None where that is as old as the budget's scope.
    """

    id: int
    name: str
    scope_kind: ScopeKind
    scope_name: str
    unit: BudgetUnit
    currency: str
    limit: Decimal
    since: date | None
    months: tuple[BudgetMonth, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthReport:
    """The months, latest first, and what they are made of. ``departments`` add up to ``months`` in every month.

    ``fiscal_year`` is the calendar year in which the fiscal year shown begins, None for the last months;
    ``fiscal_years`` are those that can be asked for, latest first.
    """

    days: Days
    fiscal_year: int | None
    fiscal_years: tuple[int, ...]
    months: tuple[MonthRow, ...]
    total: Measures
    departments: Timeseries
    leading_departments: Timeseries
    budgets: tuple[BudgetMonths, ...]


def fiscal_year_of(day: date, *, fiscal_year_start: int) -> int:
    """The calendar year in which the fiscal year of ``day`` began."""
    return day.year if day.month >= fiscal_year_start else day.year - 1


def months_of_year(year: int, *, fiscal_year_start: int, today: date) -> list[date]:
    """The months of a fiscal year that have begun, in order."""
    first = date(year, fiscal_year_start, 1)
    return list(months_between(first, min(add_months(first, 11), month_of(today))))


def last_months(today: date) -> list[date]:
    """The month of ``today`` and the twelve before it, in order."""
    return list(months_between(add_months(month_of(today), 1 - MONTHS), today))


def days_of_month(month: date) -> Days:
    """From its first to its last day."""
    return Days(month, add_months(month, 1) - timedelta(days=1))
