"""Statements that make rollups, messages, chats, file uses and receipts anew from the events. Pure.

``{organization}`` stands for the organization's id. Statements about chats and file uses take ``%(chats)s``, a
list of chat ids; the nil id stands for events outside of chats.
"""

from typing import Final

from usage.chat_sql import CHAT_MEASURES
from usage.derived_sql import (
    CHAT_VALUES,
    MESSAGE_VALUES,
    RECEIPT_KEY,
    RECEIPT_VALUES,
    chat_sums,
    chats_of,
    events_of,
    file_spans,
    message_sums,
    receipt_sums,
    received_in,
)
from usage.enums import Answer, EventSource
from usage.identity import NIL
from usage.ledger_sql import UNIT_PRICES, rollup_select, rollup_upsert
from usage.progress import Days
from usage.rollups import FILE_USE, Rollup

_USE_KEY: Final = tuple(column.name for column in FILE_USE.dimensions)
_USE_VALUES: Final = tuple(column.name for column in FILE_USE.measures)
_ANSWERS: Final = tuple(answer.value for answer in Answer)
_COUNTED: Final = ("received", *_ANSWERS, *(name for name in RECEIPT_VALUES if name not in _ANSWERS))


def _with_organization(statement: str, organization_id: int) -> str:
    return statement.replace("{organization}", str(int(organization_id)))


def _set(names: tuple[str, ...]) -> str:
    return ", ".join(f"{name} = s.{name}" for name in names)


def _differ(table: str, names: tuple[str, ...]) -> str:
    columns = (", ".join(f"{alias}.{name}" for name in names) for alias in (table, "s"))
    return " IS DISTINCT FROM ".join(f"({row})" for row in columns)


def _lacks(table: str, key: tuple[str, ...]) -> str:
    """SQL: ``table`` has no row of the key of ``s``. A row that stands is not touched, nor waited for."""
    same = " AND ".join(f"t.{name} = s.{name}" for name in key)
    return f"NOT EXISTS (SELECT FROM {table} t WHERE t.organization_id = {{organization}} AND {same})"


def rollup_statements(rollup: Rollup, *, organization_id: int, days: Days) -> tuple[str, str]:
    """DELETE the rows of some local days, and INSERT them as the events of those days say.

    The second takes the parameters of ``ledger_sql.UNIT_PRICES``.
    """
    delete = (
        f"DELETE FROM {rollup.table} WHERE organization_id = {int(organization_id)} "
        f"AND local_date BETWEEN '{days.first}' AND '{days.last}'"
    )
    insert = f"WITH {UNIT_PRICES} {rollup_upsert(rollup, events=events_of(organization_id, days=days))}"
    return delete, _with_organization(insert, organization_id)


def message_statements(*, organization_id: int, days: Days) -> tuple[str, str]:
    """DELETE the messages of a billing month that no event names, and write those that are missing or differ.

    Ids at the client are not in the events: those of messages that stand are kept, a missing one gets none.
    """
    columns = ("member_id", *MESSAGE_VALUES)
    events = events_of(organization_id, days=days)
    delete = (
        "DELETE FROM usage_message m WHERE m.organization_id = {organization} "
        f"AND m.period = '{days.first}' AND NOT EXISTS (SELECT FROM {events} e WHERE e.message_id = m.id)"
    )
    excluded = ", ".join(f"{name} = EXCLUDED.{name}" for name in (*columns, "xid"))
    standing, wanted = (
        ", ".join(f"{alias}.{name}" for name in columns) for alias in ("usage_message", "EXCLUDED")
    )
    write = (
        f"INSERT INTO usage_message (organization_id, period, id, external_id, {', '.join(columns)}) "
        f"SELECT {{organization}}, period, id, '', {', '.join(columns)} FROM ({message_sums(events)}) s "
        "ORDER BY period, id ON CONFLICT (organization_id, period, id) "
        f"DO UPDATE SET {excluded} WHERE ({standing}) IS DISTINCT FROM ({wanted})"
    )
    return _with_organization(delete, organization_id), _with_organization(write, organization_id)


def _events_of_chats(organization_id: int) -> str:
    return events_of(organization_id, condition="chat_id = ANY(%(chats)s::uuid[])")


def chats_touched(organization_id: int, days: Days) -> str:
    """SELECT the ids of all chats with events in some local days, and of those that say they have some.

    File uses of chats that do not exist belong to no day; they are always among them.
    """
    return _with_organization(
        f"{chats_of(organization_id, days)} UNION "
        "SELECT u.chat_id FROM usage_file_use u WHERE u.organization_id = {organization} "
        f"AND u.chat_id <> '{NIL}' AND NOT EXISTS (SELECT FROM usage_chat c "
        "WHERE c.organization_id = u.organization_id AND c.id = u.chat_id) ORDER BY 1",
        organization_id,
    )


def missing_chats(organization_id: int) -> str:
    """INSERT an empty row for each chat that events name and that has none."""
    measures = ", ".join(CHAT_MEASURES)
    sums = chat_sums(_events_of_chats(organization_id))
    return _with_organization(
        f"INSERT INTO usage_chat (organization_id, id, external_id, title, messages, member_id, {measures}, "
        "department_id, model_id, is_shared, is_quiet, first_at, last_at) "
        f"SELECT {{organization}}, id, '', '', 0, member_id, {', '.join('0' for _name in CHAT_MEASURES)}, "
        f"department_id, model_id, is_shared, false, first_at, last_at FROM ({sums}) s "
        f"WHERE {_lacks('usage_chat', ('id',))} ORDER BY id ON CONFLICT DO NOTHING",
        organization_id,
    )


def chat_statements(organization_id: int) -> tuple[str, str, str]:
    """Lock chats, DELETE those without events, and UPDATE those that differ.

    Three statements, because only one that starts after the locks are held sees what their holders stored.
    """
    events = _events_of_chats(organization_id)
    columns = ("member_id", *CHAT_VALUES)
    chosen = "c.organization_id = {organization} AND c.id = ANY(%(chats)s::uuid[])"
    statements = (
        f"SELECT FROM usage_chat c WHERE {chosen} ORDER BY c.id FOR UPDATE",
        f"DELETE FROM usage_chat c WHERE {chosen} AND NOT EXISTS "
        "(SELECT FROM usage_event e WHERE e.organization_id = {organization} AND e.chat_id = c.id)",
        f"UPDATE usage_chat c SET {_set(columns)} FROM ({chat_sums(events)}) s "
        f"WHERE {chosen} AND s.id = c.id AND {_differ('c', columns)}",
    )
    lock, delete, update = (_with_organization(statement, organization_id) for statement in statements)
    return lock, delete, update


def _events_of_uses(organization_id: int) -> str:
    # Spelled as two conditions, so that the index by chat serves the first.
    return events_of(
        organization_id,
        condition=(
            f"files IS NOT NULL AND (chat_id = ANY(%(chats)s::uuid[]) "
            f"OR (chat_id IS NULL AND '{NIL}'::uuid = ANY(%(chats)s::uuid[])))"
        ),
    )


def missing_file_uses(organization_id: int) -> str:
    """INSERT an empty row for each file and chat that events name together and that has none."""
    sums = rollup_select(FILE_USE, events=_events_of_uses(organization_id))
    return _with_organization(
        f"INSERT INTO usage_file_use (organization_id, {', '.join((*_USE_KEY, *_USE_VALUES))}) "
        f"SELECT {{organization}}, {', '.join(_USE_KEY)}, {', '.join('0' for _name in _USE_VALUES)} "
        f"FROM ({sums}) s WHERE {_lacks('usage_file_use', _USE_KEY)} "
        f"ORDER BY {', '.join(_USE_KEY)} ON CONFLICT DO NOTHING",
        organization_id,
    )


def file_use_statements(organization_id: int) -> tuple[str, str, str]:
    """Lock the file uses of chats, DELETE those without events, and UPDATE those that differ."""
    sums = rollup_select(FILE_USE, events=_events_of_uses(organization_id))
    chosen = "u.organization_id = {organization} AND u.chat_id = ANY(%(chats)s::uuid[])"
    same = " AND ".join(f"s.{name} = u.{name}" for name in _USE_KEY)
    statements = (
        f"SELECT FROM usage_file_use u WHERE {chosen} "
        f"ORDER BY {', '.join(f'u.{name}' for name in _USE_KEY)} FOR UPDATE",
        f"WITH s AS ({sums}) DELETE FROM usage_file_use u "
        f"WHERE {chosen} AND NOT EXISTS (SELECT FROM s WHERE {same})",
        f"UPDATE usage_file_use u SET {_set(_USE_VALUES)} FROM ({sums}) s "
        f"WHERE {chosen} AND {same} AND {_differ('u', _USE_VALUES)}",
    )
    lock, delete, update = (_with_organization(statement, organization_id) for statement in statements)
    return lock, delete, update


def missing_files(organization_id: int) -> str:
    """INSERT a nameless row for each file that events name and that is not known."""
    return _with_organization(
        "INSERT INTO usage_file (organization_id, id, external_id, name, size_bytes, extracted_tokens, first_at, "
        "last_at) SELECT {organization}, id, '', '', 0, 0, first_at, last_at "
        f"FROM ({file_spans(_events_of_uses(organization_id))}) s "
        f"WHERE {_lacks('usage_file', ('id',))} ORDER BY id ON CONFLICT DO NOTHING",
        organization_id,
    )


def missing_receipts(organization_id: int, days: Days | None) -> str:
    """INSERT an empty row for each door and UTC day that events came in by and that has none."""
    events = events_of(organization_id, condition=received_in(days) if days else "")
    key, zeros = ", ".join(RECEIPT_KEY), ", ".join("0" for _name in _COUNTED)
    return _with_organization(
        f"INSERT INTO receipt_daily (organization_id, {key}, {', '.join(_COUNTED)}, last_received_at) "
        f"SELECT {{organization}}, {key}, {zeros}, last_received_at FROM ({receipt_sums(events)}) s "
        f"WHERE {_lacks('receipt_daily', RECEIPT_KEY)} ORDER BY {key} ON CONFLICT DO NOTHING",
        organization_id,
    )


def receipt_statements(organization_id: int, days: Days | None) -> tuple[str, str]:
    """SELECT the keys of receipts and lock them, and UPDATE those that differ in what they say of stored events.

    The second takes the keys found by the first, as the lists ``received_on``, ``source`` and ``api_key_id``.
    """
    between = f" AND received_on BETWEEN '{days.first}' AND '{days.last}'" if days else ""
    key, values = ", ".join(RECEIPT_KEY), (*RECEIPT_VALUES, "last_occurred_at")
    events = events_of(organization_id, condition=received_in(days) if days else "")
    sums = ", ".join((*(f"coalesce({name}, 0) AS {name}" for name in RECEIPT_VALUES), "last_occurred_at"))
    answered = " + ".join(f"r.{answer}" for answer in Answer if answer != Answer.STORED)
    locked = "unnest(%(received_on)s::date[], %(source)s::text[], %(api_key_id)s::bigint[])"
    return (
        _with_organization(
            f"SELECT {key} FROM receipt_daily WHERE organization_id = {{organization}} "
            f"AND source <> '{EventSource.CORRECTION}'{between} ORDER BY {key} FOR UPDATE",
            organization_id,
        ),
        _with_organization(
            f"UPDATE receipt_daily r SET {_set(values)}, received = s.stored + {answered} "
            f"FROM (SELECT {key}, {sums} FROM {locked} AS locked({key}) "
            f"LEFT JOIN ({receipt_sums(events)}) found USING ({key})) s "
            f"WHERE r.organization_id = {{organization}} AND {' AND '.join(f'r.{n} = s.{n}' for n in RECEIPT_KEY)} "
            f"AND ({_differ('r', values)} OR r.received <> s.stored + {answered})",
            organization_id,
        ),
    )
