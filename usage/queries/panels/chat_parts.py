"""Chats as far as somebody may see them and a filter lets them through: summed up from the events themselves.

The row of a chat holds all of it, whoever used it. Who sees a part of it, or asks for one, is told that part's figures
and no others, not in the order of the list either. The people whose events are meant are found first, in the rollup
by day, so that their events of those days can be read by an index.
"""

from datetime import timedelta
from typing import Any, Final

from django.db import connection

from usage.panels.chats import CONSUMED, ChatOrder
from usage.panels.paging import Turn
from usage.panels.vocabulary import Dimension
from usage.periods import month_of
from usage.progress import Days
from usage.queries.panels.reader import PanelReader

_LOOSE: Final = timedelta(days=2)
"""No local day is farther from its UTC day."""

_SEEN: Final = (
    "(%(sees_all)s OR e.department_id = ANY(%(departments)s) OR e.member_id = ANY(%(members)s)) "
    "AND (%(any_member)s OR e.member_id = ANY(%(chosen_members)s)) "
    "AND (%(any_department)s OR e.department_id = ANY(%(chosen_departments)s))"
)
_SUMS: Final = ", ".join(
    (
        *(f"sum(e.{name})::bigint AS {name}" for name in CONSUMED),
        "coalesce(sum(e.contracted_cost), 0) AS contracted_cost",
        "sum(e.unpriced)::bigint AS unpriced",
        "count(DISTINCT e.message_id) AS messages",
        "min(e.occurred_at) AS first_at",
        "max(e.occurred_at) AS last_at",
    )
)
_KEYS: Final = {
    ChatOrder.COST: "contracted_cost",
    ChatOrder.TOKENS: "input_tokens + output_tokens",
    ChatOrder.LAST: "last_at",
}
_LEFT: Final = (
    "(calls <> 0 OR input_tokens <> 0 OR output_tokens <> 0 OR contracted_cost <> 0 OR unpriced <> 0)"
)
# Of most chats all is seen and all lies in the days shown: then what was read there is the whole part already, for
# it is no more than the part, and the part is no more than the chat. Only the others are read a second time.
_CHATS: Final = """
WITH used AS MATERIALIZED (
    SELECT e.chat_id, {sums} FROM usage_event e
    WHERE e.organization_id = %(organization_id)s AND e.chat_id IS NOT NULL
        AND e.period BETWEEN %(first_month)s AND %(last_month)s
        AND e.local_date BETWEEN %(first_day)s AND %(last_day)s
        AND e.occurred_at BETWEEN %(from)s AND %(to)s AND e.member_id = ANY(%(users)s) AND {seen}
    GROUP BY e.chat_id
), named AS (
    SELECT c.id, c.external_id, c.title, ({whole}) AS is_whole, c.first_at AS begins_at, c.last_at AS ends_at, {used}
    FROM used u JOIN usage_chat c ON c.organization_id = %(organization_id)s AND c.id = u.chat_id
    WHERE %(search)s = '' OR c.title ILIKE %(like)s OR c.external_id ILIKE %(like)s
), parts AS (
    SELECT id, external_id, title, {columns} FROM named WHERE is_whole
    UNION ALL
    SELECT n.id, n.external_id, n.title, part.* FROM named n CROSS JOIN LATERAL (
        SELECT {sums} FROM usage_event e
        WHERE e.organization_id = %(organization_id)s AND e.chat_id = n.id
            AND e.period BETWEEN date_trunc('month', (n.begins_at - interval '2 days') AT TIME ZONE 'UTC')::date
                AND (n.ends_at + interval '2 days')::date AND {seen}
    ) part WHERE NOT n.is_whole
)
SELECT *, {key} AS key FROM parts WHERE {left} {beyond} ORDER BY key {way}, id {way} LIMIT %(count)s
"""
_COLUMNS: Final = (*CONSUMED, "contracted_cost", "unpriced", "messages", "first_at", "last_at")
_SQL: Final = {
    "sums": _SUMS,
    "seen": _SEEN,
    "left": _LEFT,
    "columns": ", ".join(_COLUMNS),
    "used": ", ".join(f"u.{name}" for name in _COLUMNS),
    "whole": " AND ".join(f"u.{name} = c.{name}" for name in _COLUMNS if name != "messages"),
}


def chat_parts(
    reader: PanelReader, days: Days, *, order: ChatOrder, search: str, turn: Turn
) -> list[dict[str, Any]]:
    """Up to one more row than ``turn`` asks for of the chats with usage in ``days`` that ``reader`` sees."""
    key = _KEYS[order]
    beyond = f"AND ({key}, id) {'>' if turn.is_back else '<'} (%(key)s, %(id)s)" if turn.position else ""
    way = "ASC" if turn.is_back else "DESC"
    statement = _CHATS.format(**_SQL, key=key, beyond=beyond, way=way)
    arguments = (
        seen_arguments(reader)
        | _span(days)
        | {
            "users": sorted(_users(reader, days)),
            "search": search,
            "like": like(search),
            "count": turn.limit + 1,
        }
    )
    if turn.position:
        arguments |= {"key": turn.position.value, "id": turn.position.id}
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def seen_arguments(reader: PanelReader) -> dict[str, Any]:
    """Whose organization is read, and what of it the viewer's rights and the filter let through."""
    visible, chosen = reader.visible, reader.chosen
    return {
        "organization_id": reader.organization_id,
        "sees_all": visible.whole_organization,
        "departments": sorted(visible.department_ids),
        "members": sorted(visible.member_ids),
        "any_member": Dimension.MEMBER not in chosen,
        "chosen_members": sorted(chosen.get(Dimension.MEMBER, ())),
        "any_department": Dimension.DEPARTMENT not in chosen,
        "chosen_departments": sorted(chosen.get(Dimension.DEPARTMENT, ())),
    }


def like(text: str) -> str:
    """A pattern for text that contains ``text``, whatever signs it holds."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _span(days: Days) -> dict[str, Any]:
    return {
        "first_month": month_of(days.first),
        "last_month": month_of(days.last),
        "first_day": days.first,
        "last_day": days.last,
        "from": days.first - _LOOSE,
        "to": days.last + _LOOSE,
    }


def _users(reader: PanelReader, days: Days) -> set[int]:
    """The members, and 0 for none, whose events can be meant."""
    if Dimension.MEMBER in reader.chosen:
        return set(reader.chosen[Dimension.MEMBER])
    if not (reader.visible.whole_organization or reader.visible.department_ids):
        return set(reader.visible.member_ids)
    rows = reader.daily_rows().filter(local_date__range=days)
    return set(rows.order_by().values_list("member_id", flat=True).distinct())
