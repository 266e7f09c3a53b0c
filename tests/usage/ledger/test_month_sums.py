"""Sums of months: made of what stands, taken back by whoever changes it, never wrong while events come in."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from threading import Event as Signal

import pytest
from django.db import connection, connections
from django.db.models import F

from teams.models import Organization
from teams.permissions import Visible
from tests.usage.event_factories import make_events
from tests.usage.ledger.ledgers import check, damaged_relations, run_sql
from tests.usage.ledger_fixtures import RECEIVED, event, open_ledger, store
from usage.enums import MonthSums
from usage.figures import FurtherMeasures
from usage.locks import SUMS_LOCK
from usage.models import UsageMonthHours, UsageMonthly, UsagePeriod
from usage.month_sql import ALONE, KEPT_BY
from usage.panels.hours import days_of_month
from usage.panels.parts import Kept
from usage.panels.vocabulary import Dimension
from usage.progress import Days, Spans
from usage.queries.names import merges
from usage.queries.panels.hours import periods_over, sums_by_hour
from usage.queries.panels.reader import PanelReader
from usage.services import month_sums as service
from usage.services.corrections import void_events
from usage.services.month_sums import keep_all_month_sums
from usage.services.rebuild import rebuild_rollups

MAY = date(2026, 5, 1)
IN_JUNE = datetime(2026, 6, 20, tzinfo=UTC)
JUNE = date(2026, 6, 1)
PATIENCE = 60.0
WHOLE_MAY = Days(MAY, date(2026, 5, 31))


def held(organization: Organization) -> Kept:
    """What is kept, with the last day that it holds."""
    months = UsagePeriod.objects.filter(organization=organization, sums=MonthSums.KEPT)
    return {month.period: month.summed_through for month in months if month.summed_through}


def kept(organization: Organization) -> set[date]:
    return set(held(organization))


def reader(organization: Organization) -> PanelReader:
    return PanelReader(
        organization_id=organization.pk,
        visible=Visible(whole_organization=True),
        chosen={},
        merged=merges(organization.pk),
        kept=held(organization),
    )


@pytest.mark.django_db
def test_months_that_are_over_are_summed_up_and_read() -> None:
    organization = open_ledger()
    store(organization, event())
    assert keep_all_month_sums(now=IN_JUNE) == 1
    assert kept(organization) == {MAY}
    assert keep_all_month_sums(now=IN_JUNE) == 0
    assert {row.kept_by for row in UsageMonthly.objects.filter(organization=organization)} == {
        *KEPT_BY,
        *ALONE.values(),
    }
    # What is read is what is kept: a figure that is changed there is seen.
    UsageMonthly.objects.filter(organization=organization).update(calls=F("calls") + 7)
    UsageMonthHours.objects.filter(organization=organization).update(calls=[5])
    spans = Spans(WHOLE_MAY, None, None)
    assert reader(organization).total(spans).measures.calls == 8
    hours = sums_by_hour(reader(organization), WHOLE_MAY, periods=periods_over(organization.pk, WHOLE_MAY))
    assert [sums.calls for sums in hours.values()] == [5]
    assert damaged_relations(organization) == {"usage_monthly", "usage_month_hours"}


@pytest.mark.django_db
def test_every_measure_is_read_from_them() -> None:
    organization = open_ledger()
    store(organization, event())
    assert keep_all_month_sums(now=IN_JUNE) == 1
    further = FurtherMeasures._fields
    own = UsageMonthly.objects.filter(organization=organization)
    own.update(**{name: number for number, name in enumerate(further, start=3)})
    rows = (
        reader(organization)
        .sums()
        .over(Spans(WHOLE_MAY, None, None), by=(Dimension.MODEL,), measures=further)
    )
    assert [sums for _model_id, *sums in rows] == [[*range(3, 3 + len(further))]]


def _late(organization: Organization) -> None:
    store(organization, event())


def _void(organization: Organization) -> None:
    void_events(
        organization_id=organization.pk, transaction_ids=["standing"], reason="a test", received_at=RECEIVED
    )


def _rebuilt(organization: Organization) -> None:
    rebuild_rollups(organization=organization)


@pytest.mark.django_db
@pytest.mark.parametrize(("change", "expected"), [(_late, 3), (_void, 1), (_rebuilt, 2)])
def test_whoever_changes_a_month_takes_its_sums_back(
    change: Callable[[Organization], None], expected: int
) -> None:
    organization = open_ledger()
    store(
        organization,
        event(transaction_id="standing"),
        event(),
        event(occurred_at=datetime(2026, 4, 2, tzinfo=UTC)),
    )
    assert keep_all_month_sums(now=IN_JUNE) == 2
    run_sql("UPDATE usage_monthly SET calls = 1000")
    change(organization)
    assert MAY not in kept(organization)
    assert reader(organization).total(Spans(WHOLE_MAY, None, None)).measures.calls == expected
    assert keep_all_month_sums(now=IN_JUNE) >= 1
    assert reader(organization).total(Spans(WHOLE_MAY, None, None)).measures.calls == expected
    assert MAY in kept(organization)


@pytest.mark.django_db
def test_a_month_that_nothing_happens_in_keeps_its_sums() -> None:
    organization = open_ledger()
    store(organization, event(transaction_id="standing"))
    assert keep_all_month_sums(now=IN_JUNE) == 1
    store(organization, event(occurred_at=RECEIVED))
    assert kept(organization) == {MAY}


@pytest.mark.django_db
def test_a_month_in_progress_is_summed_up_to_its_last_day_that_is_over() -> None:
    organization = open_ledger(time_zone="America/New_York")
    store(organization, event(occurred_at=datetime(2026, 6, 12, 3, tzinfo=UTC)), event(occurred_at=RECEIVED))
    # In New York it is the 13th, for two hours.
    now = datetime(2026, 6, 13, 6, tzinfo=UTC)
    assert keep_all_month_sums(now=now) == 1
    assert held(organization) == {JUNE: date(2026, 6, 12)}
    assert reader(organization).total(Spans(days_of_month(JUNE), None, None)).measures.calls == 2
    assert [row.calls for row in UsageMonthly.objects.filter(kept_by="member")] == [1]
    assert check(organization).differing == 0
    # A day is left to settle for an hour.
    assert keep_all_month_sums(now=datetime(2026, 6, 14, 4, 59, tzinfo=UTC)) == 0
    assert keep_all_month_sums(now=datetime(2026, 6, 14, 5, tzinfo=UTC)) == 1
    assert held(organization) == {JUNE: date(2026, 6, 13)}
    # The month itself is over, and all of it is summed up.
    assert keep_all_month_sums(now=datetime(2026, 7, 1, 4, tzinfo=UTC)) == 1
    assert held(organization) == {JUNE: date(2026, 6, 30)}
    assert [row.calls for row in UsageMonthly.objects.filter(kept_by="member")] == [2]


@pytest.mark.django_db
def test_usage_of_today_leaves_the_sums_of_days_before() -> None:
    organization = open_ledger()
    store(organization, event(occurred_at=datetime(2026, 6, 2, tzinfo=UTC)))
    assert keep_all_month_sums(now=RECEIVED) == 1
    store(organization, event(occurred_at=RECEIVED), event(occurred_at=datetime(2026, 6, 15, tzinfo=UTC)))
    assert held(organization) == {JUNE: date(2026, 6, 14)}
    assert reader(organization).total(Spans(days_of_month(JUNE), None, None)).measures.calls == 3
    # One that comes late, among others that do not.
    late = event(occurred_at=datetime(2026, 6, 14, 23, 59, tzinfo=UTC))
    store(organization, event(occurred_at=RECEIVED), late)
    assert held(organization) == {}
    assert reader(organization).total(Spans(days_of_month(JUNE), None, None)).measures.calls == 5


@pytest.mark.django_db
def test_where_events_come_late_a_month_in_progress_is_not_summed_up_all_the_time() -> None:
    organization = open_ledger()
    store(organization, event(occurred_at=datetime(2026, 6, 2, tzinfo=UTC)))
    assert keep_all_month_sums(now=RECEIVED) == 1
    store(organization, event(occurred_at=datetime(2026, 6, 2, tzinfo=UTC)))
    assert keep_all_month_sums(now=RECEIVED + service.PATIENCE - timedelta(seconds=1)) == 0
    assert keep_all_month_sums(now=RECEIVED + service.PATIENCE) == 1
    assert held(organization) == {JUNE: date(2026, 6, 14)}


@pytest.mark.django_db(transaction=True)
def test_what_changes_while_a_month_is_summed_up_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    organization = open_ledger()
    store(organization, event())

    def from_elsewhere() -> None:
        try:
            store(organization, event())
        finally:
            connections.close_all()

    statements = service.keep_sums

    def interrupted(organization_id: int, month: date) -> tuple[str, ...]:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(from_elsewhere).result(timeout=60)
        return statements(organization_id, month)

    monkeypatch.setattr(service, "keep_sums", interrupted)
    assert keep_all_month_sums(now=IN_JUNE) == 0
    assert kept(organization) == set()
    assert not UsageMonthly.objects.filter(organization=organization).exists()
    monkeypatch.undo()
    assert keep_all_month_sums(now=IN_JUNE) == 1
    assert reader(organization).total(Spans(WHOLE_MAY, None, None)).measures.calls == 2


@pytest.mark.django_db(transaction=True)
def test_sums_are_right_at_every_moment_while_events_come_in() -> None:
    organization = open_ledger()
    # Month by month, so that others have time to be summed up; some of them while they are in progress.
    moments = cycle(datetime(2026, month, 17, 5, tzinfo=UTC) for month in range(1, 13))
    events = sorted(make_events(400, seed=11), key=lambda one: one.occurred_at)
    some_are_kept = Signal()

    def write(share: int) -> None:
        try:
            own = events[share::2]
            for start in range(0, len(own), 10):
                # However slowly they are summed up: some months have sums that the other half of the events takes back.
                assert start < len(own) // 2 or some_are_kept.wait(PATIENCE)
                store(organization, *own[start : start + 10])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write, share) for share in range(2)]
        found, kept_in_between = [], 0
        while not all(writer.done() for writer in writers):
            kept_in_between += keep_all_month_sums(now=next(moments))
            if kept_in_between:
                some_are_kept.set()
            found.append([item.relation for item in check(organization).relations if item.differing])
    assert [writer.result() for writer in writers] == [None, None]
    assert [relations for relations in found if relations] == []
    assert kept_in_between > 0
    keep_all_month_sums(now=datetime(2027, 1, 1, tzinfo=UTC))
    assert kept(organization) == {
        row.period for row in UsageMonthly.objects.filter(organization=organization)
    }
    assert check(organization).differing == 0


@pytest.mark.django_db(transaction=True)
def test_one_worker_at_a_time_sums_up() -> None:
    organization = open_ledger()
    store(organization, event())

    def elsewhere() -> int:
        try:
            return keep_all_month_sums(now=IN_JUNE)
        finally:
            connections.close_all()

    with connection.cursor() as cursor, ThreadPoolExecutor(1) as pool:
        cursor.execute("SELECT pg_advisory_lock(%s)", [SUMS_LOCK])
        assert pool.submit(elsewhere).result(timeout=60) == 0
        cursor.execute("SELECT pg_advisory_unlock(%s)", [SUMS_LOCK])
        assert pool.submit(elsewhere).result(timeout=60) == 1
