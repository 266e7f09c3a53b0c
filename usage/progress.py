"""How far a period has come: averages, the comparison with the period before, the projection. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from usage.figures import Change, Measures, rounded_tokens, total
from usage.overview import Compared, DailyAverage, PeriodSpan, Projected
from usage.periods import add_months
from usage.projection import ProjectionTask, project

ByDay = Mapping[date, Measures]


class Days(NamedTuple):
    """Local days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    def includes(self, day: date) -> bool:
        return self.first <= day <= self.last

    def each(self) -> list[date]:
        """The days in order."""
        return [self.first + timedelta(days=index) for index in range(self.length)]


@dataclass(frozen=True, slots=True)
class Spans:
    """The days shown, and the two spans that are compared (both None while no day of the period is over)."""

    shown: Days
    compared: Days | None
    previous: Days | None

    @property
    def reach(self) -> Days:
        """One range that covers all of them."""
        return Days(self.previous.first if self.previous else self.shown.first, self.shown.last)


def spans_of(period: PeriodSpan) -> Spans:
    """What is compared: whole periods once ``period`` is over, else as many complete days as both have.

    Days still in progress are left out, so that a morning does not read as a drop.
    """
    shown = Days(period.first_day, period.through)
    previous_month = Days(add_months(period.month, -1), period.first_day - timedelta(days=1))
    if period.today is None:
        return Spans(shown, shown, previous_month)
    count = min(period.complete_days, previous_month.length)
    if count == 0:
        return Spans(shown, None, None)
    return Spans(shown, _first_days(shown, count), _first_days(previous_month, count))


def totals_over(by_day: ByDay, days: Days) -> Measures:
    """The sum over ``days``."""
    return total(measures for day, measures in by_day.items() if days.includes(day))


def change_over(by_day: ByDay, spans: Spans) -> Change | None:
    """The compared spans beside each other; None while there are none."""
    if spans.compared is None or spans.previous is None:
        return None
    current, previous = totals_over(by_day, spans.compared), totals_over(by_day, spans.previous)
    return Change(
        tokens=current.total_tokens,
        previous_tokens=previous.total_tokens,
        contracted_cost=current.contracted_cost,
        previous_contracted_cost=previous.contracted_cost,
    )


def compared(by_day: ByDay, spans: Spans, *, previous_month: date) -> Compared | None:
    """The period beside the one before; None while there is nothing to compare."""
    change = change_over(by_day, spans)
    if change is None or spans.compared is None:
        return None
    return Compared(previous_month=previous_month, days=spans.compared.length, change=change)


def daily_average(by_day: ByDay, period: PeriodSpan) -> DailyAverage:
    """Per complete day of ``period``."""
    count = period.complete_days
    if count == 0:
        return DailyAverage(days=0, tokens=None, contracted_cost=None)
    over = totals_over(by_day, _first_days(Days(period.first_day, period.last_day), count))
    return DailyAverage(
        days=count, tokens=Decimal(over.total_tokens) / count, contracted_cost=over.contracted_cost / count
    )


def projected(by_day: ByDay, period: PeriodSpan, *, history_since: date | None) -> Projected:
    """Tokens and cost at the end of ``period``; ``by_day`` reaches 28 days back from today."""
    task = ProjectionTask(
        history_since=history_since, today=period.today, first_day=period.first_day, last_day=period.last_day
    )
    tokens = project(task, {day: Decimal(measures.total_tokens) for day, measures in by_day.items()})
    cost = project(task, {day: measures.contracted_cost for day, measures in by_day.items()})
    return Projected(
        reason=task.obstacle,
        weeks=cost.weeks if cost else 0,
        history_days=task.history_days,
        tokens_low=rounded_tokens(tokens.low) if tokens else None,
        tokens=rounded_tokens(tokens.likely) if tokens else None,
        tokens_high=rounded_tokens(tokens.high) if tokens else None,
        cost_low=cost.low if cost else None,
        cost=cost.likely if cost else None,
        cost_high=cost.high if cost else None,
    )


def _first_days(days: Days, count: int) -> Days:
    return Days(days.first, days.first + timedelta(days=count - 1))
