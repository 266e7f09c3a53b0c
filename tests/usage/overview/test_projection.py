"""The expected figures are worked out here by hand or by other means than the code's."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from usage.enums import NoProjection
from usage.projection import ProjectionTask, project

JUNE = {"first_day": date(2026, 6, 1), "last_day": date(2026, 6, 30)}
LONG_AGO = date(2025, 1, 1)


def task(today, *, since=LONG_AGO):
    return ProjectionTask(history_since=since, today=today, **JUNE)


def days_back(today, count):
    return [today - timedelta(days=back) for back in range(1, count + 1)]


def test_a_steady_week_is_projected_exactly():
    # 2026-06-16 is a Tuesday. Weekdays 10, weekends 2; nothing yet today.
    today = date(2026, 6, 16)
    by_day = {day: Decimal(2 if day.weekday() >= 5 else 10) for day in days_back(today, 60)}
    # June has 22 weekdays and 8 weekend days.
    found = project(task(today), by_day)
    assert found.likely == found.low == found.high == 22 * 10 + 8 * 2
    assert found.weeks == 4


def test_the_median_ignores_one_wild_week_and_the_band_shows_it():
    today = date(2026, 6, 29)
    by_day = {day: Decimal(10) for day in days_back(today, 60)}
    wild = date(2026, 6, 8)
    for index in range(7):
        by_day[wild + timedelta(days=index)] = Decimal(100)
    spent = 28 * 10 + 7 * 90
    found = project(task(today), by_day)
    assert found.likely == spent + 2 * 10
    assert found.low == spent + 2 * 10
    assert found.high == spent + 2 * 100


def test_an_even_number_of_weeks_halves_exactly():
    today = date(2026, 6, 30)
    by_day = dict(
        zip(days_back(today, 28)[6::7], map(Decimal, ("1", "2", "3.000000000000001", "9")), strict=True)
    )
    # Only Tuesdays had usage; the median of the four lies halfway between the middle two.
    spent = sum(value for day, value in by_day.items() if day.month == 6)
    assert project(task(today), by_day).likely == spent + Decimal("2.5000000000000005")


def test_today_counts_what_it_has_when_that_is_more_than_usual():
    today = date(2026, 6, 30)
    by_day = {day: Decimal(10) for day in days_back(today, 40)}
    assert project(task(today), by_day | {today: Decimal(4)}).likely == 29 * 10 + 10
    assert project(task(today), by_day | {today: Decimal(25)}).likely == 29 * 10 + 25
    assert project(task(today), by_day | {today: Decimal(25)}).low == 29 * 10 + 25


def test_days_without_usage_count_as_zero_once_there_is_history():
    today = date(2026, 6, 30)
    by_day = {day: Decimal(10) for day in days_back(today, 7)}
    # Three of the last four Tuesdays had nothing: the median is 0, the highest week 10.
    found = project(task(today), by_day)
    assert (found.likely, found.high) == (70, 80)


def test_two_whole_weeks_are_enough_and_a_day_less_is_not():
    today = date(2026, 6, 15)
    by_day = {day: Decimal(1) for day in days_back(today, 14)}
    assert project(task(today, since=date(2026, 6, 1)), by_day).weeks == 2
    short = task(today, since=date(2026, 6, 2))
    assert short.obstacle == NoProjection.NOT_ENOUGH_HISTORY
    assert project(short, by_day) is None


def test_history_is_cut_to_whole_weeks():
    today = date(2026, 6, 30)
    by_day = {day: Decimal(1) for day in days_back(today, 20)}
    assert project(task(today, since=date(2026, 6, 10)), by_day).weeks == 2


def test_a_period_that_is_over_or_without_usage_says_so():
    assert ProjectionTask(history_since=LONG_AGO, today=None, **JUNE).obstacle == NoProjection.PERIOD_OVER
    assert task(date(2026, 6, 3), since=None).obstacle == NoProjection.NO_USAGE


quantities = st.decimals(min_value=0, max_value=10**9, places=15, allow_nan=False)


@given(st.lists(quantities, min_size=59, max_size=59), st.integers(0, 29))
def test_never_below_what_is_spent_and_in_order(values, index):
    today = JUNE["first_day"] + timedelta(days=index)
    first = today - timedelta(days=58)
    by_day = {first + timedelta(days=offset): value for offset, value in enumerate(values)}
    spent = sum((value for day, value in by_day.items() if day >= JUNE["first_day"]), Decimal(0))
    found = project(task(today), by_day)
    assert spent <= found.low <= found.likely <= found.high


def test_a_net_correction_never_pulls_the_projection_down():
    today = date(2026, 6, 10)
    by_day = {day: Decimal(-5) for day in days_back(today, 28)}
    assert project(task(today), by_day).likely == -5 * 9
