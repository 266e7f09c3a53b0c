"""What has to be read for some spans: months where they are kept summed up, and days for what is left. Pure.

A month may be summed up as far as it has come. One of which most days are meant is read whole, and its other days are
taken off again: sums are signed, so that is exact, and it is fewer rows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final, NamedTuple

from usage.periods import add_months, month_of, months_between
from usage.progress import Days, Spans

_DAY = timedelta(days=1)


Kept = Mapping[date, date]
"""The months that are kept summed up, by their first days, and the last day that the sums of each hold."""
NOTHING_KEPT: Final[Kept] = MappingProxyType({})


class Weights(NamedTuple):
    """How often something counts: among what is shown, in the span compared, and in the one before it."""

    shown: int
    compared: int
    previous: int


NEVER = Weights(0, 0, 0)


@dataclass(frozen=True, slots=True)
class MonthPart:
    """Sums of months, given by their first days, that all count alike."""

    months: tuple[date, ...]
    weights: Weights


@dataclass(frozen=True, slots=True)
class DayPart:
    """Days that all count alike; a weight below 0 takes them off a month that was read whole."""

    days: Days
    weights: Weights


def parts_of(spans: Spans, *, kept: Kept, since: date | None = None) -> tuple[MonthPart | DayPart, ...]:
    """Months out of ``kept`` and days whose weighted sums are the sums over ``spans``; no days before ``since``, where
    it is known that there is nothing. None are left where all are before it."""
    return _parts_of(spans, tuple(kept.items()), since or date.min)


# A panel asks for the same parts several times, and so does the next.
@lru_cache(maxsize=256)
def _parts_of(
    spans: Spans, kept_through: tuple[tuple[date, date], ...], since: date
) -> tuple[MonthPart | DayPart, ...]:
    kept, first = dict(kept_through), max(spans.reach.first, since)
    months: dict[Weights, list[date]] = {}
    left: list[DayPart] = []
    for month in months_between(month_of(first), month_of(spans.reach.last)):
        summed, unsummed = _runs(spans, month, since=since, through=kept.get(month))
        base = min(
            (run.weights for run in summed), key=lambda weights: _days_beside(weights, summed), default=NEVER
        )
        if base != NEVER:
            months.setdefault(base, []).append(month)
        left += [DayPart(run.days, _less(run.weights, base)) for run in summed if run.weights != base]
        left += unsummed
    return *(MonthPart(tuple(some), weights) for weights, some in months.items()), *_joined(left)


def whole_months(days: Days, *, kept: Kept) -> tuple[tuple[date, ...], tuple[Days, ...]]:
    """The months out of ``kept`` whose sums hold nothing but ``days``, and the days that are not in them."""
    return _split(days, kept, is_read=lambda month, summed: days.includes(month) and days.includes(summed))


def days_of_kept(days: Days, *, kept: Kept) -> tuple[tuple[date, ...], tuple[Days, ...]]:
    """The months out of ``kept`` that have some of ``days``, for what is kept of them day by day; the other days."""
    return _split(days, kept, is_read=lambda _month, summed: days.first <= summed)


def _split(
    days: Days, kept: Kept, *, is_read: Callable[[date, date], bool]
) -> tuple[tuple[date, ...], tuple[Days, ...]]:
    """The months out of ``kept`` that are to be read, as ``is_read`` says of the first and the last day that each
    holds; and those of ``days`` that are in none of them."""
    read: list[date] = []
    left: list[DayPart] = []
    for month in months_between(month_of(days.first), month_of(days.last)):
        first, last = max(month, days.first), min(add_months(month, 1) - _DAY, days.last)
        if month in kept and is_read(month, kept[month]):
            read.append(month)
            first = max(first, kept[month] + _DAY)
        if first <= last:
            left.append(DayPart(Days(first, last), Weights(1, 0, 0)))
    return tuple(read), tuple(part.days for part in _joined(left))


def _runs(
    spans: Spans, month: date, *, since: date, through: date | None
) -> tuple[list[DayPart], list[DayPart]]:
    """The days of a month from ``since`` on, those that count alike and follow each other together: first those whose
    sums are kept, up to ``through``, then the others."""
    begin, end = max(month, since), add_months(month, 1)
    borders = {
        border
        for span in (spans.shown, spans.compared, spans.previous)
        if span is not None
        for border in (span.first, span.last + _DAY)
    }
    following = month if through is None else through + _DAY
    starts = sorted({begin, following, *borders})
    runs = [
        DayPart(Days(first, after - _DAY), _weights_of(spans, first))
        for first, after in pairwise((*(start for start in starts if begin <= start < end), end))
    ]
    return [run for run in runs if run.days.first < following], [
        run for run in runs if run.days.first >= following
    ]


def _weights_of(spans: Spans, day: date) -> Weights:
    return Weights(
        *(
            int(span is not None and span.includes(day))
            for span in (spans.shown, spans.compared, spans.previous)
        )
    )


def _days_beside(base: Weights, runs: Sequence[DayPart]) -> tuple[int, bool]:
    """How many days would be read if the month were read as ``base``; of equals, rather without the month."""
    return sum(run.days.length for run in runs if run.weights != base), base != NEVER


def _less(weights: Weights, base: Weights) -> Weights:
    return Weights(*(one - other for one, other in zip(weights, base, strict=True)))


def _joined(parts: Sequence[DayPart]) -> list[DayPart]:
    """Those that count alike and follow each other as one."""
    joined: list[DayPart] = []
    for part in parts:
        if joined and joined[-1].weights == part.weights and joined[-1].days.last + _DAY == part.days.first:
            joined[-1] = DayPart(Days(joined[-1].days.first, part.days.last), part.weights)
        elif part.weights != NEVER:
            joined.append(part)
    return joined
