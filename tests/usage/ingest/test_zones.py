"""Local months and days at the edges of the earth, and while an organization moves to another zone."""

from datetime import UTC, date, datetime, timedelta
from itertools import chain, pairwise
from threading import Event as Signal
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from teams.models import Organization
from tests.teams.factories import OrganizationFactory
from tests.threads import at_once
from tests.usage.ledger.ledgers import damaged_relations
from tests.usage.ledger_fixtures import answers, event, open_ledger, store
from usage.models import SpendDaily, UsageDaily, UsageEvent, UsageHourly, UsagePeriod
from usage.periods import add_months, local_midnight, month_of
from usage.services.periods import change_time_zone, ensure_periods

AN_INSTANT = timedelta(microseconds=1)
MOVES = [
    ("Asia/Kathmandu", "Pacific/Kiritimati"),
    ("Pacific/Kiritimati", "Asia/Kathmandu"),
    ("Pacific/Kiritimati", "America/Los_Angeles"),
    ("America/St_Johns", "Pacific/Kiritimati"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("time_zone", "midnight"),
    [
        ("Pacific/Kiritimati", datetime(2026, 4, 30, 10, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 4, 30, 18, 15, tzinfo=UTC)),
        ("America/St_Johns", datetime(2026, 5, 1, 2, 30, tzinfo=UTC)),
    ],
)
def test_the_first_of_a_month_begins_at_local_midnight(time_zone: str, midnight: datetime) -> None:
    organization = open_ledger(time_zone=time_zone)
    store(organization, event(occurred_at=midnight - AN_INSTANT), event(occurred_at=midnight))
    before, after = UsageEvent.objects.order_by("occurred_at")
    assert (before.period, before.local_date) == (date(2026, 4, 1), date(2026, 4, 30))
    assert (after.period, after.local_date) == (date(2026, 5, 1), date(2026, 5, 1))
    assert (before.hour_start, after.hour_start) == (midnight - timedelta(hours=1), midnight)
    for model in (UsageHourly, UsageDaily):
        assert list(model.objects.order_by("local_date").values_list("local_date", "calls")) == [
            (date(2026, 4, 30), 1),
            (date(2026, 5, 1), 1),
        ]
    assert SpendDaily.objects.filter(scope_kind="organization").count() == 2


def future_month() -> date:
    """A month that has begun nowhere yet, whose partitions and periods are made."""
    return add_months(month_of(datetime.now(UTC).date()), 2)


def moved_organization(before: str) -> Organization:
    open_ledger()
    organization = cast(Organization, OrganizationFactory(time_zone=before))
    ensure_periods(organization.pk)
    return organization


def around(month: date, *zones: str) -> list[datetime]:
    """Instants to the microsecond before, at and after the midnights of both zones, and hours in between."""
    midnights = [local_midnight(month, ZoneInfo(zone)) for zone in zones]
    edges = [midnight + step for midnight in midnights for step in (-AN_INSTANT, timedelta(), AN_INSTANT)]
    first = min(midnights) - timedelta(hours=3)
    return [*edges, *(first + timedelta(minutes=30 * step) for step in range(64))]


@pytest.mark.django_db
@pytest.mark.parametrize(("before", "after"), MOVES)
def test_a_zone_change_leaves_no_gap_and_no_overlap(before: str, after: str) -> None:
    organization, month = moved_organization(before), future_month()
    change_time_zone(organization=organization, time_zone=after, valid_from=month)
    periods = list(UsagePeriod.objects.filter(organization=organization).order_by("period"))
    assert all(one.ends_at == other.starts_at for one, other in pairwise(periods))
    border = local_midnight(month, ZoneInfo(after))
    moments = around(month, before, after)
    batch = [event(transaction_id=f"z-{number}", occurred_at=moment) for number, moment in enumerate(moments)]
    received_at = max(moments) + timedelta(days=1)
    assert set(answers(store(organization, *batch, received_at=received_at))) == {"stored"}
    for row in UsageEvent.objects.filter(organization=organization):
        zone, period = (after, month) if row.occurred_at >= border else (before, add_months(month, -1))
        assert row.period == period
        # Days of the zone in force, kept inside of their month.
        local = row.occurred_at.astimezone(ZoneInfo(zone))
        assert row.local_date == min(max(local.date(), period), add_months(period, 1) - timedelta(days=1))
        into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        assert row.hour_start == row.occurred_at - into
    assert damaged_relations(organization) == set()


@pytest.mark.django_db(transaction=True)
def test_a_zone_change_while_events_of_that_border_come_in() -> None:
    before, after = MOVES[0]
    organization, month = moved_organization(before), future_month()
    old, new = (local_midnight(month, ZoneInfo(zone)) for zone in (before, after))
    moments = around(month, before, after)
    received_at = max(moments) + timedelta(days=1)
    is_changed, late = Signal(), set()

    def ingest(worker: int) -> list[str]:
        said = []
        for round_ in range(12):
            names = [f"{worker}-{round_}-{number}" for number in range(len(moments))]
            if is_changed.is_set():
                late.update(names)
            pairs = zip(names, moments, strict=True)
            batch = [event(transaction_id=name, occurred_at=moment) for name, moment in pairs]
            said += answers(store(organization, *batch, received_at=received_at))
        return said

    def change() -> None:
        change_time_zone(organization=organization, time_zone=after, valid_from=month)
        is_changed.set()

    *said, changed = at_once(*(lambda worker=worker: ingest(worker) for worker in range(3)), change)
    said.append(ingest(3))
    assert changed is None and set(chain.from_iterable(said)) == {"stored"}
    rows = UsageEvent.objects.filter(organization=organization)
    found = {row.transaction_id: (row.occurred_at, row.period) for row in rows}
    assert len(found) == 4 * 12 * len(moments) and late
    for name, (moment, period) in found.items():
        borders = {new} if name in late else {old, new}
        assert (period == month) in {moment >= border for border in borders}, (name, moment)
    assert damaged_relations(organization) == set()
