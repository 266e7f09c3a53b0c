"""What has to be read for some spans: whole months where they are kept summed up, and days for what is left. Pure.

A month of which most days are meant is read whole, and its other days are taken off again: sums are signed, so that
is exact, and it is fewer rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from usage.periods import add_months, month_of, months_between
from usage.progress import Days, Spans


class Weights(NamedTuple):
    """How often something counts: among what is shown, in the span compared, and in the one before it."""

    shown: int
    compared: int
    previous: int


NOTHING = Weights(0, 0, 0)


@dataclass(frozen=True, slots=True)
class MonthPart:
    """Whole months that all count alike."""

    months: tuple[date, ...]
    weights: Weights


@dataclass(frozen=True, slots=True)
class DayPart:
    """Days that all count alike; a weight below 0 takes them off a month that was read whole."""

    days: Days
    weights: Weights


def parts_of(spans: Spans) -> tuple[MonthPart | DayPart, ...]:
    """Months and days whose weighted sums are the sums over ``spans``."""
    months: dict[Weights, list[date]] = {}
    parts: list[MonthPart | DayPart] = []
    for month in months_between(month_of(spans.reach.first), month_of(spans.reach.last)):
        runs = list(_runs(spans, month))
        base = min((run.weights for run in runs), key=lambda weights: _days_beside(weights, runs))
        if base != NOTHING:
            months.setdefault(base, []).append(month)
        parts += [DayPart(run.days, _less(run.weights, base)) for run in runs if run.weights != base]
    return *(MonthPart(tuple(some), weights) for weights, some in months.items()), *parts


def _runs(spans: Spans, month: date) -> Iterator[DayPart]:
    """The days of a month, those that count alike and follow each other together."""
    days = Days(month, add_months(month, 1) - timedelta(days=1)).each()
    for weights, some in groupby(days, key=lambda day: _weights_of(spans, day)):
        run = list(some)
        yield DayPart(Days(run[0], run[-1]), weights)


def _weights_of(spans: Spans, day: date) -> Weights:
    return Weights(
        *(
            int(span is not None and span.includes(day))
            for span in (spans.shown, spans.compared, spans.previous)
        )
    )


def _days_beside(base: Weights, runs: Sequence[DayPart]) -> tuple[int, bool]:
    """How many days would be read if the month were read as ``base``; of equals, rather without the month."""
    return sum(run.days.length for run in runs if run.weights != base), base != NOTHING


def _less(weights: Weights, base: Weights) -> Weights:
    return Weights(*(one - other for one, other in zip(weights, base, strict=True)))
