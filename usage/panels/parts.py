"""What has to be read for some spans: whole months where they are kept summed up, and days for what is left. Pure.

A kept month of which most days are meant is read whole, and its other days are taken off again: sums are signed, so
that is exact, and it is fewer rows.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from usage.periods import add_months, month_of, months_between
from usage.progress import Days, Spans

_DAY = timedelta(days=1)


class Weights(NamedTuple):
    """How often something counts: among what is shown, in the span compared, and in the one before it."""

    shown: int
    compared: int
    previous: int


NEVER = Weights(0, 0, 0)


@dataclass(frozen=True, slots=True)
class MonthPart:
    """Whole months, given by their first days, that all count alike."""

    months: tuple[date, ...]
    weights: Weights


@dataclass(frozen=True, slots=True)
class DayPart:
    """Days that all count alike; a weight below 0 takes them off a month that was read whole."""

    days: Days
    weights: Weights


def parts_of(spans: Spans, *, kept: Collection[date] = ()) -> tuple[MonthPart | DayPart, ...]:
    """Months out of ``kept`` and days whose weighted sums are the sums over ``spans``."""
    months: dict[Weights, list[date]] = {}
    left: list[DayPart] = []
    for month in months_between(month_of(spans.reach.first), month_of(spans.reach.last)):
        runs = list(_runs(spans, month))
        base = NEVER
        if month in kept:
            base = min((run.weights for run in runs), key=lambda weights: _days_beside(weights, runs))
        if base != NEVER:
            months.setdefault(base, []).append(month)
        left += [DayPart(run.days, _less(run.weights, base)) for run in runs if run.weights != base]
    return *(MonthPart(tuple(some), weights) for weights, some in months.items()), *_joined(left)


def whole_months(days: Days, *, kept: Collection[date]) -> tuple[tuple[date, ...], tuple[Days, ...]]:
    """The months out of ``kept`` that lie in ``days`` altogether, and the days outside of them."""
    whole, left = [], []
    for month in months_between(month_of(days.first), month_of(days.last)):
        own = Days(max(month, days.first), min(add_months(month, 1) - _DAY, days.last))
        if month in kept and own == Days(month, add_months(month, 1) - _DAY):
            whole.append(month)
        else:
            left.append(DayPart(own, Weights(1, 0, 0)))
    return tuple(whole), tuple(part.days for part in _joined(left))


def days_of_kept(days: Days, *, kept: Collection[date]) -> tuple[tuple[date, ...], tuple[Days, ...]]:
    """The months out of ``kept`` that have some of ``days``, for what is kept of them day by day; the other days."""
    months = list(months_between(month_of(days.first), month_of(days.last)))
    left = [
        DayPart(Days(max(month, days.first), min(add_months(month, 1) - _DAY, days.last)), Weights(1, 0, 0))
        for month in months
        if month not in kept
    ]
    return tuple(month for month in months if month in kept), tuple(part.days for part in _joined(left))


def _runs(spans: Spans, month: date) -> Iterator[DayPart]:
    """The days of a month, those that count alike and follow each other together."""
    end = add_months(month, 1)
    borders = {
        border
        for span in (spans.shown, spans.compared, spans.previous)
        if span is not None
        for border in (span.first, span.last + _DAY)
        if month < border < end
    }
    for first, following in pairwise((month, *sorted(borders), end)):
        yield DayPart(Days(first, following - _DAY), _weights_of(spans, first))


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
