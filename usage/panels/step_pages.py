"""Pages of a series: as many of its steps as one answer tells. Pure.

Steps of hours come by whole days, so that what falls into a day stands on one page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from usage.panels.buckets import steps_of
from usage.panels.filters import Parameters, one
from usage.panels.hours import HOURS
from usage.panels.paging import CURSOR, Position, no_position, read_number
from usage.panels.vocabulary import Bucket
from usage.progress import Days

MOST_ENTRIES: Final = 700
"""Entries of measures on a page, one per step and line: an answer of some 100 KB."""
MOST_DAYS: Final[Mapping[Bucket, int]] = {Bucket.HOUR: 7, Bucket.DAY: 92, Bucket.WEEK: 26 * 7}
"""Days of a page, however few lines are told: so many rows are read for them. Months are kept summed up."""
MOST_DAYS_OF_ROWS: Final = 6 * 7
"""The same where days are not kept summed up by what is asked, but read row by row."""
_LENGTH: Final[Mapping[Bucket, int]] = {Bucket.HOUR: 1, Bucket.DAY: 1, Bucket.WEEK: 7}
"""Days of a step; hours are taken by the day."""
_NO_ID: Final = 0
"""No two steps begin on the same day."""


@dataclass(frozen=True, slots=True)
class StepPage:
    """The days of a page, and the cursors of the neighbouring ones; empty at the ends."""

    days: Days
    previous: str = ""
    next: str = ""


def asked_step_page(
    parameters: Parameters,
    days: Days,
    *,
    bucket: Bucket,
    week_start: int,
    columns: int,
    is_summed_up: bool,
) -> StepPage:
    """The page of a series over ``days`` that ``cursor`` asks for, the first one without.

    ``columns`` are the entries of each step; ``is_summed_up`` says whether days are kept summed up by what is asked. A
    cursor names the first step of a page: whoever asks for other lines goes on from there with pages of another length.
    Raises ``BadFilter``.
    """
    by_hour = bucket is Bucket.HOUR
    # "today" marks a step, and moves none.
    steps = steps_of(days, bucket=Bucket.DAY if by_hour else bucket, week_start=week_start, today=days.last)
    firsts = [step.days.first for step in steps]
    length = max(1, MOST_ENTRIES // (columns * HOURS if by_hour else columns))
    if bucket in MOST_DAYS:
        most = MOST_DAYS[bucket] if is_summed_up or by_hour else MOST_DAYS_OF_ROWS
        length = min(length, most // _LENGTH[bucket])
    place = _place(firsts, one(parameters, CURSOR), bucket)
    end = place + length
    goes_on = end < len(firsts)
    return StepPage(
        Days(firsts[place], firsts[end] - timedelta(days=1) if goes_on else days.last),
        previous=_cursor(firsts[max(0, place - length)], bucket) if place else "",
        next=_cursor(firsts[end], bucket) if goes_on else "",
    )


def _cursor(first: date, bucket: Bucket) -> str:
    return str(Position(bucket.value, first.isoformat(), _NO_ID))


def _place(firsts: Sequence[date], cursor: str, bucket: Bucket) -> int:
    """Which of the days with which steps begin ``cursor`` names; the first without one. Raises ``BadFilter``."""
    if not cursor:
        return 0
    try:
        position = Position.parse(cursor, order=bucket.value, read=str, read_id=read_number)
        return firsts.index(date.fromisoformat(str(position.value)))
    except ValueError:
        raise no_position() from None
