"""A spike is a day far above the usual of its weekday, and only with enough history to know that."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from usage.panels.spikes import spikes_in, weekdays_before
from usage.progress import Days

FIRST = date(2026, 8, 3)
"""A Monday."""
LAST = FIRST + timedelta(days=9 * 7 - 1)
DAY = date(2026, 9, 28)
"""The Monday of the ninth week."""


def usage(workday: int, weekend: int, **changed: int) -> dict[date, Decimal]:
    """Nine weeks of the same; ``d56=7`` changes the day after 56."""
    values = {}
    for offset in range(9 * 7):
        day = FIRST + timedelta(days=offset)
        usual = workday if day.isoweekday() < 6 else weekend
        values[day] = Decimal(changed.get(f"d{offset}", usual))
    return values


def found(values: dict[date, Decimal], *, since: date | None = FIRST) -> list[date]:
    return [spike.day for spike in spikes_in(Days(FIRST, LAST), values, history_since=since)]


@pytest.mark.parametrize("level", [0, 1, 1000])
def test_constant_usage_has_no_spike(level: int) -> None:
    assert found(usage(level, level)) == []


def test_a_week_with_idle_weekends_has_no_spike() -> None:
    assert found(usage(1000, 0)) == []


def test_a_day_far_above_is_a_spike() -> None:
    values = usage(1000, 0, d56=1600)
    (spike,) = spikes_in(Days(FIRST, LAST), values, history_since=FIRST)
    assert spike.day == DAY
    assert [spike.value, spike.usual, spike.excess] == [Decimal(1600), Decimal(1000), Decimal(600)]
    assert spike.compared == tuple(DAY - timedelta(weeks=count) for count in range(1, 9))


def test_half_above_is_far_and_less_is_not() -> None:
    assert found(usage(1000, 1000, d56=1500)) == [DAY]
    assert found(usage(1000, 1000, d56=1499)) == []


def test_a_little_on_an_idle_day_is_little() -> None:
    saturday = "d61"
    assert found(usage(1000, 0, **{saturday: 300})) == []
    assert found(usage(1000, 0, **{saturday: 800})) == [FIRST + timedelta(days=61)]


def test_what_scatters_needs_more() -> None:
    mondays = {
        f"d{7 * week}": value for week, value in enumerate([400, 700, 1000, 1300, 1600, 500, 1500, 1000])
    }
    # Their median is 1000, their MAD 400: 3.5 x 1.4826 x 400 is 2075.6 above it.
    assert DAY not in found(usage(1000, 1000, **mondays, d56=3075))
    assert DAY in found(usage(1000, 1000, **mondays, d56=3076))


def test_a_spike_before_hides_none() -> None:
    assert found(usage(1000, 0, d49=9000, d56=1600)) == [FIRST + timedelta(days=49), DAY]


def test_three_weeks_of_history_are_needed() -> None:
    values = usage(1000, 0, d56=5000)
    assert found(values, since=DAY - timedelta(weeks=3)) == [DAY]
    assert found(values, since=DAY - timedelta(weeks=3, days=-1)) == []
    assert found(values, since=None) == []


def test_after_weeks_of_nothing_nothing_is_usual() -> None:
    values = {FIRST: Decimal(5), LAST: Decimal(1000)}
    assert found(values, since=FIRST - timedelta(weeks=20)) == []


def test_a_missing_day_had_nothing() -> None:
    values = {day: value for day, value in usage(1000, 0, d56=1600).items() if value}
    assert found(values) == [DAY]


def test_only_history_is_compared() -> None:
    assert weekdays_before(DAY, history_since=DAY - timedelta(days=14)) == (
        DAY - timedelta(days=7),
        DAY - timedelta(days=14),
    )
    assert len(weekdays_before(DAY, history_since=date(2000, 1, 1))) == 8
