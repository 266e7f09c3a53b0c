"""How often each hour of the week came, against the ledger's own placing of every quarter of an hour."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from usage.panels.hours import WeekHour, every_month, hours_in, local_hours, weekdays_from, zone_runs
from usage.periods import Calendar, Period, add_months, local_midnight
from usage.progress import Days

LATER = datetime(2030, 1, 1, tzinfo=UTC)


def months(*zones: str, first: date = date(2026, 1, 1)) -> list[Period]:
    """Months in a row, each in its zone, joined as the ledger joins them."""
    starts = [
        local_midnight(add_months(first, index), ZoneInfo(zone))
        for index, zone in enumerate([*zones, zones[-1]])
    ]
    return [
        Period(add_months(first, index), zone, starts[index], starts[index + 1], 1)
        for index, zone in enumerate(zones)
    ]


def placed(periods: list[Period], days: Days, now: datetime) -> set[tuple[date, datetime, int]]:
    """The day, the instant and the hour on the clock that the ledger books any quarter of an hour on."""
    calendar = Calendar(periods)
    zones = {period.month: ZoneInfo(period.time_zone) for period in periods}
    instant, found = periods[0].starts_at, set()
    while instant < min(periods[-1].ends_at, now):
        slot = calendar.slot(instant)
        assert slot is not None
        day = date.fromisoformat(slot.local_date)
        if days.includes(day):
            hour = datetime.fromisoformat(slot.hour_start)
            found.add((day, hour, hour.astimezone(zones[slot.period.month]).hour))
        instant += timedelta(minutes=15)
    return found


@pytest.mark.parametrize(
    "zones",
    [
        ("UTC",) * 2,
        ("Asia/Kathmandu",) * 2,
        ("Europe/Berlin",) * 4,
        ("America/St_Johns",) * 4,
        ("Australia/Lord_Howe",) * 5,
        ("UTC", "Asia/Kathmandu", "Asia/Kathmandu"),
        ("Asia/Kathmandu", "Pacific/Kiritimati", "America/Los_Angeles"),
        ("Pacific/Pago_Pago", "Pacific/Kiritimati"),
    ],
)
def test_hours_are_those_that_the_ledger_books(zones: tuple[str, ...]) -> None:
    periods = months(*zones)
    days = Days(date(2026, 1, 3), add_months(date(2026, 1, 1), len(zones)) - timedelta(days=1))
    booked = placed(periods, days, LATER)
    assert hours_in(periods, days, now=LATER) == Counter(
        WeekHour(day.isoweekday(), hour) for day, _start, hour in booked
    )
    each = [*local_hours(periods, days, now=LATER)]
    assert each == sorted(each, key=lambda hour: hour[0])
    assert [(day, hour, hour.hour) for hour, day in each] == sorted(booked, key=lambda hour: hour[1])


def test_a_repeated_hour_counts_twice_and_a_skipped_one_not() -> None:
    periods = months(*["Europe/Berlin"] * 12)
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    skipped = hours_in(periods, Days(spring, spring), now=LATER)
    repeated = hours_in(periods, Days(autumn, autumn), now=LATER)
    assert (sum(skipped.values()), sum(repeated.values())) == (23, 25)
    assert WeekHour(7, 2) not in skipped
    assert repeated[WeekHour(7, 2)] == 2


def test_today_has_the_hours_that_have_begun() -> None:
    periods = months("Asia/Kathmandu")
    now = datetime(2026, 1, 7, 3, 15, 1, tzinfo=UTC)  # 09:00:01 on a Wednesday there
    found = hours_in(periods, Days(date(2026, 1, 7), date(2026, 1, 7)), now=now)
    assert sorted(found) == [WeekHour(3, hour) for hour in range(10)]


def test_an_hour_begins_with_its_first_instant() -> None:
    periods, day = months("Asia/Kathmandu"), date(2026, 1, 7)
    nine = datetime(2026, 1, 7, 3, 15, tzinfo=UTC)
    for now, count in ((nine, 10), (nine - timedelta.resolution, 9)):
        assert len([*local_hours(periods, Days(day, day), now=now)]) == count


def test_days_without_a_month_have_no_hours() -> None:
    assert hours_in([], Days(date(2026, 1, 1), date(2026, 1, 9)), now=LATER) == {}
    found = hours_in(months("UTC"), Days(date(2025, 12, 1), date(2026, 1, 1)), now=LATER)
    assert sum(found.values()) == 24
    every = every_month(months("UTC"), Days(date(2025, 12, 1), date(2026, 1, 1)), time_zone="UTC")
    hours = [*local_hours(every, Days(date(2025, 12, 31), date(2026, 1, 1)), now=LATER)]
    assert [day.day for _hour, day in hours] == [31] * 24 + [1] * 24


def test_months_of_one_zone_are_one_run() -> None:
    runs = zone_runs(months("UTC", "UTC", "Asia/Kathmandu"))
    assert [(run.days, run.time_zone) for run in runs] == [
        (Days(date(2026, 1, 1), date(2026, 2, 28)), "UTC"),
        (Days(date(2026, 3, 1), date(2026, 3, 31)), "Asia/Kathmandu"),
    ]


@pytest.mark.parametrize(("start", "order"), [(1, (1, 2, 3, 4, 5, 6, 7)), (7, (7, 1, 2, 3, 4, 5, 6))])
def test_a_week_begins_where_the_organization_says(start: int, order: tuple[int, ...]) -> None:
    assert weekdays_from(start) == order
