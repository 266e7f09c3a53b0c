"""Steps of a series: hours, days, weeks and months of a range, and the sums that fall into each. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from usage.figures import NOTHING, Measures
from usage.panels.hours import local_hours
from usage.panels.measures import Amounts
from usage.panels.vocabulary import Bucket
from usage.periods import Period, add_months, month_of
from usage.progress import Days

_DAYS_BY_DAY: Final = 62
_DAYS_BY_WEEK: Final = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its days as far as they are in the range. ``is_partial`` means that its last day is not over yet;
    ``is_cut`` that the week or month begins before or ends after the range.

    An hour has the day that it is booked on, and ``hour_start``, with the offset that the clock had then.
    """

    days: Days
    is_partial: bool
    is_cut: bool
    hour_start: datetime | None = None


def steps_of(days: Days, *, bucket: Bucket, week_start: int, today: date) -> tuple[Step, ...]:
    """The steps of ``days`` in order; they cover each day once. ``week_start`` is 1 for Monday to 7 for Sunday.

    Raises ``ValueError`` for hours, which are no days: see ``usage.panels.hours``.
    """
    if bucket is Bucket.HOUR:
        raise ValueError("a day has hours, not the other way round")
    steps, first = [], days.first
    while first <= days.last:
        whole = _around(first, bucket, week_start)
        part = Days(max(whole.first, days.first), min(whole.last, days.last))
        steps.append(Step(part, is_partial=part.includes(today), is_cut=part != whole))
        first = whole.last + timedelta(days=1)
    return tuple(steps)


def hour_steps(periods: Iterable[Period], days: Days, *, today: date, now: datetime) -> tuple[Step, ...]:
    """The hours of ``days`` that have begun, in the zones of ``periods``: a day on which clocks change has 23 or 25."""
    hours = [*local_hours(periods, days, now=now)]
    return tuple(
        Step(Days(day, day), is_partial=place == len(hours) and day == today, is_cut=False, hour_start=hour)
        for place, (hour, day) in enumerate(hours, start=1)
    )


def fitting_bucket(days: Days) -> Bucket:
    """Days for up to two months, weeks for half a year, then months: what a chart can show."""
    if days.length <= _DAYS_BY_DAY:
        return Bucket.DAY
    return Bucket.WEEK if days.length <= _DAYS_BY_WEEK else Bucket.MONTH


def step_of(bucket: Bucket) -> Bucket:
    """What has to be read for steps of ``bucket``: hours, months, or days for all others."""
    return Bucket.DAY if bucket is Bucket.WEEK else bucket


def sums_in(steps: Sequence[Step], by_day: Mapping[date, Measures]) -> tuple[Measures, ...]:
    """What falls into each of ``steps``."""
    return amounts_in(steps, by_day, nothing=NOTHING)


def amounts_in(
    steps: Sequence[Step], by_start: Mapping[date, Amounts], *, nothing: Amounts
) -> tuple[Amounts, ...]:
    """The same of any measures, by day or, where ``steps`` are hours, by the instants at which they begin."""
    if any(step.hour_start for step in steps):
        return _amounts_in_hours(steps, by_start, nothing)
    sums = []
    for step in steps:
        first, last = step.days
        if first == last:
            sums.append(by_start.get(first, nothing))
        elif step.days.length <= len(by_start):
            sums.append(sum((by_start.get(day, nothing) for day in step.days.each()), nothing))
        else:
            sums.append(sum((of for day, of in by_start.items() if step.days.includes(day)), nothing))
    return tuple(sums)


def _amounts_in_hours(
    steps: Sequence[Step], by_hour: Mapping[date, Amounts], nothing: Amounts
) -> tuple[Amounts, ...]:
    places: dict[date | None, int] = {step.hour_start: place for place, step in enumerate(steps)}
    sums = [nothing] * len(steps)
    for hour, of_hour in by_hour.items():
        # An hour that has not begun yet has usage if clocks differ: it counts in the one in progress.
        place = places.get(hour, len(steps) - 1)
        sums[place] = sums[place] + of_hour
    return tuple(sums)


def _around(day: date, bucket: Bucket, week_start: int) -> Days:
    if bucket is Bucket.DAY:
        return Days(day, day)
    if bucket is Bucket.WEEK:
        first = day - timedelta(days=(day.isoweekday() - week_start) % 7)
        return Days(first, first + timedelta(days=6))
    return Days(month_of(day), add_months(month_of(day), 1) - timedelta(days=1))
