"""Runs the ingest statement, prepared once per connection and organization.

It is long: to parse and plan it takes as much of the server's time as to store 70 events, and to put it together
on this side as much again. The organization is a literal in it, so every organization has a statement of its own.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from usage.enums import Correction
from usage.ledger_sql import ARGUMENT_TYPES, CHAT_FACT_TYPES, KEY_INSERT, ingest_statement
from usage.unit_prices import UnitPriceLists

KEPT: Final = 32
"""Statements that a connection keeps prepared, those used last; one takes 1.6 MB of its server process."""

ChatFacts = dict[str, list[str] | list[int]]

_PREPARED: Final = "_token_ledger_ingest"
_ARGUMENTS: Final = ", ".join(f"%({name})s" for name in ARGUMENT_TYPES)
_NO_CHATS: Final[ChatFacts] = {name: [] for name in CHAT_FACT_TYPES}


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedBatch:
    """What the staged events have in common: how they came in, the unit prices that they were priced at, and
    what is known of their chats beside the sums (``ledger_sql.CHAT_FACT_TYPES``)."""

    received_at: datetime
    source: str
    unit_prices: UnitPriceLists
    api_key_id: int = 0
    correction: str = Correction.NONE.value
    chats: ChatFacts = field(default_factory=lambda: _NO_CHATS)


def insert_keys(cursor: CursorWrapper, organization_id: int, received_at: datetime) -> int:
    """Insert the keys of what is staged. Returns how many are new; the others stand, or a rival has just made them."""
    statement = KEY_INSERT.replace("{organization}", str(int(organization_id)))
    cursor.execute(statement, {"received_at": received_at})
    return int(cursor.rowcount)


def store_staged(cursor: CursorWrapper, organization_id: int, batch: StagedBatch) -> int:
    """Store what is staged for one organization; its keys stand. Returns the number of events."""
    name = _prepared(cursor, int(organization_id))
    arguments = {key: _array(value) for key, value in batch.unit_prices.items()}
    arguments |= {f"chat_{key}": value for key, value in batch.chats.items()}
    arguments |= {
        "received_at": batch.received_at,
        "source": batch.source,
        "api_key_id": batch.api_key_id,
        "correction": batch.correction,
    }
    cursor.execute(f"EXECUTE {name} ({_ARGUMENTS})", arguments)
    return int(cursor.rowcount)


def _array(values: list[int] | list[str | None]) -> str:
    """PostgreSQL's text of an array of numbers."""
    return f"{{{','.join('NULL' if value is None else str(value) for value in values)}}}"


def _prepared(cursor: CursorWrapper, organization_id: int) -> str:
    """The name of the organization's statement. It outlives the transaction that prepared it, rolled back or not."""
    kept: OrderedDict[int, str] = getattr(connection.connection, _PREPARED, None) or OrderedDict()
    setattr(connection.connection, _PREPARED, kept)
    name = kept.get(organization_id)
    if name is None:
        if len(kept) >= KEPT:
            oldest = next(iter(kept))
            cursor.execute(f"DEALLOCATE {kept[oldest]}")
            del kept[oldest]
        name = f"ingest_{organization_id}"
        types = ", ".join(ARGUMENT_TYPES.values())
        cursor.execute(f"PREPARE {name} ({types}) AS {ingest_statement(organization_id)}")
        kept[organization_id] = name
    kept.move_to_end(organization_id)
    return name
