"""Chats that were left alone are marked, without ingest waiting; and the users that chats tell of are checked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from tests.flows.conftest import database_of_the_test
from tests.usage.corrections.voids import void
from tests.usage.ledger.ledgers import check, damage_repaired, damaged_relations, full_ledger, run_sql
from tests.usage.ledger_fixtures import NOON, event, open_ledger, store
from usage import migrations
from usage.models import Chat
from usage.services import quiet_chats
from usage.services.quiet_chats import QUIET_AFTER, mark_quiet_chats
from usage.tasks import mark_chats

MIGRATIONS = Path(migrations.__file__).parent
MOMENT = timedelta(microseconds=1)


def quiet() -> set[str]:
    return set(Chat.objects.filter(is_quiet=True).values_list("external_id", flat=True))


@pytest.mark.django_db
def test_chats_are_quiet_when_nothing_came_for_two_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet_chats, "AT_A_TIME", 2)
    for organization in (open_ledger(), open_ledger()):
        store(organization, *(event(conversation_id=f"old-{number}") for number in range(5)))
        store(organization, event(conversation_id="new", occurred_at=NOON + MOMENT))
    assert quiet() == set()
    assert mark_quiet_chats(NOON + QUIET_AFTER) == 0
    assert mark_quiet_chats(NOON + QUIET_AFTER + MOMENT) == 10
    assert quiet() == {f"old-{number}" for number in range(5)}
    assert mark_quiet_chats(NOON + QUIET_AFTER + MOMENT) == 0
    mark_chats()
    assert "new" in quiet()


@pytest.mark.django_db
def test_whatever_is_added_wakes_a_chat() -> None:
    organization = open_ledger()
    for name in ("later", "earlier", "voided", "left"):
        store(organization, event(conversation_id=name, transaction_id=name))
    mark_quiet_chats(NOON + timedelta(days=9))
    store(organization, event(conversation_id="later", occurred_at=NOON + timedelta(days=8)))
    store(organization, event(conversation_id="earlier", occurred_at=NOON - timedelta(days=8)))
    void(organization, "voided")
    assert quiet() == {"left"}
    mark_quiet_chats(NOON + timedelta(days=9))
    assert quiet() == {"earlier", "voided", "left"}


@pytest.mark.django_db(transaction=True)
def test_nobody_is_waited_for() -> None:
    organization = open_ledger()
    store(organization, *(event(conversation_id=name) for name in ("held", "free")))
    with psycopg.connect(database_of_the_test()) as holder:
        holder.execute("SELECT FROM usage_chat WHERE external_id = 'held' FOR UPDATE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
            try:
                assert mark_quiet_chats(NOON + timedelta(days=9)) == 1
            finally:
                cursor.execute("SET lock_timeout = 0")
    assert quiet() == {"free"}
    assert mark_quiet_chats(NOON + timedelta(days=9)) == 1


@pytest.mark.django_db
def test_chats_tell_who_used_them() -> None:
    organization = open_ledger()
    sent = {
        "bobs": ({"department_id": "legal"}, {"department_id": "legal"}),
        "nobodys": ({"member_id": ""}, {"member_id": ""}),
        "of two members": ({"member_id": "bob"}, {"member_id": "eve"}),
        "of two departments": ({"department_id": "legal"}, {}),
    }
    # In one batch, and in two.
    for together in (True, False):
        events = [
            event(conversation_id=f"{name}, {together}", **fields)
            for name, each in sent.items()
            for fields in each
        ]
        for batch in [events] if together else [events[::2], events[1::2]]:
            store(organization, *batch)
    told = {
        chat.external_id: (chat.is_shared, bool(chat.department_id), bool(chat.member_id))
        for chat in Chat.objects.all()
    }
    for together in (True, False):
        assert told[f"bobs, {together}"] == (False, True, True)
        assert told[f"nobodys, {together}"] == (False, False, False)
        assert told[f"of two members, {together}"] == (True, False, True)
        assert told[f"of two departments, {together}"] == (True, False, True)
    void(organization, events[0].transaction_id)
    assert check(organization).is_clean


@pytest.mark.django_db
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE usage_chat SET is_shared = NOT is_shared",
        "UPDATE usage_chat SET department_id = department_id + 1 WHERE NOT is_shared",
        "UPDATE usage_chat SET model_id = model_id + 1",
    ],
)
def test_wrong_users_are_found_and_repaired(damage: str) -> None:
    assert damage_repaired(damage) == {"usage_chat"}


@pytest.mark.django_db(transaction=True)
def test_marking_while_events_come_in_loses_nothing() -> None:
    organization = open_ledger()
    names = [f"chat-{number}" for number in range(30)]

    def send(turn: int) -> None:
        try:
            for day in range(4):
                at = NOON + timedelta(days=day, minutes=turn)
                store(organization, *(event(conversation_id=name, occurred_at=at) for name in names))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(send, turn) for turn in range(2)]

        while not all(writer.done() for writer in writers):
            mark_quiet_chats(NOON + timedelta(days=9))
        for writer in writers:
            writer.result()
    assert check(organization).is_clean
    assert {chat.calls for chat in Chat.objects.all()} == {8}
    mark_quiet_chats(NOON + timedelta(days=9))
    assert quiet() == set(names)


@pytest.mark.django_db
def test_chats_that_stood_before_are_told_their_users() -> None:
    organization = full_ledger(60)
    run_sql("UPDATE usage_chat SET department_id = 0, model_id = 0, is_shared = false, is_quiet = false")
    assert damaged_relations(organization) == {"usage_chat"}
    run_sql((MIGRATIONS / "sql" / "users_of_chats.sql").read_text())
    assert check(organization).is_clean
    until = timezone.now() - QUIET_AFTER
    assert set(Chat.objects.filter(is_quiet=True)) == set(Chat.objects.filter(last_at__lt=until)) != set()
