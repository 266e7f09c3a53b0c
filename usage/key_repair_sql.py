"""Statements that make the keys of events anew from the events of one billing month. Pure.

What was sent is not in an event: names and ids at the client have become ids of ours. So the fingerprint of a key
that is made anew is not known and says so, but for corrections, whose fingerprint follows from their id.
"""

from datetime import date, datetime
from typing import Final, NamedTuple

from usage.derived_sql import IS_FINGERPRINT, events_of
from usage.identity import UNKNOWN_FINGERPRINT

_UNKNOWN: Final = f"'\\x{UNKNOWN_FINGERPRINT.hex()}'::bytea"


class Month(NamedTuple):
    """One organization's billing month, as far as its keys are kept: of what was received since ``since``."""

    organization_id: int
    month: date
    since: datetime


def _events(where: Month) -> str:
    condition = f"period = '{where.month}' AND received_at >= '{where.since.isoformat()}'"
    return events_of(where.organization_id, condition=condition)


def keyless_corrections(where: Month) -> str:
    """SELECT the ids of a month's corrections whose key is missing or has no fingerprint."""
    return (
        f"SELECT transaction_id FROM {_events(where)} e WHERE correction <> '' AND NOT EXISTS "
        f"(SELECT FROM usage_event_key k WHERE k.organization_id = {where.organization_id:d} "
        f"AND k.transaction_id = e.transaction_id AND {IS_FINGERPRINT}) ORDER BY 1"
    )


def write_keys(where: Month) -> str:
    """INSERT the keys that a month's events lack, in the order of ids, as ingest does.

    Takes the parallel lists ``transaction_ids`` and ``fingerprints``, of those whose fingerprint is known. Of two
    events of one id the older gets the key; the other is left without, which is what ``verify_ledger`` says then.
    """
    return (
        "INSERT INTO usage_event_key (organization_id, transaction_id, fingerprint, event_id, period, received_at) "
        f"SELECT {where.organization_id:d}, transaction_id, coalesce(known.fingerprint, {_UNKNOWN}), e.id, e.period, "
        f"e.received_at FROM {_events(where)} e "
        "LEFT JOIN unnest(%(transaction_ids)s::text[], %(fingerprints)s::bytea[]) "
        "AS known(transaction_id, fingerprint) USING (transaction_id) "
        f"WHERE NOT EXISTS (SELECT FROM usage_event_key k WHERE k.organization_id = {where.organization_id:d} "
        "AND k.transaction_id = e.transaction_id) ORDER BY transaction_id, e.id ON CONFLICT DO NOTHING"
    )


def mend_keys(where: Month) -> str:
    """UPDATE the keys that name another event, month or time than the month's event of their id.

    A key that names another event of the same id is left alone: then there are two, and a person must look.
    Takes the same lists as ``write_keys``.
    """
    columns = "event_id, period, received_at"
    return (
        "UPDATE usage_event_key k SET event_id = e.id, period = e.period, received_at = e.received_at, "
        f"fingerprint = CASE WHEN {IS_FINGERPRINT.replace('fingerprint', 'k.fingerprint')} THEN k.fingerprint "
        f"ELSE coalesce(known.fingerprint, {_UNKNOWN}) END "
        f"FROM {_events(where)} e "
        "LEFT JOIN unnest(%(transaction_ids)s::text[], %(fingerprints)s::bytea[]) "
        "AS known(transaction_id, fingerprint) USING (transaction_id) "
        f"WHERE k.organization_id = {where.organization_id:d} AND k.transaction_id = e.transaction_id "
        f"AND (({', '.join(f'k.{name}' for name in columns.split(', '))}) IS DISTINCT FROM "
        f"(e.id, e.period, e.received_at) OR NOT {IS_FINGERPRINT.replace('fingerprint', 'k.fingerprint')}) "
        "AND (k.event_id = e.id OR NOT EXISTS (SELECT FROM usage_event other "
        f"WHERE other.organization_id = {where.organization_id:d} AND other.id = k.event_id "
        "AND other.transaction_id = k.transaction_id))"
    )


def drop_stray_keys(where: Month) -> str:
    """DELETE a month's keys whose event stands nowhere: then a client that sends it again has it stored again."""
    return (
        f"DELETE FROM usage_event_key k WHERE k.organization_id = {where.organization_id:d} "
        f"AND k.period = '{where.month}' AND k.received_at >= '{where.since.isoformat()}' "
        "AND NOT EXISTS (SELECT FROM usage_event e "
        f"WHERE e.organization_id = {where.organization_id:d} AND e.period = k.period AND e.id = k.event_id) "
        f"AND NOT EXISTS (SELECT FROM usage_event e WHERE e.organization_id = {where.organization_id:d} "
        "AND e.id = k.event_id)"
    )
