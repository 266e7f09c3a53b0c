"""Calendar periods of budgets, in local days. Pure: a day and a week's first day in, periods out.

Which local day an instant belongs to is the ledger's to say; from there on a period is a matter of the calendar.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from billing.enums import PeriodKind
from usage.periods import add_months, month_of, months_between

_ONE_DAY: Final = timedelta(days=1)
_MONTHS: Final = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}


@dataclass(frozen=True, slots=True, order=True)
class BudgetPeriod:
    """Local days from the first to the last, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def months(self) -> tuple[date, ...]:
        """The billing months (their first days) that the period has a part in."""
        return tuple(months_between(month_of(self.first), self.last))

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


def period_of(kind: PeriodKind | str, day: date, *, week_start: int) -> BudgetPeriod:
    """The period that ``day`` lies in. ``week_start`` is the weekday that weeks begin with, 1 Monday to 7 Sunday."""
    kind = PeriodKind(kind)
    if kind is PeriodKind.DAY:
        return BudgetPeriod(day, day)
    if kind is PeriodKind.WEEK:
        first = day - timedelta(days=(day.isoweekday() - week_start) % 7)
        return BudgetPeriod(first, first + timedelta(days=6))
    months = _MONTHS[kind]
    first = add_months(month_of(day), -((day.month - 1) % months))
    return BudgetPeriod(first, add_months(first, months) - _ONE_DAY)


def joined(days: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    """Ranges (first and last day, both included) with those that overlap or adjoin put together, in order."""
    found: list[tuple[date, date]] = []
    for first, last in sorted(days):
        if found and first <= found[-1][1] + _ONE_DAY:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def periods_touching(
    kind: PeriodKind | str, days: Iterable[tuple[date, date]], *, week_start: int
) -> Iterator[BudgetPeriod]:
    """Every period that has a day in one of the ranges (first and last day, both included), each once, in order."""
    reached = date.min
    for first, last in sorted(days):
        day = max(first, reached)
        while day <= last:
            period = period_of(kind, day, week_start=week_start)
            yield period
            day = reached = period.last + _ONE_DAY
