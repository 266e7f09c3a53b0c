"""SELECTs that derive from the events what ingest keeps summed up beside the daily rollups. Pure.

``events`` is a relation of events of one organization, such as ``events_of`` gives.
"""

from typing import Final

from usage.chat_sql import CHAT_MEASURES, CHAT_USERS, MESSAGE_MEASURES
from usage.enums import EventSource
from usage.identity import FINGERPRINT_VERSION, UNKNOWN_FINGERPRINT
from usage.periods import month_of
from usage.progress import Days
from usage.rollups import CHARGE_DAILY


def in_days(days: Days) -> str:
    """SQL condition: the local day is one of ``days``."""
    return f"local_date BETWEEN '{days.first}' AND '{days.last}'"


def in_months(days: Days) -> str:
    """SQL condition: the billing month has some of ``days``; a local day is never outside of its month."""
    return f"period BETWEEN '{month_of(days.first)}' AND '{month_of(days.last)}'"


def events_of(organization_id: int, *, days: Days | None = None, condition: str = "") -> str:
    """The events of an organization as a relation: all, or those of some local days or under a condition."""
    conditions = [f"organization_id = {int(organization_id)}"]
    if days is not None:
        conditions += [in_months(days), in_days(days)]
    if condition:
        conditions.append(condition)
    return f"(SELECT * FROM usage_event WHERE {' AND '.join(conditions)})"


def chats_of(organization_id: int, days: Days) -> str:
    """SELECT the ids of the chats with events in some local days, and of those that say they have some."""
    # Each has an index of its own.
    told = (
        f"SELECT id FROM usage_chat WHERE organization_id = {int(organization_id)} AND {kept} "
        f"AND last_at >= '{days.first}'::date - 2 AND first_at <= '{days.last}'::date + 2"
        for kept in ("is_quiet", "NOT is_quiet")
    )
    return (
        f"SELECT chat_id AS id FROM {events_of(organization_id, days=days)} e WHERE chat_id IS NOT NULL "
        f"UNION {' UNION '.join(told)}"
    )


# As ingest keeps it: the member of the first event; of several at one instant, of the one that came first.
_FIRST_MEMBER: Final = (
    "(array_agg(e.member_id ORDER BY e.occurred_at, e.received_at, e.member_id))[1] AS member_id"
)
_SPAN: Final = "min(e.occurred_at) AS first_at, max(e.occurred_at) AS last_at"

MESSAGE_VALUES: Final = (*MESSAGE_MEASURES, "chat_id", "time_to_first_token_ms", "first_at", "last_at")
CHAT_VALUES: Final = (*CHAT_MEASURES, *CHAT_USERS, "messages", "first_at", "last_at")


def message_sums(events: str) -> str:
    """SELECT: period, id, member_id and MESSAGE_VALUES of every message that events name."""
    measures = ", ".join(f"{sql} AS {name}" for name, sql in MESSAGE_MEASURES.items())
    return (
        f"SELECT e.period, e.message_id AS id, {_FIRST_MEMBER}, {measures}, (array_agg(e.chat_id))[1] AS chat_id, "
        f"min(e.time_to_first_token_ms) AS time_to_first_token_ms, {_SPAN} "
        f"FROM {events} e WHERE e.message_id IS NOT NULL GROUP BY e.period, e.message_id"
    )


def chat_sums(events: str) -> str:
    """SELECT: id, member_id and CHAT_VALUES of every chat that events name.

    A message with events in two months has a row in each and counts in each, as ingest counts it.
    """
    measures = ", ".join(f"{sql} AS {name}" for name, sql in (CHAT_MEASURES | CHAT_USERS).items())
    return (
        f"SELECT e.chat_id AS id, {_FIRST_MEMBER}, {measures}, "
        "count(DISTINCT (e.period, e.message_id)) FILTER (WHERE e.message_id IS NOT NULL) AS messages, "
        f"{_SPAN} FROM {events} e WHERE e.chat_id IS NOT NULL GROUP BY e.chat_id"
    )


def file_spans(events: str) -> str:
    """SELECT: id, first_at and last_at of every file that events name."""
    return (
        f"SELECT file.id, {_SPAN} FROM {events} e "
        "CROSS JOIN LATERAL jsonb_to_recordset(e.files) AS file(id uuid) WHERE e.files IS NOT NULL GROUP BY file.id"
    )


IS_FINGERPRINT: Final = (
    "(octet_length(fingerprint) = 17 AND substr(fingerprint, 1, 1) "
    f"BETWEEN '\\x01' AND '\\x{FINGERPRINT_VERSION.hex()}' OR fingerprint = '\\x{UNKNOWN_FINGERPRINT.hex()}')"
)
"""SQL condition on a key: its fingerprint is one of a known version, or says that it is not known."""

RECEIPT_KEY: Final = ("received_on", "source", "api_key_id")
RECEIPT_VALUES: Final = {
    "stored": "count(*)",
    "late": "count(*) FILTER (WHERE e.close_number > 1)",
    "unattributed": "count(*) FILTER (WHERE e.member_id = 0)",
    "unpriced": "count(*) FILTER (WHERE e.unpriced > 0)",
}
"""What the receipts count of stored events, by column. The other columns count what is not in the ledger."""


def received_in(days: Days) -> str:
    """SQL condition: received on one of ``days``, which are UTC days."""
    return (
        f"received_at >= '{days.first} 00:00+00'::timestamptz "
        f"AND received_at < '{days.last} 00:00+00'::timestamptz + interval '1 day'"
    )


def receipt_sums(events: str) -> str:
    """SELECT: RECEIPT_KEY, RECEIPT_VALUES, last_occurred_at and last_received_at of what came in by a door."""
    values = ", ".join(f"{sql} AS {name}" for name, sql in RECEIPT_VALUES.items())
    return (
        f"SELECT (e.received_at AT TIME ZONE 'UTC')::date AS received_on, e.source, e.api_key_id, {values}, "
        "max(e.occurred_at) AS last_occurred_at, max(e.received_at) AS last_received_at "
        f"FROM {events} e WHERE e.source <> '{EventSource.CORRECTION}' "
        "GROUP BY 1, 2, 3"
    )


def needs_unit_prices(table: str) -> bool:
    """Whether deriving a rollup reads the CTE ``ledger_sql.UNIT_PRICES``."""
    return table == CHARGE_DAILY.table
