"""The database ends the connection anywhere in the middle: nothing is half there, and a retry counts once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event as Signal
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import Error, connection, connections, transaction
from psycopg import sql

from teams.models import Organization
from tests.config.processes import eventually
from tests.flows.conftest import database_of_the_test
from tests.threads import at_once
from tests.usage.ledger.ledgers import damaged_relations
from tests.usage.ledger_fixtures import NOON, RECEIVED, answers, event, open_ledger, store
from usage.events import Event, FileReference, ToolUse
from usage.models import Hold

pytestmark = pytest.mark.django_db(transaction=True)

TABLES = (
    "usage_event",
    "usage_event_key",
    "usage_message",
    "usage_chat",
    "usage_file",
    "usage_file_use",
    "usage_hourly",
    "usage_daily",
    "tool_daily",
    "spend_daily",
    "charge_daily",
    "receipt_daily",
    "usage_quarantine",
    "usage_hold",
)
FAILURES = (Error, psycopg.Error)
Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


@contextmanager
def another_connection() -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_of_the_test(), autocommit=True) as own:
        yield own


def terminate(pid: int) -> None:
    """End a connection from outside, and wait until it has ended."""
    with another_connection() as own:
        own.execute("SELECT pg_terminate_backend(%s)", [pid])
        eventually(
            lambda: not own.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchall(),
            what="the end of a connection",
        )


class Killer:
    """Counts statements, and ends the connection before or after the one at position ``at``."""

    def __init__(self, *, at: int = -1, after: bool = False) -> None:
        self.at, self.after, self.seen = at, after, 0

    def __call__(
        self, execute: Execute, query: str, parameters: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        is_mine = self.seen == self.at
        self.seen += 1
        if is_mine and not self.after:
            terminate(context["connection"].connection.info.backend_pid)
        result = execute(query, parameters, many, context)
        if is_mine and self.after:
            terminate(context["connection"].connection.info.backend_pid)
        return result


def ledger_rows() -> dict[str, list[Any]]:
    """Everything that stands, read on a connection of its own."""
    with another_connection() as own:
        query = sql.SQL("SELECT to_jsonb(t)::text FROM {} t ORDER BY 1")
        return {table: own.execute(query.format(sql.Identifier(table))).fetchall() for table in TABLES}


def a_bit_of_everything(organization: Organization) -> list[Event]:
    """Events that touch every table: a file, a tool, a hold, a conflict, one from the future."""
    hold = Hold.objects.create(
        id=uuid4(), organization=organization, held_cost=1, created_at=NOON, expires_at=RECEIVED
    )
    full = event(
        conversation_id="c", files=[FileReference("f", tokens=5)], tools=[ToolUse("web")], hold_id=hold.id
    )
    conflict = event(transaction_id="known", input_tokens=7)
    return [full, conflict, event(occurred_at=RECEIVED.replace(year=2027)), event(member_id="")]


EXPECTED = ["stored", "conflict", "quarantined", "stored"]


def check_retry(organization: Organization, batch: Sequence[Event]) -> None:
    assert answers(store(organization, *batch)) == EXPECTED
    check_repeat(organization, batch)


def check_repeat(organization: Organization, batch: Sequence[Event]) -> None:
    stored = ledger_rows()["usage_event"]
    assert answers(store(organization, *batch)) == ["duplicate", "conflict", "quarantined", "duplicate"]
    assert ledger_rows()["usage_event"] == stored
    assert damaged_relations(organization) == set()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_connection_that_ends_at_any_statement_leaves_nothing_half_stored(after: bool) -> None:
    organization = open_ledger()
    store(organization, event(transaction_id="known"))
    counting = Killer()
    batch = a_bit_of_everything(organization)
    connection.close()
    with connection.execute_wrapper(counting):
        store(organization, *batch)
    assert counting.seen >= 6
    for position in range(counting.seen):
        batch = a_bit_of_everything(organization)
        connection.close()
        before = ledger_rows()
        if after and position == counting.seen - 1:  # The last one commits.
            with connection.execute_wrapper(Killer(at=position, after=True)):
                store(organization, *batch)
            connection.close()
            check_repeat(organization, batch)
            continue
        with connection.execute_wrapper(Killer(at=position, after=after)), pytest.raises(FAILURES):
            store(organization, *batch)
        connection.close()
        assert ledger_rows() == before, position
        check_retry(organization, batch)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_single_event_is_there_wholly_or_not_at_all(after: bool) -> None:
    organization = open_ledger()
    store(organization, event())
    counting = Killer()
    connection.close()
    with connection.execute_wrapper(counting):
        store(organization, event())
    assert counting.seen >= 3
    for position in range(counting.seen):
        single = event(conversation_id="c")
        connection.close()
        before = ledger_rows()
        is_committed = after and position == counting.seen - 1
        with connection.execute_wrapper(Killer(at=position, after=after)):
            if is_committed:
                store(organization, single)
            else:
                with pytest.raises(FAILURES):
                    store(organization, single)
        connection.close()
        assert (ledger_rows() == before) is not is_committed
        assert answers(store(organization, single)) == ["duplicate" if is_committed else "stored"]
        assert damaged_relations(organization) == set()


def test_a_connection_that_ends_inside_the_ingest_statement_leaves_nothing() -> None:
    """A rival holds a row that the statement needs: it has written others by then, and is ended while it waits."""
    organization = open_ledger()
    store(organization, event(transaction_id="known"))
    for table in ("usage_daily", "spend_daily", "usage_chat", "receipt_daily"):
        store(organization, event(conversation_id="c"))
        batch = a_bit_of_everything(organization)
        before = ledger_rows()
        failed = at_once(
            partial(store_when, is_held := Signal(), organization, batch),
            partial(end_waiting, table, is_held),
        )
        assert isinstance(failed[0], FAILURES) and failed[1] is None, failed
        connections.close_all()
        assert ledger_rows() == before, table
        check_retry(organization, batch)


def store_when(is_held: Signal, organization: Organization, batch: Sequence[Event]) -> None:
    assert is_held.wait(timeout=30)
    store(organization, *batch)


def end_waiting(table: str, is_held: Signal) -> None:
    """Hold all rows of ``table`` until somebody waits for one, and end that connection."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT FROM {table} FOR UPDATE")
        is_held.set()
        terminate(eventually(_waiting_for_a_row, what="somebody who waits"))


def _waiting_for_a_row() -> int:
    with another_connection() as own:
        found = own.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock' AND wait_event <> 'advisory'"
        ).fetchone()
    return int(found[0]) if found else 0
