"""What is read for some spans adds up to them, day by day, and is no more than needed."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage.panels.parts import DayPart, MonthPart, Weights, parts_of
from usage.panels.ranges import spans_over
from usage.panels.vocabulary import Compare
from usage.periods import month_of
from usage.progress import Days, Spans

TODAY = date(2026, 11, 23)


def counted(parts: Sequence[MonthPart | DayPart], day: date) -> Weights:
    """How often a day counts in all that is read."""
    total = [0, 0, 0]
    for part in parts:
        inside = month_of(day) in part.months if isinstance(part, MonthPart) else part.days.includes(day)
        if inside:
            total = [one + other for one, other in zip(total, part.weights, strict=True)]
    return Weights(*total)


@given(
    first=st.dates(date(2024, 1, 1), TODAY),
    length=st.integers(1, 800),
    compare=st.sampled_from(Compare),
)
def test_every_day_counts_as_often_as_it_is_meant(first: date, length: int, compare: Compare) -> None:
    asked = Days(first, first + timedelta(days=length - 1))
    spans = spans_over(asked, today=TODAY, compare=compare)
    reach = Days(spans.reach.first - timedelta(days=40), spans.reach.last + timedelta(days=40))
    parts = parts_of(spans)
    for day in reach.each():
        wanted = (spans.shown, spans.compared, spans.previous)
        assert counted(parts, day) == tuple(int(span is not None and span.includes(day)) for span in wanted)


@pytest.mark.parametrize(
    ("first", "last", "months", "days"),
    [
        (date(2026, 11, 1), date(2026, 11, 23), 1, 7),  # the days that are still to come are taken off
        (date(2026, 11, 1), date(2026, 11, 5), 0, 5),
        (date(2025, 11, 1), date(2026, 10, 31), 12, 0),
        (date(2026, 8, 20), date(2026, 11, 23), 3, 12 + 7),
    ],
)
def test_whole_months_are_read_as_such(first: date, last: date, months: int, days: int) -> None:
    parts = parts_of(Spans(Days(first, last), None, None))
    assert sum(len(part.months) for part in parts if isinstance(part, MonthPart)) == months
    assert sum(part.days.length for part in parts if isinstance(part, DayPart)) == days


def test_what_is_compared_costs_few_days_more() -> None:
    month = Days(date(2026, 11, 1), date(2026, 11, 30))
    parts = parts_of(spans_over(month, today=TODAY, compare=Compare.PREVIOUS))
    # This month less its last week and, for the comparison, today; the month before less its last nine days.
    assert sum(part.days.length for part in parts if isinstance(part, DayPart)) == 1 + 7 + 9
