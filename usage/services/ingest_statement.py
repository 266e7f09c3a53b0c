"""Runs the statements that store what is staged; the long one prepared once per connection, in up to four variants.

To parse and plan it takes as much of the server's time as to store 70 events, and to put it together on this side as
much again. The organization is an argument of it: a statement for each would be worth it for a few organizations only,
at 2 MB of every server process.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from usage.chat_sql import CHAT_FACT_TYPES, SHARED_STAGED
from usage.enums import Correction
from usage.key_sql import KEY_INSERT, KEY_OF_ONE, REMOVE_KNOWN, SAME_AS_KNOWN
from usage.ledger_sql import ARGUMENT_TYPES, LINE_TYPES, ingest_statement
from usage.staged_columns import COPY_STAGED, LINE_COLUMNS, literals
from usage.unit_prices import UnitPriceLists

ChatFacts = dict[str, list[str] | list[int]]

_PREPARED: Final = "_token_ledger_ingest"
_NO_CHATS: Final[ChatFacts] = {name: [] for name in CHAT_FACT_TYPES}

# A plan may be made while few events are staged and be kept for batches of thousands: no step of it may compare every
# row of one side with every row of the other, nor sort both of them to compare them once.
_EXECUTE: Final = (
    "SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off; {execution}; "
    "SET LOCAL enable_nestloop = on; SET LOCAL enable_mergejoin = on"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedBatch:
    """What the staged events have in common: how they came in, the unit prices that they were priced at, and
    what is known of their chats beside the sums (``chat_sql.CHAT_FACT_TYPES``).

    ``shared_messages`` are the ids of the messages that several of them belong to, None where that is not known.
    ``has_lists`` says whether any of them lists tools or files; ``source`` and ``correction`` are plain words.
    """

    organization_id: int
    received_at: datetime
    source: str
    unit_prices: UnitPriceLists
    api_key_id: int = 0
    correction: str = Correction.NONE.value
    chats: ChatFacts = field(default_factory=lambda: _NO_CHATS)
    shared_messages: list[str] | None = None
    has_lists: bool = True


class KeysMoved(Exception):
    """A key that stood when ours was inserted was taken away before we looked at it: nothing of this may be kept."""


def copy_lines(cursor: CursorWrapper, text: str) -> None:
    """Copy lines of ``COPY`` text into the staging table."""
    with cursor.copy(COPY_STAGED) as copy:
        copy.write(text)


def take_out_known(cursor: CursorWrapper, batch: StagedBatch, *, count: int) -> dict[str, bool]:
    """Insert the keys of the ``count`` events that are staged, and take out those that stood before.

    These are given back: event id → whether it was the same content. Raises ``KeysMoved``.
    """
    new = insert_keys(cursor, batch.organization_id, batch.received_at)
    if new == count:
        return {}
    cursor.execute(_removal_text(batch.organization_id))
    known = {event_id.hex: same for event_id, same in cursor.fetchall()}
    if new + len(known) != count:
        raise KeysMoved
    return known


def insert_keys(cursor: CursorWrapper, organization_id: int, received_at: datetime) -> int:
    """Insert the keys of what is staged. Returns how many are new; the others stand, or a rival has just made them."""
    cursor.execute(_keys_text(organization_id, received_at))
    return int(cursor.rowcount)


def store_staged(cursor: CursorWrapper, batch: StagedBatch) -> None:
    """Store what is staged for one organization; its keys stand."""
    if batch.shared_messages is None:
        cursor.execute(SHARED_STAGED)
        batch = replace(batch, shared_messages=[message_id.hex for (message_id,) in cursor.fetchall()])
    name = _prepared(cursor, batch, is_one=False)
    execution = f"EXECUTE {name} ({', '.join(_arguments(batch))})"
    cursor.execute(_EXECUTE.format(execution=execution))


def store_line(cursor: CursorWrapper, line: str, batch: StagedBatch) -> dict[str, bool]:
    """Store a single event and its key in one round trip, past the staging table; returns what ``take_out_known`` does.

    The table is emptied at the end of every transaction, which costs as much as to store the event. Raises
    ``KeysMoved``.
    """
    name = _prepared(cursor, batch, is_one=True)
    values = literals(line)
    own = dict(zip(LINE_COLUMNS, values, strict=True)) | {"organization": str(int(batch.organization_id))}
    key = KEY_OF_ONE.format(**own, received_at=batch.received_at.isoformat())
    cursor.execute(f"{key}; EXECUTE {name} ({', '.join((*values, *_arguments(batch)))})")
    cursor.nextset()
    if cursor.rowcount:
        return {}
    cursor.execute(SAME_AS_KNOWN.format(**own))
    standing = cursor.fetchall()
    if not standing:
        raise KeysMoved
    return {line.split("\t", _ID + 1)[_ID]: standing[0][0]}


_ID: Final = list(LINE_COLUMNS).index("id")


def _keys_text(organization_id: int, received_at: datetime) -> str:
    text = KEY_INSERT.replace("{organization}", str(int(organization_id)))
    return text.replace("{received_at}", received_at.isoformat())


def _removal_text(organization_id: int) -> str:
    return REMOVE_KNOWN.replace("{organization}", str(int(organization_id)))


def _arguments(batch: StagedBatch) -> list[str]:
    """Literals of ``ARGUMENT_TYPES``."""
    return [
        str(int(batch.organization_id)),
        *(_numbers(batch.unit_prices[column]) for column in batch.unit_prices),
        *(_texts(values) for values in batch.chats.values()),
        _texts(batch.shared_messages or []),
        f"'{batch.received_at.isoformat()}'",
        f"'{batch.source}'",
        str(int(batch.api_key_id)),
        f"'{batch.correction}'",
    ]


def _numbers(values: list[int] | list[str | None]) -> str:
    """A literal of an array of numbers."""
    return f"'{{{','.join('NULL' if value is None else str(value) for value in values)}}}'"


def _texts(values: list[str] | list[int]) -> str:
    """A literal of an array of anything. Each element is quoted; what ends a quotation is escaped twice, as an element
    and within the literal."""
    texts = ",".join([f'"{value}"' for value in values])
    if "\\" in texts or "'" in texts or texts.count('"') != 2 * len(values):
        texts = ",".join([f'"{str(value).translate(_ESCAPES)}"' for value in values])
    return f"E'{{{texts}}}'"


_ESCAPES: Final = str.maketrans({"\\": "\\" * 4, '"': "\\" * 2 + '"', "'": "''"})


def _prepared(cursor: CursorWrapper, batch: StagedBatch, *, is_one: bool) -> str:
    """The statement's name on this connection. It outlives the transaction that prepared it, rolled back or not."""
    kept: set[str] = getattr(connection.connection, _PREPARED, None) or set()
    setattr(connection.connection, _PREPARED, kept)
    name = f"ingest{'_one' if is_one else ''}{'' if batch.has_lists else '_without_lists'}"
    if name not in kept:
        types = ", ".join((LINE_TYPES | ARGUMENT_TYPES if is_one else ARGUMENT_TYPES).values())
        statement = ingest_statement(has_lists=batch.has_lists, is_one=is_one)
        try:
            cursor.execute(f"PREPARE {name} ({types}) AS {statement}")
            kept.add(name)
        except BaseException:
            # Interrupted at the wrong moment, the connection would know a name that we do not.
            connection.close()
            raise
    return name
