"""What is read for some spans adds up to them, day by day, and is no more than needed."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage.panels.hours import days_of_month
from usage.panels.parts import DayPart, MonthPart, Weights, parts_of, whole_months
from usage.panels.ranges import spans_over
from usage.panels.vocabulary import Compare
from usage.periods import month_of, months_between
from usage.progress import Days, Spans

TODAY = date(2026, 11, 23)
MONTHS = list(months_between(date(2020, 1, 1), date(2028, 12, 1)))


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
    kept=st.sets(st.sampled_from(MONTHS)) | st.just(set(MONTHS)),
)
def test_every_day_counts_as_often_as_it_is_meant(
    first: date, length: int, compare: Compare, kept: set[date]
) -> None:
    asked = Days(first, first + timedelta(days=length - 1))
    spans = spans_over(asked, today=TODAY, compare=compare)
    reach = Days(spans.reach.first - timedelta(days=40), spans.reach.last + timedelta(days=40))
    parts = parts_of(spans, kept=kept)
    assert {month for part in parts if isinstance(part, MonthPart) for month in part.months} <= kept
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
    parts = parts_of(Spans(Days(first, last), None, None), kept=MONTHS)
    assert sum(len(part.months) for part in parts if isinstance(part, MonthPart)) == months
    assert sum(part.days.length for part in parts if isinstance(part, DayPart)) == days


def test_what_is_compared_costs_few_days_more() -> None:
    month = Days(date(2026, 11, 1), date(2026, 11, 30))
    parts = parts_of(spans_over(month, today=TODAY, compare=Compare.PREVIOUS), kept=MONTHS)
    # This month less its last week and, for the comparison, today; the month before less its last nine days.
    assert sum(part.days.length for part in parts if isinstance(part, DayPart)) == 1 + 7 + 9


@given(
    first=st.dates(date(2024, 1, 1), TODAY), length=st.integers(1, 800), kept=st.sets(st.sampled_from(MONTHS))
)
def test_whole_months_and_the_other_days_are_all_days(first: date, length: int, kept: set[date]) -> None:
    days = Days(first, first + timedelta(days=length - 1))
    months, others = whole_months(days, kept=kept)
    assert set(months) <= kept
    told = [day for month in months for day in days_of_month(month).each()]
    assert sorted([*told, *(day for part in others for day in part.each())]) == days.each()


def test_days_of_months_that_are_not_kept_are_read_as_one() -> None:
    parts = parts_of(Spans(Days(date(2026, 1, 5), date(2026, 10, 7)), None, None), kept=())
    assert parts == (DayPart(Days(date(2026, 1, 5), date(2026, 10, 7)), Weights(1, 0, 0)),)
