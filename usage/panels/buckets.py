"""Steps of a series: days, weeks and months of a range, and the sums that fall into each. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from usage.figures import NOTHING, Measures
from usage.panels.vocabulary import Bucket
from usage.periods import add_months, month_of
from usage.progress import Days

_DAYS_BY_DAY: Final = 62
_DAYS_BY_WEEK: Final = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its days as far as they are in the range. ``is_partial`` means that its last day is not over yet;
    ``is_cut`` that the week or month begins before or ends after the range."""

    days: Days
    is_partial: bool
    is_cut: bool


def steps_of(days: Days, *, bucket: Bucket, week_start: int, today: date) -> tuple[Step, ...]:
    """The steps of ``days`` in order; they cover each day once. ``week_start`` is 1 for Monday to 7 for Sunday.

    Raises ``ValueError`` for hours, which are no days.
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


def fitting_bucket(days: Days) -> Bucket:
    """Days for up to two months, weeks for half a year, then months: what a chart can show."""
    if days.length <= _DAYS_BY_DAY:
        return Bucket.DAY
    return Bucket.WEEK if days.length <= _DAYS_BY_WEEK else Bucket.MONTH


def step_of(bucket: Bucket) -> Bucket:
    """What has to be read for steps of ``bucket``: months, or days for all others."""
    return bucket if bucket is Bucket.MONTH else Bucket.DAY


def sums_in(steps: Sequence[Step], by_day: Mapping[date, Measures]) -> tuple[Measures, ...]:
    """What falls into each of ``steps``."""
    sums = []
    for step in steps:
        if step.days.length <= len(by_day):
            sums.append(sum((by_day.get(day, NOTHING) for day in step.days.each()), NOTHING))
        else:
            sums.append(sum((of for day, of in by_day.items() if step.days.includes(day)), NOTHING))
    return tuple(sums)


def _around(day: date, bucket: Bucket, week_start: int) -> Days:
    if bucket is Bucket.DAY:
        return Days(day, day)
    if bucket is Bucket.WEEK:
        first = day - timedelta(days=(day.isoweekday() - week_start) % 7)
        return Days(first, first + timedelta(days=6))
    return Days(month_of(day), add_months(month_of(day), 1) - timedelta(days=1))
