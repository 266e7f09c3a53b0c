"""What is read for some spans adds up to them, day by day, and is no more than needed."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage.panels.hours import days_of_month
from usage.panels.parts import (
    NOTHING_KEPT,
    DayPart,
    Kept,
    MonthPart,
    Weights,
    days_of_kept,
    parts_of,
    whole_months,
)
from usage.panels.ranges import spans_over
from usage.panels.vocabulary import Compare
from usage.periods import month_of, months_between
from usage.progress import Days, Spans

TODAY = date(2026, 11, 23)
MONTHS = {month: days_of_month(month).last for month in months_between(date(2020, 1, 1), date(2028, 12, 1))}


@st.composite
def some_kept(draw: st.DrawFn) -> Kept:
    """Some months, some of them only up to a day in them."""
    months = draw(st.sets(st.sampled_from(list(MONTHS))) | st.just(set(MONTHS)))
    cut = draw(st.sets(st.sampled_from(sorted(months)))) if months else set()
    return {
        month: month + timedelta(days=draw(st.integers(0, 27))) if month in cut else MONTHS[month]
        for month in months
    }


def counted(parts: Sequence[MonthPart | DayPart], day: date, kept: Kept) -> Weights:
    """How often a day counts in all that is read."""
    total = [0, 0, 0]
    for part in parts:
        if isinstance(part, MonthPart):
            inside = month_of(day) in part.months and day <= kept[month_of(day)]
        else:
            inside = part.days.includes(day)
        if inside:
            total = [one + other for one, other in zip(total, part.weights, strict=True)]
    return Weights(*total)


@given(
    first=st.dates(date(2024, 1, 1), TODAY),
    length=st.integers(1, 800),
    compare=st.sampled_from(Compare),
    kept=some_kept(),
    since=st.none() | st.dates(date(2023, 1, 1), TODAY + timedelta(days=400)),
)
def test_every_day_counts_as_often_as_it_is_meant(
    first: date, length: int, compare: Compare, kept: Kept, since: date | None
) -> None:
    asked = Days(first, first + timedelta(days=length - 1))
    spans = spans_over(asked, today=TODAY, compare=compare)
    reach = Days(spans.reach.first - timedelta(days=40), spans.reach.last + timedelta(days=40))
    parts = parts_of(spans, kept=kept, since=since)
    assert {month for part in parts if isinstance(part, MonthPart) for month in part.months} <= kept.keys()
    assert since is None or all(part.days.first >= since for part in parts if isinstance(part, DayPart))
    for day in reach.each():
        if since and day < since:
            continue
        wanted = (spans.shown, spans.compared, spans.previous)
        assert counted(parts, day, kept) == tuple(
            int(span is not None and span.includes(day)) for span in wanted
        )


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


def test_a_month_in_progress_is_its_sums_and_the_days_since() -> None:
    month = Days(date(2026, 11, 1), date(2026, 11, 30))
    kept = MONTHS | {month.first: date(2026, 11, 22)}
    parts = parts_of(spans_over(month, today=TODAY, compare=Compare.PREVIOUS), kept=kept)
    # Today; of the month before its last days are taken off again.
    assert sum(part.days.length for part in parts if isinstance(part, DayPart)) == 1 + 9
    assert [part.months for part in parts if isinstance(part, MonthPart)] == [
        (date(2026, 10, 1),),
        (date(2026, 11, 1),),
    ]


@given(first=st.dates(date(2024, 1, 1), TODAY), length=st.integers(1, 800), kept=some_kept())
def test_whole_months_and_the_other_days_are_all_days(first: date, length: int, kept: Kept) -> None:
    days = Days(first, first + timedelta(days=length - 1))
    months, others = whole_months(days, kept=kept)
    assert set(months) <= kept.keys()
    assert sorted([*_held(months, kept), *_each(others)]) == days.each()


@given(first=st.dates(date(2024, 1, 1), TODAY), length=st.integers(1, 800), kept=some_kept())
def test_days_that_are_kept_and_the_others_are_all_days(first: date, length: int, kept: Kept) -> None:
    days = Days(first, first + timedelta(days=length - 1))
    months, others = days_of_kept(days, kept=kept)
    assert set(months) <= kept.keys()
    held = [day for day in _held(months, kept) if days.includes(day)]
    assert sorted([*held, *_each(others)]) == days.each()


def _held(months: Sequence[date], kept: Kept) -> list[date]:
    return [day for month in months for day in Days(month, kept[month]).each()]


def _each(parts: Sequence[Days]) -> list[date]:
    return [day for part in parts for day in part.each()]


def test_nothing_is_read_before_there_was_anything() -> None:
    spans = spans_over(Days(date(2025, 11, 5), date(2026, 10, 31)), today=TODAY, compare=Compare.YEAR)
    kept = {month: last for month, last in MONTHS.items() if month >= date(2025, 11, 1)}
    assert len(parts_of(spans, kept=kept)) == 3
    (whole,) = parts_of(spans, kept=kept, since=date(2025, 11, 5))
    assert isinstance(whole, MonthPart)
    assert len(whole.months) == 12
    assert parts_of(spans, kept=kept, since=date(2026, 11, 1)) == ()


def test_days_of_months_that_are_not_kept_are_read_as_one() -> None:
    parts = parts_of(Spans(Days(date(2026, 1, 5), date(2026, 10, 7)), None, None), kept=NOTHING_KEPT)
    assert parts == (DayPart(Days(date(2026, 1, 5), date(2026, 10, 7)), Weights(1, 0, 0)),)
