"""Which weeks are compared and shown, and averages per weekday and month."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from usage.panels.seasons import season_days, seasons_of
from usage.panels.weeks import weeks_compared, weeks_shown
from usage.progress import Days

TODAY = date(2026, 11, 25)
"""A Wednesday."""


@pytest.mark.parametrize(
    ("last", "today", "week_start", "current", "is_whole", "is_running"),
    [
        (TODAY, TODAY, 1, (date(2026, 11, 23), date(2026, 11, 24)), False, True),
        (TODAY, TODAY, 7, (date(2026, 11, 22), date(2026, 11, 24)), False, True),
        (TODAY, TODAY, 3, (date(2026, 11, 18), date(2026, 11, 24)), True, False),
        (date(2026, 10, 31), TODAY, 1, (date(2026, 10, 26), date(2026, 10, 31)), False, False),
        (date(2026, 11, 1), TODAY, 1, (date(2026, 10, 26), date(2026, 11, 1)), True, False),
        (date(2024, 2, 29), TODAY, 1, (date(2024, 2, 26), date(2024, 2, 29)), False, False),
    ],
    ids=["running", "sunday", "begins today", "past", "past whole", "leap day"],
)
def test_complete_days_of_a_week_stand_beside_the_same_of_the_last(
    last: date, today: date, week_start: int, current: tuple[date, date], is_whole: bool, is_running: bool
) -> None:
    found = weeks_compared(last, today=today, week_start=week_start)
    assert found.current == current
    assert found.previous == tuple(day - timedelta(days=7) for day in current)
    assert (found.is_whole, found.is_running) == (is_whole, is_running)


def test_weeks_cover_the_days_and_are_thirteen_at_least() -> None:
    assert weeks_shown(Days(date(2026, 11, 1), TODAY), week_start=1) == Days(date(2026, 8, 31), TODAY)
    long = weeks_shown(Days(date(2026, 1, 1), TODAY), week_start=1)
    assert long == Days(date(2025, 12, 29), TODAY)


def constant(days: Days, *, weekend: int = 100) -> dict[date, Decimal]:
    return {day: Decimal(weekend if day.isoweekday() > 5 else 100) for day in days.each()}


def test_weekdays_stand_beside_an_average_day() -> None:
    days = Days(TODAY - timedelta(days=28), TODAY)
    found = seasons_of(constant(days, weekend=30), today=TODAY, history_since=days.first, week_start=7)
    assert [weekday for weekday, _season in found.weekdays] == [7, 1, 2, 3, 4, 5, 6]
    assert {season.days for _weekday, season in found.weekdays} == {4}
    indexes = [season.index for _weekday, season in found.weekdays]
    assert indexes == [Decimal(3000) / 80, *[Decimal(125)] * 5, Decimal(3000) / 80]
    assert found.months == ()
    assert (found.weeks, found.whole_months) == (4, 0)


def test_less_than_four_weeks_say_nothing() -> None:
    days = Days(TODAY - timedelta(days=27), TODAY)
    found = seasons_of(constant(days), today=TODAY, history_since=days.first, week_start=1)
    assert (found.weekdays, found.weeks) == ((), 3)


def test_no_history_says_nothing() -> None:
    for since in (None, TODAY):
        found = seasons_of({}, today=TODAY, history_since=since, week_start=1)
        assert (found.weekdays, found.months, found.weeks, found.whole_months) == ((), (), 0, 0)


def test_months_need_a_whole_year() -> None:
    reach = season_days(TODAY)
    assert reach == Days(date(2025, 11, 1), TODAY - timedelta(days=1))
    year = constant(reach) | {day: Decimal(1300) for day in Days(date(2026, 2, 1), date(2026, 2, 28)).each()}
    found = seasons_of(year, today=TODAY, history_since=reach.first, week_start=1)
    assert [month for month, _season in found.months] == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        *[date(2026, month, 1) for month in range(1, 11)],
    ]
    by_month = dict(found.months)
    mean = Decimal(365 * 100 + 28 * 1200) / 365
    assert by_month[date(2026, 2, 1)].days == 28
    assert by_month[date(2026, 2, 1)].index == 1300 * 100 / mean
    assert found.weeks == 52
    short = seasons_of(year, today=TODAY, history_since=date(2025, 11, 2), week_start=1)
    assert (short.months, short.whole_months) == ((), 11)


def test_usage_that_was_all_voided_has_no_index() -> None:
    days = Days(TODAY - timedelta(days=40), TODAY)
    nothing = dict.fromkeys(days.each(), Decimal(0))
    found = seasons_of(nothing, today=TODAY, history_since=days.first, week_start=1)
    assert {season.index for _weekday, season in found.weekdays} == {None}
