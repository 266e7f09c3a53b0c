"""Ranges, compared days and steps, for any day and organization: properties that always hold."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage.figures import Measures, total
from usage.panels.buckets import fitting_bucket, steps_of, sums_in
from usage.panels.ranges import days_of, spans_over, whole_months, year_before
from usage.panels.vocabulary import Bucket, Compare, Range
from usage.progress import Days

TODAY = date(2026, 11, 18)
days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
spans = st.builds(
    lambda first, length: Days(first, first + timedelta(days=length)), days, st.integers(0, 799)
)
NAMED = [named for named in Range if named is not Range.CUSTOM]


@given(named=st.sampled_from(NAMED), today=days, fiscal=st.integers(1, 12))
def test_every_range_by_name_holds_what_its_name_says(named: Range, today: date, fiscal: int) -> None:
    found = days_of(named, today=today, fiscal_year_start=fiscal)
    rolling = {Range.LAST_7_DAYS: 7, Range.LAST_30_DAYS: 30, Range.LAST_90_DAYS: 90}
    if named in rolling:
        assert (found.last, found.length) == (today, rolling[named])
        return
    months = {Range.THIS_QUARTER: 3, Range.THIS_YEAR: 12, Range.LAST_12_MONTHS: 12}.get(named, 1)
    assert whole_months(found) == months
    assert found.includes(today) is (named is not Range.LAST_MONTH)
    if named is Range.LAST_MONTH:
        assert (found.last + timedelta(days=1)).replace(day=1) == today.replace(day=1)
    if named is Range.THIS_YEAR:
        assert found.first.month == fiscal
    if named is Range.THIS_QUARTER:
        assert (found.first.month - fiscal) % 3 == 0
    if named in (Range.THIS_MONTH, Range.LAST_12_MONTHS):
        assert found.last == days_of(Range.THIS_MONTH, today=today).last


def test_days_of_ones_own_have_no_name() -> None:
    with pytest.raises(ValueError, match="no days of its own"):
        days_of(Range.CUSTOM, today=TODAY)


@given(asked=spans, ago=st.integers(-40, 900), compare=st.sampled_from(Compare))
def test_compared_days_are_over_and_beside_as_many(asked: Days, ago: int, compare: Compare) -> None:
    today = asked.first + timedelta(days=ago)
    found = spans_over(asked, today=today, compare=compare)
    assert found.shown.first == asked.first
    assert found.shown.last == max(min(asked.last, today), asked.first)
    assert (found.compared is None) is (found.previous is None)
    if compare is Compare.NONE or today <= asked.first:
        assert found.compared is None
        return
    assert found.compared is not None
    assert found.previous is not None
    # Never a day that is not over, never outside of what is shown, never twice.
    assert found.compared.first == asked.first
    assert found.compared.last < today
    assert found.compared.last <= found.shown.last
    if asked.length <= 365 or compare is Compare.PREVIOUS:
        assert found.previous.last < asked.first
    if today <= asked.last or not (whole_months(asked) or compare is Compare.YEAR):
        assert found.compared.length == found.previous.length
    else:
        assert found.compared == asked


@given(asked=spans, ago=st.integers(1, 900))
def test_the_days_before_end_where_those_shown_begin(asked: Days, ago: int) -> None:
    found = spans_over(asked, today=asked.first + timedelta(days=ago), compare=Compare.PREVIOUS)
    assert found.previous is not None
    months = whole_months(asked)
    if months:
        assert found.previous.first.day == 1
        assert (asked.first - timedelta(days=1)).replace(day=1) >= found.previous.first
        if asked.last < asked.first + timedelta(days=ago):
            assert whole_months(found.previous) == months
    else:
        assert found.previous.last == asked.first - timedelta(days=1)


@given(first=days, months=st.integers(1, 24), ago=st.integers(0, 800))
def test_whole_months_of_a_year_ago_are_whole_months(first: date, months: int, ago: int) -> None:
    first = first.replace(day=1)
    last = first
    for _month in range(months):
        last = (last + timedelta(days=32)).replace(day=1)
    asked = Days(first, last - timedelta(days=1))
    assert whole_months(asked) == months
    found = spans_over(asked, today=last + timedelta(days=ago), compare=Compare.YEAR)
    assert found.previous is not None
    assert whole_months(found.previous) == months
    assert found.previous.first == first.replace(year=first.year - 1)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 2, 29), date(2023, 2, 28)),
        (date(2025, 2, 28), date(2024, 2, 28)),
        (date(2024, 3, 1), date(2023, 3, 1)),
    ],
)
def test_a_year_before_a_leap_day(day: date, expected: date) -> None:
    assert year_before(day) == expected


def test_a_leap_february_is_compared_with_the_february_before() -> None:
    february = Days(date(2024, 2, 1), date(2024, 2, 29))
    found = spans_over(february, today=date(2024, 3, 5), compare=Compare.YEAR)
    assert found.previous == Days(date(2023, 2, 1), date(2023, 2, 28))
    backwards = spans_over(
        Days(date(2025, 2, 1), date(2025, 2, 28)), today=date(2025, 3, 5), compare=Compare.YEAR
    )
    assert backwards.previous == Days(date(2024, 2, 1), date(2024, 2, 29))
    within = spans_over(february, today=date(2024, 2, 29), compare=Compare.YEAR)
    assert within.compared == Days(date(2024, 2, 1), date(2024, 2, 28))
    assert within.previous == Days(date(2023, 2, 1), date(2023, 2, 28))


def test_march_31st_is_compared_with_as_many_days_as_february_has() -> None:
    found = spans_over(
        Days(date(2026, 3, 1), date(2026, 3, 31)), today=date(2026, 3, 31), compare=Compare.PREVIOUS
    )
    assert found.compared == Days(date(2026, 3, 1), date(2026, 3, 28))
    assert found.previous == Days(date(2026, 2, 1), date(2026, 2, 28))


@given(
    asked=spans,
    bucket=st.sampled_from([Bucket.DAY, Bucket.WEEK, Bucket.MONTH]),
    week_start=st.integers(1, 7),
    into=st.integers(-3, 900),
)
def test_steps_cover_each_day_once(asked: Days, bucket: Bucket, week_start: int, into: int) -> None:
    today = asked.first + timedelta(days=into)
    steps = steps_of(asked, bucket=bucket, week_start=week_start, today=today)
    assert [day for step in steps for day in step.days.each()] == asked.each()
    for index, step in enumerate(steps):
        first, last = step.days
        assert step.is_partial is (first <= today <= last)
        if bucket is Bucket.DAY:
            assert first == last
            assert not step.is_cut
        elif bucket is Bucket.WEEK:
            assert step.is_cut is (step.days.length < 7)
            assert step.is_cut or first.isoweekday() == week_start
            assert index == 0 or first.isoweekday() == week_start
        else:
            assert (first.year, first.month) == (last.year, last.month)
            assert step.is_cut is (whole_months(step.days) != 1)
        assert not step.is_cut or index in (0, len(steps) - 1)


def test_a_day_has_no_hours_here() -> None:
    with pytest.raises(ValueError, match="hours"):
        steps_of(Days(TODAY, TODAY), bucket=Bucket.HOUR, week_start=1, today=TODAY)


@given(
    asked=spans,
    bucket=st.sampled_from([Bucket.DAY, Bucket.WEEK, Bucket.MONTH]),
    used=st.sets(st.integers(-5, 805)),
)
def test_sums_of_steps_add_up_to_the_days_inside(asked: Days, bucket: Bucket, used: set[int]) -> None:
    by_day = {asked.first + timedelta(days=number): Measures(calls=1, input_tokens=number) for number in used}
    steps = steps_of(asked, bucket=bucket, week_start=1, today=TODAY)
    sums = sums_in(steps, by_day)
    assert len(sums) == len(steps)
    assert total(sums) == total(of for day, of in by_day.items() if asked.includes(day))
    for step, found in zip(steps, sums, strict=True):
        assert found.calls == sum(1 for day in by_day if step.days.includes(day))


@given(asked=spans)
def test_a_chart_never_has_too_many_steps(asked: Days) -> None:
    bucket = fitting_bucket(asked)
    assert len(steps_of(asked, bucket=bucket, week_start=1, today=TODAY)) <= 62
