"""Runs the ingest statement, prepared once per connection and organization.

It is long: to parse and plan it takes as much of the server's time as to store 70 events, and to put it together
on this side as much again. The organization is a literal in it, so every organization has a statement of its own.
"""

from collections import OrderedDict
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from usage.ledger_sql import UNIT_PRICE_TYPES, ingest_statement

KEPT: Final = 32
"""Statements that a connection keeps prepared, those used last; one takes 1.6 MB of its server process."""

_PREPARED: Final = "_token_ledger_ingest"
_ARGUMENTS: Final = ", ".join(f"%({name})s::text::{kind}" for name, kind in UNIT_PRICE_TYPES.items())


def store_staged(
    cursor: CursorWrapper, organization_id: int, unit_prices: dict[str, list[int] | list[str]]
) -> int:
    """Store what is staged for one organization. Returns the number of events whose key was new."""
    name = _prepared(cursor, int(organization_id))
    cursor.execute(
        f"EXECUTE {name} ({_ARGUMENTS})", {key: _array(value) for key, value in unit_prices.items()}
    )
    (stored,) = cursor.fetchone() or (0,)
    return int(stored)


def _array(values: list[int] | list[str]) -> str:
    """PostgreSQL's text of an array of numbers or plain words."""
    return f"{{{','.join(map(str, values))}}}"


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
        types = ", ".join(UNIT_PRICE_TYPES.values())
        cursor.execute(f"PREPARE {name} ({types}) AS {ingest_statement(organization_id)}")
        kept[organization_id] = name
    kept.move_to_end(organization_id)
    return name
