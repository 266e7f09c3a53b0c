"""The SQL of the ledger, put together from the declared rollups: staging, the ingest statement, rebuilds.

Statements name the organization as a literal: a distributed database sends them to the one shard they concern.
``{events}`` is the relation to sum up, ``{unit_prices}`` the unit prices of the price rows in it.
"""

from functools import lru_cache
from typing import Final

from usage.added_sql import added
from usage.chat_sql import (
    CHAT_FACT_TYPES,
    NEW_MESSAGE,
    NEW_MESSAGES,
    chat_upsert,
    message_sums,
    message_upsert,
)
from usage.pricing import KINDS
from usage.rollups import (
    FILE_USE,
    ROLLUPS,
    TOOL_DAILY,
    Rollup,
)
from usage.staged_columns import (
    BATCH_COLUMNS,
    EVENT_COLUMNS,
    LINE_COLUMNS,
    STAGED,
    STAGED_COLUMNS,
    UNCOPIED_COLUMNS,
)

UNIT_PRICE_TYPES: Final = {
    "price_id": "bigint[]",
    "rate_id": "bigint[]",
    **{kind.value: "numeric[]" for kind in KINDS},
}
"""Columns of the unit prices, one row for each price row at its rate: parallel arrays, a missing price NULL."""

_UNIT_PRICE_ROWS: Final = (
    f"unnest({', '.join(f'%({name})s::{kind}' for name, kind in UNIT_PRICE_TYPES.items())})"
)
UNIT_PRICES: Final = (
    f"unit_prices AS (SELECT * FROM {_UNIT_PRICE_ROWS} AS unit({', '.join(UNIT_PRICE_TYPES)}))"
)


def rollup_select(rollup: Rollup, *, events: str, condition: str = "") -> str:
    """SELECT that sums ``events`` up to the rows of ``rollup``; ``{organization}`` is left to fill in.

    ``condition`` narrows the result by its dimensions, named as columns of the rollup.
    """
    dimensions = ", ".join(f"{column.expression} AS {column.name}" for column in rollup.dimensions)
    carried = "".join(
        f", {column.expression} AS {column.name}" for column in (*rollup.labels, *rollup.measures)
    )
    source = rollup.source.replace("{events}", events).replace("{unit_prices}", "unit_prices")
    grouping = ", ".join(column.expression for column in (*rollup.dimensions, *rollup.labels))
    conditions = " AND ".join(part for part in (rollup.condition, condition) if part)
    return (
        f"SELECT {{organization}}::bigint AS organization_id, {dimensions}{carried} FROM {source}"
        f"{' WHERE ' + conditions if conditions else ''}"
        f"{'' if rollup.is_grouped else ' GROUP BY ' + grouping}"
    )


def rollup_upsert(rollup: Rollup, *, events: str) -> str:
    """INSERT that adds ``events`` to ``rollup``, in the order of its key, so that two writers never wait in a ring.

    ``OFFSET 0`` lets the rows be summed up by hashing before the few sums are sorted, not sorted to be summed up.
    """
    measures = tuple(column.name for column in rollup.measures)
    columns = (*rollup.key, *(column.name for column in rollup.labels), *measures)
    return (
        f"INSERT INTO {rollup.table} ({', '.join(columns)}) "
        f"SELECT * FROM ({rollup_select(rollup, events=events)} OFFSET 0) summed ORDER BY {', '.join(rollup.key)} "
        f"ON CONFLICT ({', '.join(rollup.key)}) DO UPDATE SET {added(rollup.table, measures)}"
    )


ARGUMENT_TYPES: Final = {
    "organization": "bigint",
    **UNIT_PRICE_TYPES,
    **{f"chat_{name}": kind for name, kind in CHAT_FACT_TYPES.items()},
    "shared_messages": "uuid[]",
    **BATCH_COLUMNS,
}
"""Arguments of the ingest statement, in order."""

_FILE_UPSERT: Final = (
    "INSERT INTO usage_file (organization_id, id, external_id, name, size_bytes, extracted_tokens, first_at, last_at) "
    "SELECT {organization}::bigint, file.id, min(file.external_id), max(file.name), max(file.size_bytes), "
    "max(file.extracted_tokens), min(e.occurred_at), max(e.occurred_at) "
    f"FROM {STAGED} e CROSS JOIN LATERAL jsonb_to_recordset(e.file_facts) "
    "AS file(id uuid, external_id text, name text, size_bytes bigint, extracted_tokens bigint) "
    "WHERE e.file_facts IS NOT NULL GROUP BY file.id ORDER BY file.id "
    "ON CONFLICT (organization_id, id) DO UPDATE SET "
    "name = CASE WHEN EXCLUDED.name <> '' THEN EXCLUDED.name ELSE usage_file.name END, "
    "size_bytes = greatest(usage_file.size_bytes, EXCLUDED.size_bytes), "
    "extracted_tokens = greatest(usage_file.extracted_tokens, EXCLUDED.extracted_tokens), "
    "first_at = least(usage_file.first_at, EXCLUDED.first_at), "
    "last_at = greatest(usage_file.last_at, EXCLUDED.last_at)"
)


def _event_insert() -> str:
    given = ", ".join(f"%({name})s" for name in BATCH_COLUMNS)
    return (
        f"INSERT INTO usage_event ({', '.join(EVENT_COLUMNS)}) "
        f"SELECT {{organization}}::bigint, {given}, {', '.join(STAGED_COLUMNS)} FROM {STAGED}"
    )


LINE_TYPES: Final = {f"line_{name}": kind.removesuffix(" NOT NULL") for name, kind in LINE_COLUMNS.items()}
"""Arguments of the statement for one event: its line, before those of ``ARGUMENT_TYPES``."""

# What would be the staging table's only row, if its key is the one that stands.
_ONE_LINE: Final = (
    f"{STAGED} AS MATERIALIZED (SELECT "
    + ", ".join(f"%(line_{name})s AS {name}" for name in LINE_COLUMNS)
    + "".join(f", NULL::{kind} AS {name}" for name, kind in UNCOPIED_COLUMNS.items())
    + " WHERE EXISTS (SELECT FROM usage_event_key WHERE organization_id = {organization} "
    "AND transaction_id = %(line_transaction_id)s AND event_id = %(line_id)s))"
)


@lru_cache(maxsize=4)
def _ingest_statement(has_lists: bool, is_one: bool) -> str:
    rollups = [rollup for rollup in ROLLUPS if has_lists or rollup not in (TOOL_DAILY, FILE_USE)]
    parts = [
        *([_ONE_LINE] if is_one else []),
        UNIT_PRICES,
        # PostgreSQL runs inserts that nothing reads from the last to the first. Rows that every batch touches are
        # written, and thereby locked, at the very end: two writers into one organization wait for each other least.
        *(f"{rollup.table}_rows AS ({rollup_upsert(rollup, events=STAGED)})" for rollup in rollups),
        *([f"files AS ({_FILE_UPSERT})"] if has_lists else []),
        *([] if is_one else [f"message_sums AS MATERIALIZED ({message_sums(STAGED)})"]),
        f"messages AS ({message_upsert(is_one=is_one)})",
        f"new_messages AS ({NEW_MESSAGE if is_one else NEW_MESSAGES})",
        f"chats AS ({chat_upsert()})",
    ]
    names = (*(LINE_TYPES if is_one else ()), *ARGUMENT_TYPES)
    arguments = {name: f"${number}" for number, name in enumerate(names, start=1)}
    statement = f"WITH {', '.join(parts)} {_event_insert()}" % arguments
    return statement.replace("{organization}", arguments["organization"])


def ingest_statement(*, has_lists: bool, is_one: bool) -> str:
    """The statement that stores what is staged: events, messages, chats, files and all rollups.

    To be prepared: its arguments are ``ARGUMENT_TYPES``. Their keys stand by then, and nothing staged is known.
    Without ``has_lists`` no event may name tools or files: most requests of a single event do not, and each part of
    the statement costs them as much as it would cost a hundred. ``is_one`` gives the statement that takes one event
    as arguments (``LINE_TYPES``) in place of the staging table, and stores it if its key is the one that stands.
    """
    return _ingest_statement(has_lists, is_one)


SETTLE_HOLDS: Final = (
    "UPDATE usage_hold h SET settled_at = %(received_at)s, settled_event_id = s.id, "
    "settled_cost = coalesce(s.contracted_cost, 0), settled_tokens = s.input_tokens + s.output_tokens "
    f"FROM (SELECT DISTINCT ON (hold_id) * FROM {STAGED} WHERE hold_id IS NOT NULL ORDER BY hold_id, id) s "
    "WHERE h.organization_id = {organization} AND h.id = s.hold_id AND h.settled_at IS NULL"
)
"""The first stored event that names a hold settles it, once."""
