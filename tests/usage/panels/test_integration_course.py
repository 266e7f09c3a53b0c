"""The course of a service by the hour: every hour that has begun, on days of any length."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from usage.panels.service_spikes import CallCounts
from usage.progress import Days, Spans
from usage.queries.panels.integration_course import course_by_hour
from usage.queries.panels.integration_reads import ServiceUse

LATER = datetime(2026, 12, 1, tzinfo=UTC)


def hours(day, zone, *, now=LATER, used=()):
    request: Any = SimpleNamespace(time_zone=zone, spans=Spans(Days(day, day), None, None), now=now)
    return course_by_hour(request, dict(used))


def at(day, instant, calls):
    return instant, ServiceUse({day: CallCounts(calls)})


@pytest.mark.parametrize(
    ("day", "zone", "count"),
    [
        (date(2026, 3, 28), "Europe/Berlin", 24),
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 5, 20), "Asia/Kathmandu", 24),
        # Clocks go half an hour ahead: the last hour is half a one.
        (date(2026, 10, 4), "Australia/Lord_Howe", 24),
    ],
)
def test_a_day_has_the_hours_that_it_has(day, zone, count):
    points = hours(day, zone)
    assert len(points) == count
    assert {point.first for point in points} == {day}
    assert f"{points[0].hour_start:%H:%M}" == "00:00"
    assert not any(point.is_partial for point in points)


def test_the_hour_that_comes_twice_is_two():
    day, one = date(2026, 10, 25), datetime(2026, 10, 25, 0, tzinfo=UTC)
    points = hours(day, "Europe/Berlin", used=[at(day, one, 3), at(day, one + timedelta(hours=1), 4)])
    told = [(f"{point.hour_start:%H:%M}", point.counts.calls) for point in points if point.counts.calls]
    assert told == [("02:00", 3), ("02:00", 4)]


def test_hours_that_have_not_begun_are_not_told_and_the_last_is_not_over():
    now = datetime(2026, 5, 20, 6, 30, tzinfo=UTC)
    points = hours(date(2026, 5, 20), "Asia/Kathmandu", now=now)
    # It is 12:15 there.
    assert [point.is_partial for point in points] == [False] * 12 + [True]
