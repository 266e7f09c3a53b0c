"""Where a period ends if it goes on like the last weeks. Pure: days and quantities in, quantities out.

**Likely** adds to what is spent, for each day that is left, the median of the same weekday in the last four
weeks of complete days: it follows the week's rhythm and is not moved by one wild day. Today counts as the
larger of what it has and its weekday's median. **Low** and **high** answer: what if the rest ran like the
lowest, or the highest, of those weeks? Each of the weeks is played through the days that are left, and the
smallest and the largest outcome are taken. So the band is what lately happened, not a probability.

A day without usage counts as 0 once there is history. History is cut to whole weeks, the latest ones, so that
every weekday has equally many samples; with less than two weeks nothing is projected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from statistics import median
from typing import Final

from usage.enums import NoProjection

ByDay = Mapping[date, Decimal]

MAX_WEEKS: Final = 4
MIN_WEEKS: Final = 2
HISTORY_DAYS: Final = 7 * MAX_WEEKS
MIN_HISTORY_DAYS: Final = 7 * MIN_WEEKS


@dataclass(frozen=True, slots=True)
class Projection:
    """The quantity at the period's end: spent <= low <= likely <= high, drawn from so many ``weeks``."""

    low: Decimal
    likely: Decimal
    high: Decimal
    weeks: int


@dataclass(frozen=True, slots=True)
class ProjectionTask:
    """What a projection needs besides quantities.

    ``history_since`` is the first day with any usage at all, None without usage; ``today`` is None once the
    period is over.
    """

    history_since: date | None
    today: date | None
    first_day: date
    last_day: date

    @property
    def history_days(self) -> int:
        """Complete days of history before today."""
        if self.today is None or self.history_since is None:
            return 0
        return max((self.today - self.history_since).days, 0)

    @property
    def obstacle(self) -> NoProjection | None:
        """Why nothing can be projected, None when something can."""
        if self.today is None:
            return NoProjection.PERIOD_OVER
        if self.history_since is None:
            return NoProjection.NO_USAGE
        if self.history_days < MIN_HISTORY_DAYS:
            return NoProjection.NOT_ENOUGH_HISTORY
        return None


def project(task: ProjectionTask, by_day: ByDay) -> Projection | None:
    """The quantity at the end of ``task``'s period; ``by_day`` reaches back over history and period to today.

    None where ``task.obstacle`` says why. Exact: medians halve at most once, nothing is rounded.
    """
    if task.obstacle is not None or task.today is None:
        return None
    weeks = min(MAX_WEEKS, task.history_days // 7)
    samples = _samples_by_weekday(today=task.today, weeks=weeks, by_day=by_day)
    with localcontext() as context:
        context.prec = 60
        likely = _outcome(task, by_day, {weekday: median(values) for weekday, values in samples.items()})
        played = [
            _outcome(task, by_day, {weekday: values[week] for weekday, values in samples.items()})
            for week in range(weeks)
        ]
        return Projection(low=min(*played, likely), likely=likely, high=max(*played, likely), weeks=weeks)


def _samples_by_weekday(*, today: date, weeks: int, by_day: ByDay) -> dict[int, list[Decimal]]:
    """Of each weekday one quantity per week, the latest week first. Net corrections below zero count as 0."""
    samples: dict[int, list[Decimal]] = {}
    for back in range(1, 7 * weeks + 1):
        day = today - timedelta(days=back)
        samples.setdefault(day.weekday(), []).append(max(by_day.get(day, Decimal(0)), Decimal(0)))
    return samples


def _outcome(task: ProjectionTask, by_day: ByDay, expected: Mapping[int, Decimal]) -> Decimal:
    """Spent before today, today at least as expected, and every day after it as expected of its weekday."""
    assert task.today is not None
    spent = sum((by_day.get(day, Decimal(0)) for day in _days(task.first_day, task.today)), Decimal(0))
    today = max(by_day.get(task.today, Decimal(0)), expected[task.today.weekday()])
    ahead = _days(task.today + timedelta(days=1), task.last_day + timedelta(days=1))
    return sum((expected[day.weekday()] for day in ahead), spent + today)


def _days(first: date, end: date) -> list[date]:
    """The days from ``first`` to before ``end``."""
    return [first + timedelta(days=index) for index in range((end - first).days)]
