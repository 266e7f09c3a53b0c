"""Runs the statements that store what is staged; the long one prepared once per connection and organization.

To parse and plan it takes as much of the server's time as to store 70 events, and to put it together on this side as
much again. The organization is a literal in it, so every organization has a statement of its own.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from usage.enums import Correction
from usage.ledger_sql import ARGUMENT_TYPES, CHAT_FACT_TYPES, KEY_INSERT, REMOVE_KNOWN, ingest_statement
from usage.staged_columns import COPY_STAGED, insert_staged
from usage.unit_prices import UnitPriceLists

KEPT: Final = 64
"""Statements that a connection keeps prepared, those used last; one takes 1.6 MB of its server process."""

ChatFacts = dict[str, list[str] | list[int]]

_PREPARED: Final = "_token_ledger_ingest"
_NO_CHATS: Final[ChatFacts] = {name: [] for name in CHAT_FACT_TYPES}

# A plan may be made while one event is staged and be kept for batches of thousands: no step of it may compare every
# row of one side with every row of the other.
_EXECUTE: Final = (
    "SET LOCAL enable_nestloop = off; EXECUTE {name} ({arguments}); SET LOCAL enable_nestloop = on"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedBatch:
    """What the staged events have in common: how they came in, the unit prices that they were priced at, and
    what is known of their chats beside the sums (``ledger_sql.CHAT_FACT_TYPES``).

    ``has_lists`` says whether any of them lists tools or files; ``source`` and ``correction`` are plain words.
    """

    organization_id: int
    received_at: datetime
    source: str
    unit_prices: UnitPriceLists
    api_key_id: int = 0
    correction: str = Correction.NONE.value
    chats: ChatFacts = field(default_factory=lambda: _NO_CHATS)
    has_lists: bool = True


def copy_lines(cursor: CursorWrapper, text: str) -> None:
    """Copy lines of ``COPY`` text into the staging table."""
    with cursor.copy(COPY_STAGED) as copy:
        copy.write(text)


def insert_keys(cursor: CursorWrapper, organization_id: int, received_at: datetime) -> int:
    """Insert the keys of what is staged. Returns how many are new; the others stand, or a rival has just made them."""
    cursor.execute(_keys_text(organization_id, received_at))
    return int(cursor.rowcount)


def remove_known(cursor: CursorWrapper, organization_id: int) -> dict[str, bool]:
    """Take out of the staging table what has no new key, given back: event id → whether it was the same content."""
    cursor.execute(_removal_text(organization_id))
    return {event_id.hex: same for event_id, same in cursor.fetchall()}


def store_staged(cursor: CursorWrapper, batch: StagedBatch) -> None:
    """Store what is staged for one organization; its keys stand."""
    name = _prepared(cursor, batch)
    cursor.execute(_execution_text(name, batch))


def store_line(cursor: CursorWrapper, line: str, batch: StagedBatch) -> dict[str, bool]:
    """Stage and store a single event in one round trip; returns what ``remove_known`` does.

    Only for one event: what ``batch`` tells must hold for all that is stored, and here that is all or nothing.
    """
    name = _prepared(cursor, batch)
    texts = (
        insert_staged(line),
        _keys_text(batch.organization_id, batch.received_at),
        _removal_text(batch.organization_id),
        _execution_text(name, batch),
    )
    cursor.execute("; ".join(texts))
    cursor.nextset()
    cursor.nextset()
    return {event_id.hex: same for event_id, same in cursor.fetchall()}


def _keys_text(organization_id: int, received_at: datetime) -> str:
    text = KEY_INSERT.replace("{organization}", str(int(organization_id)))
    return text.replace("{received_at}", received_at.isoformat())


def _removal_text(organization_id: int) -> str:
    return REMOVE_KNOWN.replace("{organization}", str(int(organization_id)))


def _execution_text(name: str, batch: StagedBatch) -> str:
    arguments = [
        *(_numbers(batch.unit_prices[column]) for column in batch.unit_prices),
        *(_texts(values) for values in batch.chats.values()),
        f"'{batch.received_at.isoformat()}'",
        f"'{batch.source}'",
        str(int(batch.api_key_id)),
        f"'{batch.correction}'",
    ]
    return _EXECUTE.format(name=name, arguments=", ".join(arguments))


def _numbers(values: list[int] | list[str | None]) -> str:
    """A literal of an array of numbers."""
    return f"'{{{','.join('NULL' if value is None else str(value) for value in values)}}}'"


def _texts(values: list[str] | list[int]) -> str:
    """A literal of an array of anything."""
    return sql.Literal(values).as_string(connection.connection) if values else "'{}'"


def _prepared(cursor: CursorWrapper, batch: StagedBatch) -> str:
    """The name of the organization's statement. It outlives the transaction that prepared it, rolled back or not."""
    kept: OrderedDict[str, None] = getattr(connection.connection, _PREPARED, None) or OrderedDict()
    setattr(connection.connection, _PREPARED, kept)
    organization_id = int(batch.organization_id)
    name = f"ingest_{organization_id}" if batch.has_lists else f"ingest_{organization_id}_without_lists"
    if name not in kept:
        if len(kept) >= KEPT:
            oldest, _nothing = kept.popitem(last=False)
            cursor.execute(f"DEALLOCATE {oldest}")
        types = ", ".join(ARGUMENT_TYPES.values())
        statement = ingest_statement(organization_id, has_lists=batch.has_lists)
        cursor.execute(f"PREPARE {name} ({types}) AS {statement}")
        kept[name] = None
    kept.move_to_end(name)
    return name
