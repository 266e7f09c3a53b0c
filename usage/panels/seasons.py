"""The seasonal view: what a weekday and a month usually have beside an average day. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from usage.panels.hours import days_of_month, weekdays_from
from usage.periods import add_months, month_of
from usage.progress import Days

MONTHS: Final = 12
FEWEST_WEEKS: Final = 4
"""Whole weeks before averages per weekday say anything."""
MOST_WEEKS: Final = 52


@dataclass(frozen=True, slots=True)
class Season:
    """One weekday or month. ``average`` is per day; ``index`` is 100 where that is an average day of all."""

    days: int
    average: Decimal
    index: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seasons:
    """Complete days of the last 12 months. ``weekdays`` begin with the organization's week, and are empty with fewer
    than four ``weeks`` of history; ``months`` are the last 12 whole months, empty while there are fewer in history.

    ``weeks`` and ``whole_months`` say how much history there is of what is needed.
    """

    weekdays: tuple[tuple[int, Season], ...]
    months: tuple[tuple[date, Season], ...]
    days: Days | None
    weeks: int
    whole_months: int


def season_days(today: date) -> Days:
    """Days that are over, from 12 whole months ago."""
    return Days(add_months(month_of(today), -MONTHS), today - timedelta(days=1))


def seasons_of(
    by_day: Mapping[date, Decimal], *, today: date, history_since: date | None, week_start: int
) -> Seasons:
    """The seasonal view of ``by_day``, which covers ``season_days``; a missing day had nothing.

    ``history_since`` is the first day with usage: what lies before is not known, rather than nothing.
    """
    reach = season_days(today)
    if history_since is None or history_since > reach.last:
        return Seasons(weekdays=(), months=(), days=None, weeks=0, whole_months=0)
    days = Days(max(reach.first, history_since), reach.last)
    weeks = min(days.length // 7, MOST_WEEKS)
    # Whole weeks, so that no weekday has one day more of a growing usage than the others.
    in_weeks = Days(days.last - timedelta(days=7 * weeks - 1), days.last)
    months = [month for month in _months_before(today) if month >= history_since]
    return Seasons(
        weekdays=_weekdays(by_day, in_weeks, week_start) if weeks >= FEWEST_WEEKS else (),
        months=_months(by_day, months) if len(months) == MONTHS else (),
        days=days,
        weeks=weeks,
        whole_months=len(months),
    )


def _months_before(today: date) -> list[date]:
    return [add_months(month_of(today), -count) for count in range(MONTHS, 0, -1)]


def _weekdays(by_day: Mapping[date, Decimal], days: Days, week_start: int) -> tuple[tuple[int, Season], ...]:
    each = days.each()
    mean = _mean(by_day, each)
    return tuple(
        (weekday, _season(by_day, [day for day in each if day.isoweekday() == weekday], mean))
        for weekday in weekdays_from(week_start)
    )


def _months(by_day: Mapping[date, Decimal], months: Sequence[date]) -> tuple[tuple[date, Season], ...]:
    of_month = {month: days_of_month(month).each() for month in months}
    mean = _mean(by_day, [day for days in of_month.values() for day in days])
    return tuple((month, _season(by_day, days, mean)) for month, days in of_month.items())


def _season(by_day: Mapping[date, Decimal], days: Sequence[date], mean: Decimal) -> Season:
    average = _mean(by_day, days)
    return Season(len(days), average, average * 100 / mean if mean > 0 else None)


def _mean(by_day: Mapping[date, Decimal], days: Sequence[date]) -> Decimal:
    return sum((by_day.get(day, Decimal(0)) for day in days), Decimal(0)) / len(days)
