"""How far a period has come: days, zones, averages, comparison, projection."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.usage.overview.scene import NOV, NOW, OCT, overview
from tests.usage.rollup_factories import Fact, book, make_organization, receive
from usage.enums import NoProjection
from usage.models import UsagePeriod

pytestmark = pytest.mark.django_db


def test_daily_average_is_per_complete_day(organization):
    book(
        organization,
        [
            Fact(day=NOV, input_tokens=100, cost=Decimal("1.7")),
            Fact(day=date(2026, 11, 18), input_tokens=10**6, cost=Decimal(50)),
        ],
    )
    average = overview(organization).daily_average
    assert (average.days, average.contracted_cost) == (17, Decimal("0.1"))
    assert average.tokens * 17 == pytest.approx(100)


def test_the_first_day_has_neither_average_nor_comparison(organization):
    book(organization, [Fact(day=OCT, input_tokens=5), Fact(day=NOV, input_tokens=7)])
    found = overview(organization, now=datetime(2026, 11, 1, 9, tzinfo=UTC))
    assert found.daily_average.tokens is None
    assert found.compared is None
    assert [row.change for row in found.models] == [None]
    assert found.totals.total_tokens == 7


def test_a_period_that_is_over_is_compared_whole_and_not_projected(organization):
    book(organization, [Fact(day=date(2026, 10, 31), input_tokens=5), Fact(day=NOV, input_tokens=7)])
    found = overview(organization, month=OCT)
    assert found.totals.total_tokens == 5
    assert (found.period.today, found.period.complete_days, len(found.days)) == (None, 31, 31)
    assert not any(day.is_partial for day in found.days)
    assert found.projected.reason == NoProjection.PERIOD_OVER
    assert found.compared.days == 31


def test_a_long_month_is_compared_over_as_many_days_as_the_short_one_had():
    organization = make_organization(months=[date(2026, 2, 1), date(2026, 3, 1)])
    book(organization, [Fact(day=date(2026, 3, day), input_tokens=1) for day in range(1, 31)])
    compared = overview(organization, now=datetime(2026, 3, 31, 12, tzinfo=UTC)).compared
    assert (compared.days, compared.change.tokens) == (28, 28)


def test_projection_reads_the_last_four_weeks(organization):
    book(
        organization,
        [
            Fact(day=OCT + timedelta(days=index), input_tokens=70, output_tokens=30, cost=Decimal("0.5"))
            for index in range(48)
        ],
    )
    projected = overview(organization).projected
    assert (projected.reason, projected.weeks, projected.history_days) == (None, 4, 48)
    assert projected.tokens == projected.tokens_low == projected.tokens_high == 30 * 100
    assert projected.cost == 15


def test_too_little_history_is_said(organization):
    book(organization, [Fact(day=date(2026, 11, 10), input_tokens=70)])
    projected = overview(organization).projected
    assert (projected.reason, projected.history_days) == (NoProjection.NOT_ENOUGH_HISTORY, 8)
    assert projected.tokens is projected.cost is None


def test_an_organization_without_usage(organization):
    found = overview(organization)
    assert found.totals.total_tokens == found.totals.calls == found.totals.contracted_cost == 0
    assert found.models == found.members == found.departments == found.shared == found.series == ()
    assert len(found.days) == 18
    assert found.projected.reason == NoProjection.NO_USAGE
    assert found.last_event_at is None


def test_an_organization_that_never_received_anything_has_no_periods_yet():
    organization = make_organization(time_zone="Asia/Kathmandu")
    found = overview(organization, now=datetime(2026, 10, 31, 18, 15, tzinfo=UTC))
    assert (found.period.month, found.period.today) == (NOV, NOV)
    assert found.period.starts_at == datetime(2026, 10, 31, 18, 15, tzinfo=UTC)
    assert overview(organization, month=OCT) is None


def test_a_period_that_is_unknown_or_ahead_is_none(organization):
    assert overview(organization, month=date(2020, 1, 1)) is None
    assert overview(organization, month=NOV, now=datetime(2026, 10, 20, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("time_zone", "now", "today"),
    [
        # One minute before and at local midnight in Kathmandu, +05:45.
        ("Asia/Kathmandu", datetime(2026, 11, 17, 18, 14, tzinfo=UTC), date(2026, 11, 17)),
        ("Asia/Kathmandu", datetime(2026, 11, 17, 18, 15, tzinfo=UTC), date(2026, 11, 18)),
        ("Pacific/Kiritimati", datetime(2026, 10, 31, 10, 0, tzinfo=UTC), NOV),
        # Clocks in New York went back on November 1st: 05:30 UTC is 01:30 the first time, 06:30 the second.
        ("America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC), NOV),
        ("America/New_York", datetime(2026, 11, 1, 6, 30, tzinfo=UTC), NOV),
        ("America/New_York", datetime(2026, 11, 2, 4, 59, tzinfo=UTC), NOV),
        ("America/New_York", datetime(2026, 11, 2, 5, 0, tzinfo=UTC), date(2026, 11, 2)),
    ],
)
def test_today_is_the_day_of_the_zone(time_zone, now, today):
    organization = make_organization(time_zone=time_zone, months=[OCT, NOV])
    book(organization, [Fact(day=today, input_tokens=9), Fact(day=today + timedelta(days=1), input_tokens=1)])
    found = overview(organization, now=now)
    assert (found.period.month, found.period.today) == (NOV, today)
    assert (found.days[-1].day, found.days[-1].is_partial) == (today, True)
    assert found.totals.total_tokens == 9


def test_a_day_outside_of_the_month_beside_a_zone_change_is_clamped():
    # October in Kiritimati (+14) ends late, since November is in Honolulu (-10): its last day goes on.
    organization = make_organization(time_zone="Pacific/Honolulu", months=[NOV])
    october = datetime(2026, 10, 1, tzinfo=UTC) - timedelta(hours=14)
    organization.zones.update(time_zone="Pacific/Kiritimati")
    UsagePeriod.objects.create(
        organization=organization,
        period=OCT,
        time_zone="Pacific/Kiritimati",
        starts_at=october,
        ends_at=datetime(2026, 11, 1, 10, tzinfo=UTC),
    )
    found = overview(organization, now=datetime(2026, 10, 31, 23, tzinfo=UTC))
    assert (found.period.month, found.period.today) == (OCT, date(2026, 10, 31))


def test_the_last_event_is_the_latest_that_came_in(organization):
    receive(organization, last_occurred_at=NOW - timedelta(days=3))
    receive(organization, last_occurred_at=NOW - timedelta(days=1))
    assert overview(organization).last_event_at == NOW - timedelta(days=1)
