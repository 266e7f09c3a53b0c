"""Edge case 7: weeks on the organization's week day; month, quarter and year boundaries; February 29."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.budget_periods import BudgetPeriod, joined, period_of, periods_touching
from billing.enums import PeriodKind

KINDS = st.sampled_from(list(PeriodKind))
DAYS = st.dates(date(1999, 1, 1), date(2101, 12, 31))
WEEK_STARTS = st.integers(1, 7)


@pytest.mark.parametrize(
    ("kind", "day", "week_start", "first", "last"),
    [
        ("day", "2024-02-29", 1, "2024-02-29", "2024-02-29"),
        ("week", "2026-11-18", 1, "2026-11-16", "2026-11-22"),
        ("week", "2026-11-18", 7, "2026-11-15", "2026-11-21"),
        ("week", "2026-11-18", 3, "2026-11-18", "2026-11-24"),
        ("week", "2026-11-18", 4, "2026-11-12", "2026-11-18"),
        ("week", "2026-01-01", 1, "2025-12-29", "2026-01-04"),
        ("week", "2024-03-01", 6, "2024-02-24", "2024-03-01"),
        ("month", "2024-02-29", 1, "2024-02-01", "2024-02-29"),
        ("month", "2026-02-10", 1, "2026-02-01", "2026-02-28"),
        ("month", "2026-12-31", 1, "2026-12-01", "2026-12-31"),
        ("quarter", "2024-02-29", 1, "2024-01-01", "2024-03-31"),
        ("quarter", "2026-12-31", 1, "2026-10-01", "2026-12-31"),
        ("quarter", "2027-01-01", 1, "2027-01-01", "2027-03-31"),
        ("year", "2024-02-29", 1, "2024-01-01", "2024-12-31"),
        ("year", "2026-12-31", 1, "2026-01-01", "2026-12-31"),
    ],
)
def test_periods_begin_and_end_where_the_calendar_says(kind, day, week_start, first, last):
    found = period_of(kind, date.fromisoformat(day), week_start=week_start)
    assert found == BudgetPeriod(date.fromisoformat(first), date.fromisoformat(last))


@given(KINDS, DAYS, WEEK_STARTS)
def test_every_day_lies_in_exactly_one_period(kind, day, week_start):
    period = period_of(kind, day, week_start=week_start)
    assert period.holds(day)
    assert all(
        period_of(kind, other, week_start=week_start) == period
        for other in (period.first, period.last, period.first + timedelta(days=period.days // 2))
    )
    after = period_of(kind, period.last + timedelta(days=1), week_start=week_start)
    assert after.first == period.last + timedelta(days=1)
    if kind is PeriodKind.WEEK:
        assert period.days == 7 and period.first.isoweekday() == week_start


@given(KINDS, st.lists(st.tuples(DAYS, st.integers(0, 40)), max_size=4), WEEK_STARTS)
def test_the_periods_of_ranges_are_those_of_their_days_once_each(kind, ranges, week_start):
    days = [(first, first + timedelta(days=more)) for first, more in ranges]
    found = list(periods_touching(kind, days, week_start=week_start))
    expected = {
        period_of(kind, first + timedelta(days=offset), week_start=week_start)
        for first, last in days
        for offset in range((last - first).days + 1)
    }
    assert found == sorted(expected)


def test_months_of_a_period_are_those_it_has_a_part_in():
    assert BudgetPeriod(date(2025, 12, 29), date(2026, 1, 4)).months == (date(2025, 12, 1), date(2026, 1, 1))


@given(st.lists(st.tuples(DAYS, st.integers(0, 40)), max_size=6))
def test_joined_ranges_hold_the_same_days_and_have_gaps_between(ranges):
    days = [(first, first + timedelta(days=more)) for first, more in ranges]

    def held(some):
        return {
            first + timedelta(days=offset)
            for first, last in some
            for offset in range((last - first).days + 1)
        }

    found = joined(days)
    assert held(found) == held(days)
    assert all(before[1] + timedelta(days=1) < after[0] for before, after in pairwise(found))
