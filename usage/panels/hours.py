"""Which local hours a range really has: weekdays, zones of months, and clocks that are put forward or back. Pure.

An hour is what the ledger books under one ``hour_start``: the one that a clock repeats counts twice, the one that it
skips not at all, and the one in progress counts. Days are those of the ledger, so an hour beside a change of the
zone belongs to the weekday of the day that it is booked on.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from usage.periods import (
    QUARTER_HOUR,
    Period,
    add_months,
    hour_start,
    local_midnight,
    month_of,
    months_between,
)
from usage.progress import Days

HOURS: Final = 24
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_NONE: Final = timedelta()
_QUARTER: Final = timedelta(seconds=QUARTER_HOUR)


class WeekHour(NamedTuple):
    """An hour of the week: ``weekday`` is 1 for Monday to 7 for Sunday, ``hour`` 0 to 23 on the clock."""

    weekday: int
    hour: int


@dataclass(frozen=True, slots=True)
class ZoneRun:
    """Days in a row whose hours are those of one zone."""

    days: Days
    time_zone: str


def weekdays_from(week_start: int) -> tuple[int, ...]:
    """The weekdays in the order of a week that begins on ``week_start``."""
    return tuple((week_start - 1 + index) % 7 + 1 for index in range(7))


def zone_runs(periods: Iterable[Period]) -> tuple[ZoneRun, ...]:
    """The zones of ``periods``, months in a row with the same zone as one: mostly that is one for all."""
    runs: list[ZoneRun] = []
    for period in sorted(periods, key=lambda period: period.month):
        days = days_of_month(period.month)
        if runs and runs[-1].time_zone == period.time_zone:
            runs[-1] = ZoneRun(Days(runs[-1].days.first, days.last), period.time_zone)
        else:
            runs.append(ZoneRun(days, period.time_zone))
    return tuple(runs)


def days_of_month(month: date) -> Days:
    """All days of ``month``, which is its first; of the last month that there is, too."""
    return Days(month, month.replace(day=monthrange(month.year, month.month)[1]))


def hours_in(periods: Sequence[Period], days: Days, *, now: datetime) -> Mapping[WeekHour, int]:
    """How often each hour of the week has begun in ``days`` until ``now``; one that never did is missing."""
    whole: Counter[int] = Counter()
    found: Counter[WeekHour] = Counter()
    for period in periods:
        month = days_of_month(period.month)
        zone = ZoneInfo(period.time_zone)
        # Away from the month's borders and from now, a day is plain unless its clock changes.
        inside = Days(month.first + _DAY, min(month.last, now.astimezone(UTC).date()) - 2 * _DAY)
        for day in Days(max(month.first, days.first), min(month.last, days.last)).each():
            if inside.includes(day) and _offset(day, zone) == _offset(day + _DAY, zone):
                whole[day.isoweekday()] += 1
                continue
            starts_at, ends_at = _borders(period, day, zone)
            if _is_plain(starts_at, ends_at, zone) and ends_at <= now:
                whole[day.isoweekday()] += 1
            else:
                begun = _hours_begun(starts_at, min(ends_at, now), zone)
                found.update(WeekHour(day.isoweekday(), hour.astimezone(zone).hour) for hour in begun)
    for weekday, count in whole.items():
        for hour in range(HOURS):
            found[WeekHour(weekday, hour)] += count
    return found


def local_hours(periods: Iterable[Period], days: Days, *, now: datetime) -> Iterator[tuple[datetime, date]]:
    """Each hour of ``days`` that has begun by ``now``, with the offset that its clock had then, and the day that it is
    booked on; in order."""
    for period in sorted(periods, key=lambda period: period.month):
        month, zone = days_of_month(period.month), ZoneInfo(period.time_zone)
        for day in Days(max(month.first, days.first), min(month.last, days.last)).each():
            starts_at, ends_at = _borders(period, day, zone)
            if _is_plain(starts_at, ends_at, zone) and ends_at <= now:
                begun = {starts_at + index * _HOUR for index in range(HOURS)}
            else:
                begun = _hours_begun(starts_at, min(ends_at, now + timedelta.resolution), zone)
            for hour in sorted(begun):
                # In a zone of its own: in one that changes, both hours of a repeated one would be the same.
                yield hour.astimezone(timezone(zone.utcoffset(hour.astimezone(zone)) or _NONE)), day


def every_month(periods: Iterable[Period], days: Days, *, time_zone: str) -> list[Period]:
    """``periods``, and those of ``days`` that were never made, which are months of ``time_zone`` without usage."""
    made, zone = {period.month: period for period in periods}, ZoneInfo(time_zone)
    for month in months_between(month_of(days.first), month_of(days.last)):
        if month not in made:
            starts_at, ends_at = (local_midnight(first, zone) for first in (month, add_months(month, 1)))
            made[month] = Period(month, time_zone, starts_at, ends_at, 0)
    return [*made.values()]


def _borders(period: Period, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the ledger's ``day`` begins and ends. Beside a change of the zone the month's own borders count."""
    starts_at = period.starts_at if day == period.month else local_midnight(day, zone)
    if day + _DAY == add_months(period.month, 1):
        return starts_at, period.ends_at
    return starts_at, min(local_midnight(day + _DAY, zone), period.ends_at)


def _offset(day: date, zone: ZoneInfo) -> timedelta | None:
    """How far the clock is from UTC at midnight; where it is changed then, before the change."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset()


def _is_plain(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> bool:
    """Whether a day has 24 hours from midnight to midnight."""
    local = starts_at.astimezone(zone)
    return ends_at - starts_at == _DAY and not (local.hour or local.minute)


def _hours_begun(starts_at: datetime, until: datetime, zone: ZoneInfo) -> set[datetime]:
    # By quarters of an hour, since clocks may move by half an hour.
    begun = set()
    instant = starts_at
    while instant < until:
        begun.add(hour_start(instant, zone))
        instant += _QUARTER
    return begun
