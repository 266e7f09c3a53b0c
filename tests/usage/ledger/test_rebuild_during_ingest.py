"""Checking and rebuilding are right at every moment while events come in."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from threading import Event as Signal

import pytest
from django.db import OperationalError, connection, connections, transaction

from teams.models import Organization
from tests.usage.event_factories import make_event, make_events
from tests.usage.ledger.ledgers import check, damaged_relations, run_sql
from tests.usage.ledger_fixtures import RECEIVED, open_ledger, store
from usage.enums import VoidAnswer
from usage.events import Event, FileReference
from usage.progress import Days
from usage.services.corrections import void_events
from usage.services.rebuild import rebuild_rollups

CHECKS = 3
"""However long one takes, so many are made before the last void."""

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_check_is_clean_at_every_moment_of_ingest_and_rebuild() -> None:
    organization = open_ledger()
    with _three_workers(organization, make_events(600, seed=5)) as writers:
        found = []
        while not all(writer.done() for writer in writers):
            rebuild_rollups(organization=organization)
            found.append(check(organization).differing)
    assert found
    assert set(found) == {0}
    assert check(organization).relations[0].rows == 600


def test_a_check_is_clean_at_every_moment_of_ingest_and_voids() -> None:
    organization = open_ledger()
    events = make_events(500, seed=7)
    ids = [event.transaction_id for event in events]
    store(organization, *events[:100])
    may = Days(date(2026, 5, 1), date(2026, 5, 31))
    found: list[list[str]] = []
    enough = Signal()

    def void_while(writers: list[Future[None]]) -> int:
        try:
            voided = 0
            while not (all(writer.done() for writer in writers) and enough.is_set()):
                answers = void_events(
                    organization_id=organization.pk,
                    transaction_ids=ids[voided % 400 :][:20],
                    reason="a test",
                    received_at=RECEIVED,
                )
                voided += sum(answer.answer == VoidAnswer.VOIDED for answer in answers) or 1
            return voided
        finally:
            connections.close_all()

    with _three_workers(organization, events[100:]) as writers, ThreadPoolExecutor(1) as pool:
        voider = pool.submit(void_while, writers)
        try:
            while not voider.done():
                for days in (None, may):
                    relations = check(organization, days=days).relations
                    found.append([item.relation for item in relations if item.differing])
                if len(found) >= CHECKS:
                    enough.set()
        finally:
            enough.set()
    assert voider.result() > 0
    assert len(found) >= CHECKS
    assert [relations for relations in found if relations] == []
    assert check(organization).relations[0].rows > 500


def test_damage_done_and_repaired_during_ingest_loses_and_doubles_nothing() -> None:
    organization = open_ledger()
    with _three_workers(organization, make_events(1400, seed=6)) as writers:
        rebuilds = 0
        while not all(writer.done() for writer in writers):
            for damage in DAMAGE_MEANWHILE:
                # Rows are damaged in no order, so ingest and this may wait in a circle: then it is not done.
                with suppress(OperationalError):
                    run_sql(damage)
            rebuild_rollups(organization=organization)
            rebuilds += 1
    assert rebuilds > 1
    final = check(organization)
    assert [relation.differences for relation in final.relations if relation.differing] == []
    assert final.relations[0].rows == 1400


@pytest.mark.parametrize("conversation", ["long", ""], ids=["chat", "file outside of chats"])
def test_an_event_of_another_month_that_is_being_stored_is_waited_for(conversation: str) -> None:
    organization = open_ledger()
    read = {"conversation_id": conversation, "files": [FileReference("plan", tokens=5)]}
    april, may = datetime(2026, 4, 10, tzinfo=UTC), datetime(2026, 5, 10, tzinfo=UTC)
    store(organization, make_event(occurred_at=april, **read))
    run_sql("UPDATE usage_chat SET calls = 0")
    run_sql("UPDATE usage_file_use SET uses = 0")
    is_stored, go_on = Signal(), Signal()

    def store_slowly() -> None:
        try:
            with transaction.atomic():
                store(organization, make_event(occurred_at=may, **read))
                is_stored.set()
                go_on.wait(timeout=30)
        finally:
            connections.close_all()

    def rebuild() -> None:
        try:
            rebuild_rollups(organization=organization, days=Days(april.date(), april.date()))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(store_slowly)
        assert is_stored.wait(timeout=30)
        rebuilding = pool.submit(rebuild)
        _until(_somebody_waits_for_a_row)
        go_on.set()
        slow.result()
        rebuilding.result()
    assert damaged_relations(organization) == set()


def _somebody_waits_for_a_row() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock' AND wait_event <> 'advisory'"
        )
        (waiting,) = cursor.fetchone() or (0,)
    return bool(waiting)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it never happened"


DAMAGE_MEANWHILE = (
    "UPDATE usage_daily SET calls = calls + 1",
    "UPDATE usage_message SET input_tokens = 0 WHERE input_tokens % 3 = 0",
    "DELETE FROM usage_message WHERE output_tokens % 5 = 0",
    "UPDATE usage_chat SET calls = 0",
    "DELETE FROM usage_chat WHERE messages % 4 = 0",
    "UPDATE usage_file_use SET uses = 0, input_tokens = 1",
    "DELETE FROM usage_file_use WHERE cache_read_input_tokens % 3 = 0",
    "UPDATE receipt_daily SET stored = 0, late = 1",
    "DELETE FROM receipt_daily WHERE stored % 7 = 0",
)


@contextmanager
def _three_workers(organization: Organization, events: list[Event]) -> Iterator[list[Future[None]]]:
    """Three threads with connections of their own that store a third of the events each, ten at a time."""

    def ingest(part: int) -> None:
        mine = events[part::3]
        try:
            for start in range(0, len(mine), 10):
                store(organization, *mine[start : start + 10])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(ingest, part) for part in range(3)]
        yield writers
    for writer in writers:
        writer.result()
