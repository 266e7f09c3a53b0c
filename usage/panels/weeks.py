"""Which weeks trends show, and which are compared. Pure: today is an argument."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from usage.progress import Days

WEEK: Final = timedelta(days=7)
FEWEST_WEEKS: Final = 13
"""Weeks shown whatever the range, since fewer show no trend: a quarter."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WeeksCompared:
    """The complete days of a week, and the same days of the week before. ``is_whole`` when they are all of it,
    ``is_running`` while the week is in progress."""

    current: Days
    previous: Days
    is_whole: bool
    is_running: bool


def week_around(day: date, *, week_start: int) -> Days:
    """The week that ``day`` lies in; ``week_start`` is 1 for Monday to 7 for Sunday."""
    first = day - timedelta(days=(day.isoweekday() - week_start) % 7)
    return Days(first, first + WEEK - _DAY)


def weeks_compared(last: date, *, today: date, week_start: int) -> WeeksCompared:
    """The latest week with a day that is over by ``last`` and before ``today``, beside the week before.

    On the first day of a week that is the week before: a morning is no week.
    """
    until = min(last, today - _DAY)
    week = week_around(until, week_start=week_start)
    current = Days(week.first, until)
    previous = Days(current.first - WEEK, current.last - WEEK)
    return WeeksCompared(current, previous, is_whole=current == week, is_running=week.includes(today))


def weeks_shown(shown: Days, *, week_start: int) -> Days:
    """Whole weeks that cover the days ``shown``, up to their last day: at least a quarter of a year of them."""
    last_week = week_around(shown.last, week_start=week_start)
    first = min(
        week_around(shown.first, week_start=week_start).first, last_week.first - (FEWEST_WEEKS - 1) * WEEK
    )
    return Days(first, shown.last)
