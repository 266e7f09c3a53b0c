"""The SQL of the ledger, put together from the declared rollups: staging, the ingest statement, rebuilds.

Statements name the organization as a literal: a distributed database sends them to the one shard they concern.
``{events}`` is the relation to sum up, ``{unit_prices}`` the unit prices of the price rows in it.
"""

from functools import lru_cache
from typing import Final

from usage.latency import BUCKETS
from usage.pricing import KINDS
from usage.rollups import CACHE_CREATION, COSTS, FILE_USE, HISTOGRAM, ROLLUPS, TOOL_DAILY, Rollup, total
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

_SHARED_MEASURES: Final = {
    **{
        name: total(f"e.{name}")
        for name in (
            "calls",
            "failures",
            "duration_ms",
            "input_tokens",
            "cache_read_input_tokens",
            "output_tokens",
            "reasoning_output_tokens",
            "unpriced",
        )
    },
    CACHE_CREATION.name: CACHE_CREATION.expression,
    **{column.name: column.expression for column in COSTS},
}
_MESSAGE_ONLY_MEASURES: Final = {
    "events": "count(*)",
    **{
        name: total(f"e.{name}")
        for name in (
            "audio_input_tokens",
            "audio_output_tokens",
            "audio_seconds",
            "user_text_tokens",
            "context_tokens",
            "file_tokens",
            "system_tokens",
            "tool_result_tokens",
            "tool_call_tokens",
        )
    },
}
MESSAGE_MEASURES: Final = _SHARED_MEASURES | _MESSAGE_ONLY_MEASURES
CHAT_MEASURES: Final = _SHARED_MEASURES


def _added(table: str, columns: tuple[str, ...]) -> str:
    """SET clauses that add what a batch brings to what stands."""
    return ", ".join(
        f"{name} = {_added_histogram(f'{table}.{name}', f'EXCLUDED.{name}')}"
        if name == HISTOGRAM.name
        else f"{name} = {table}.{name} + EXCLUDED.{name}"
        for name in columns
    )


def _added_histogram(one: str, other: str) -> str:
    """Bucket by bucket, spelled out: a function of SQL with an aggregate in it is planned anew for every row."""
    return f"ARRAY[{', '.join(f'{one}[{bucket}] + {other}[{bucket}]' for bucket in range(1, BUCKETS + 1))}]"


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
        f"ON CONFLICT ({', '.join(rollup.key)}) DO UPDATE SET {_added(rollup.table, measures)}"
    )


CHAT_FACT_TYPES: Final = {
    "chat_id": "uuid[]",
    "external_id": "text[]",
    "title": "text[]",
    "member_id": "bigint[]",
}
"""What is known of a batch's chats beside their sums, as parallel arrays: the member is that of the first event."""

ARGUMENT_TYPES: Final = {
    "organization": "bigint",
    **UNIT_PRICE_TYPES,
    **{f"chat_{name}": kind for name, kind in CHAT_FACT_TYPES.items()},
    **BATCH_COLUMNS,
}
"""Arguments of the ingest statement, in order."""

_CHAT_FACTS: Final = (
    f"SELECT * FROM unnest({', '.join(f'%(chat_{name})s' for name in CHAT_FACT_TYPES)}) "
    f"AS fact({', '.join(CHAT_FACT_TYPES)})"
)


# The smallest pair of moment and member. An ordered array_agg would sort each message's events for itself.
_FIRST_MEMBER: Final = "(min(ARRAY[date_part('epoch', e.occurred_at), e.member_id]))[2]::bigint"


def _message_sums(events: str) -> str:
    measures = ", ".join(f"{sql} AS {name}" for name, sql in MESSAGE_MEASURES.items())
    return (
        "SELECT e.message_id AS id, e.period, min(e.message) AS external_id, "
        f"e.chat_id, {_FIRST_MEMBER} AS member_id, {measures}, "
        "min(e.time_to_first_token_ms) AS time_to_first_token_ms, "
        "min(e.occurred_at) AS first_at, max(e.occurred_at) AS last_at "
        f"FROM {events} e WHERE e.message_id IS NOT NULL GROUP BY e.period, e.message_id, e.chat_id"
    )


def _message_upsert() -> str:
    names = tuple(MESSAGE_MEASURES)
    columns = ("id", "period", "external_id", "chat_id", "member_id", *names)
    columns = (*columns, "time_to_first_token_ms", "first_at", "last_at")
    return (
        f"INSERT INTO usage_message (organization_id, {', '.join(columns)}) "
        f"SELECT {{organization}}::bigint, {', '.join(columns)} FROM message_sums ORDER BY period, id "
        f"ON CONFLICT (organization_id, period, id) DO UPDATE SET {_added('usage_message', names)}, "
        "time_to_first_token_ms = least(usage_message.time_to_first_token_ms, EXCLUDED.time_to_first_token_ms), "
        f"{_span('usage_message')}, xid = EXCLUDED.xid "
        "RETURNING id, period, chat_id, events"
    )


def _span(table: str) -> str:
    """SET clauses for the first and last event, the member of the first, and a client id that a rebuild lost."""
    return (
        f"member_id = CASE WHEN EXCLUDED.first_at < {table}.first_at THEN EXCLUDED.member_id"
        f" ELSE {table}.member_id END, "
        f"external_id = coalesce(nullif({table}.external_id, ''), EXCLUDED.external_id), "
        f"first_at = least({table}.first_at, EXCLUDED.first_at), "
        f"last_at = greatest({table}.last_at, EXCLUDED.last_at)"
    )


def _chat_upsert() -> str:
    names = tuple(CHAT_MEASURES)
    measures = ", ".join(f"{sql} AS {name}" for name, sql in CHAT_MEASURES.items())
    return (
        "INSERT INTO usage_chat (organization_id, id, external_id, title, member_id, messages, "
        f"{', '.join(names)}, first_at, last_at) "
        "SELECT {organization}::bigint, id, coalesce(fact.external_id, ''), coalesce(fact.title, ''), "
        "coalesce(fact.member_id, 0), coalesce(new_messages.messages, 0), "
        f"{', '.join(names)}, first_at, last_at FROM (SELECT e.chat_id AS id, {measures}, "
        "min(e.occurred_at) AS first_at, max(e.occurred_at) AS last_at "
        f"FROM {STAGED} e WHERE e.chat_id IS NOT NULL GROUP BY e.chat_id OFFSET 0) summed "
        f"LEFT JOIN ({_CHAT_FACTS}) fact ON fact.chat_id = summed.id "
        "LEFT JOIN new_messages ON new_messages.chat_id = summed.id ORDER BY id "
        f"ON CONFLICT (organization_id, id) DO UPDATE SET {_added('usage_chat', (*names, 'messages'))}, "
        "title = CASE WHEN EXCLUDED.title <> '' AND (usage_chat.title = '' OR EXCLUDED.last_at >= usage_chat.last_at)"
        " THEN EXCLUDED.title ELSE usage_chat.title END, "
        f"{_span('usage_chat')}"
    )


# A message is new exactly when all the events it has now are the ones of this batch.
_NEW_MESSAGES: Final = (
    "SELECT m.chat_id, count(*) AS messages FROM messages m JOIN message_sums s "
    "ON s.id = m.id AND s.period = m.period AND s.events = m.events GROUP BY m.chat_id"
)

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
        f"message_sums AS MATERIALIZED ({_message_sums(STAGED)})",
        f"messages AS ({_message_upsert()})",
        f"new_messages AS ({_NEW_MESSAGES})",
        f"chats AS ({_chat_upsert()})",
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
