"""The SQL that sums staged events up to the messages and chats that they belong to. Pure.

``{organization}`` and the named arguments are filled in by the ingest statement that these are parts of.
"""

from typing import Final

from usage.added_sql import added
from usage.rollups import CACHE_CREATION, COSTS, of_one, total
from usage.staged_columns import STAGED

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


CHAT_FACT_TYPES: Final = {
    "chat_id": "uuid[]",
    "external_id": "text[]",
    "title": "text[]",
    "member_id": "bigint[]",
}
"""What is known of a batch's chats beside their sums, as parallel arrays: the member is that of the first event."""

_CHAT_FACTS: Final = (
    f"SELECT * FROM unnest({', '.join(f'%(chat_{name})s' for name in CHAT_FACT_TYPES)}) "
    f"AS fact({', '.join(CHAT_FACT_TYPES)})"
)


# The smallest pair of moment and member. An ordered array_agg would sort each message's events for itself.
_FIRST_MEMBER: Final = "(min(ARRAY[date_part('epoch', e.occurred_at), e.member_id]))[2]::bigint"


_SHARED: Final = "(SELECT unnest(%(shared_messages)s) AS id) shared"

SHARED_STAGED: Final = (
    f"SELECT message_id FROM {STAGED} WHERE message_id IS NOT NULL GROUP BY message_id HAVING count(*) > 1"
)
"""The messages that several of the staged events belong to."""


def message_sums(events: str) -> str:
    """SELECT the sums of the messages that several events belong to."""
    measures = ", ".join(f"{sql} AS {name}" for name, sql in MESSAGE_MEASURES.items())
    return (
        "SELECT e.message_id AS id, e.period, min(e.message) AS external_id, "
        f"e.chat_id, {_FIRST_MEMBER} AS member_id, {measures}, "
        "min(e.time_to_first_token_ms) AS time_to_first_token_ms, "
        "min(e.occurred_at) AS first_at, max(e.occurred_at) AS last_at "
        f"FROM {events} e JOIN {_SHARED} ON shared.id = e.message_id GROUP BY e.period, e.message_id, e.chat_id"
    )


def _message_rows(events: str) -> str:
    """SELECT what ``message_sums`` would for the messages of one event each, as most are: nothing is summed up."""
    measures = ", ".join(f"{of_one(sql)} AS {name}" for name, sql in MESSAGE_MEASURES.items())
    return (
        "SELECT e.message_id AS id, e.period, e.message AS external_id, e.chat_id, e.member_id, "
        f"{measures}, e.time_to_first_token_ms, e.occurred_at AS first_at, e.occurred_at AS last_at "
        f"FROM {events} e WHERE e.message_id IS NOT NULL"
    )


def message_upsert(*, is_one: bool) -> str:
    """INSERT the messages of what is staged, or add to them. Gives back (id, period, chat_id, events) as they stand."""
    rows = _message_rows(STAGED)
    if not is_one:
        rows += f" AND NOT EXISTS (SELECT FROM {_SHARED} WHERE shared.id = e.message_id)"
        rows += " UNION ALL SELECT * FROM message_sums"
    names = tuple(MESSAGE_MEASURES)
    columns = ("id", "period", "external_id", "chat_id", "member_id", *names)
    columns = (*columns, "time_to_first_token_ms", "first_at", "last_at")
    return (
        f"INSERT INTO usage_message (organization_id, {', '.join(columns)}) "
        f"SELECT {{organization}}::bigint, {', '.join(columns)} FROM ({rows}) message ORDER BY period, id "
        f"ON CONFLICT (organization_id, period, id) DO UPDATE SET {added('usage_message', names)}, "
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


CHAT_USERS: Final = {
    "is_shared": "min(e.member_id) <> max(e.member_id) OR min(e.department_id) <> max(e.department_id)",
    "department_id": "CASE WHEN min(e.member_id) = max(e.member_id) AND min(e.department_id) = max(e.department_id) "
    "THEN min(e.department_id) ELSE 0 END",
    "model_id": "CASE WHEN min(e.model_id) = max(e.model_id) THEN min(e.model_id) ELSE 0 END",
}
"""Whether several members or departments used a chat; the department and the model if there was one, else 0."""

# What stands is of one member and department, and so is what comes: it is shared if they are not the same.
_IS_SHARED: Final = (
    "(usage_chat.is_shared OR EXCLUDED.is_shared OR usage_chat.member_id <> EXCLUDED.member_id "
    "OR usage_chat.department_id <> EXCLUDED.department_id)"
)


def chat_upsert() -> str:
    """INSERT the chats of what is staged, or add to them; reads ``NEW_MESSAGES`` as ``new_messages``."""
    names = tuple(CHAT_MEASURES)
    sums = ", ".join(f"{sql} AS {name}" for name, sql in (CHAT_MEASURES | CHAT_USERS).items())
    return (
        "INSERT INTO usage_chat (organization_id, id, external_id, title, member_id, is_quiet, messages, "
        f"{', '.join((*names, *CHAT_USERS))}, first_at, last_at) "
        "SELECT {organization}::bigint, id, coalesce(fact.external_id, ''), coalesce(fact.title, ''), "
        "coalesce(fact.member_id, summed.member_id), false, coalesce(new_messages.messages, 0), "
        f"{', '.join((*names, *CHAT_USERS))}, first_at, last_at FROM (SELECT e.chat_id AS id, {sums}, "
        "min(e.member_id) AS member_id, min(e.occurred_at) AS first_at, max(e.occurred_at) AS last_at "
        f"FROM {STAGED} e WHERE e.chat_id IS NOT NULL GROUP BY e.chat_id OFFSET 0) summed "
        f"LEFT JOIN ({_CHAT_FACTS}) fact ON fact.chat_id = summed.id "
        "LEFT JOIN new_messages ON new_messages.chat_id = summed.id ORDER BY id "
        f"ON CONFLICT (organization_id, id) DO UPDATE SET {added('usage_chat', (*names, 'messages'))}, "
        "title = CASE WHEN EXCLUDED.title <> '' AND (usage_chat.title = '' OR EXCLUDED.last_at >= usage_chat.last_at)"
        " THEN EXCLUDED.title ELSE usage_chat.title END, is_quiet = false, "
        f"is_shared = {_IS_SHARED}, "
        f"department_id = CASE WHEN {_IS_SHARED} THEN 0 ELSE usage_chat.department_id END, "
        "model_id = CASE WHEN usage_chat.model_id = EXCLUDED.model_id THEN usage_chat.model_id ELSE 0 END, "
        f"{_span('usage_chat')}"
    )


# A message is new exactly when all the events it has now are the ones of this batch.
NEW_MESSAGES: Final = (
    "SELECT m.chat_id, count(*) AS messages FROM messages m LEFT JOIN message_sums s "
    "ON s.id = m.id AND s.period = m.period WHERE m.events = coalesce(s.events, 1) GROUP BY m.chat_id"
)
NEW_MESSAGE: Final = "SELECT m.chat_id, 1 AS messages FROM messages m WHERE m.events = 1"
