"""The chats that a list shows, in its order: whole ones, or what of them somebody may see.

Most chats are of one member and department. Whoever sees these sees the whole chat, whose own row is the answer; of
chats that are shared the parts are summed up from their events (``chat_parts``). Chats that were left alone stand in
indexes, by the weeks of their last events in the order of cost or tokens, so that few are looked at however many there
are; the others are few. What is not seen shows in no figure, order or count.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import connection

from usage.panels.chats import ChatOrder
from usage.panels.paging import Turn
from usage.panels.vocabulary import Dimension
from usage.progress import Days
from usage.queries.panels.chat_days import chats_astride, messages_of_whole
from usage.queries.panels.chat_parts import FIGURES, like, seen_arguments, shared_parts, span_arguments
from usage.queries.panels.reader import PanelReader

_KEYS: Final = {
    ChatOrder.COST: "{row}.contracted_cost",
    ChatOrder.TOKENS: "({row}.input_tokens + {row}.output_tokens)",
    ChatOrder.LAST: "{row}.last_at",
}
_WEEK: Final = "date_bin('7 days', {instant}, '2001-01-01 00:00:00+00')"
# What was taken back altogether is as if it had never been.
_LEFT: Final = (
    "({row}.calls <> 0 OR {row}.input_tokens <> 0 OR {row}.output_tokens <> 0 OR {row}.contracted_cost <> 0 "
    "OR {row}.unpriced <> 0)"
)
# As the index has it that finds them. A word that is searched for has no line feed.
_FOUND: Final = "(c.title || E'\\n' || c.external_id) ILIKE %(like)s"
# For who looks at chats in an order that this index does not have, and for words that are too short for it.
_FOUND_IN_ORDER: Final = "(c.title ILIKE %(like)s OR c.external_id ILIKE %(like)s)"
_LONG_ENOUGH: Final = re.compile(r"\w{3}")
_OFTEN: Final = 0.1
"""A word is often found if so many of the first ``_LOOKED_AT`` chats of each week have it. Then each week has enough of
them among its first; others are looked up in the index, and put in order."""
_LOOKED_AT: Final = 10
_ENDED: Final = "c.last_at >= %(start)s AND c.last_at < %(end)s"
_OF_WEEK: Final = ("c.is_quiet", f"{_WEEK.format(instant='c.last_at')} = week", _ENDED)
_ASTRIDE: Final = "c.id = ANY(%(astride)s)"
_SOME: Final = """SELECT c.id, {key} AS key{beside} FROM usage_chat c
    WHERE c.organization_id = %(organization_id)s AND {conditions} ORDER BY key {way}, id {way} LIMIT {count}"""
_BY_WEEK: Final = """SELECT best.* FROM generate_series({first}, %(end)s::timestamptz, '168 hours') week
    CROSS JOIN LATERAL ({some}) best WHERE {conditions}"""
_SEEN: Final = (
    "NOT c.is_shared AND (%(sees_all)s OR c.department_id = ANY(%(departments)s) OR c.member_id = ANY(%(members)s)) "
    "AND (%(any_member)s OR c.member_id = ANY(%(chosen_members)s)) "
    "AND (%(any_department)s OR c.department_id = ANY(%(chosen_departments)s))"
)
_LED: Final = "c.department_id = ANY(%(departments)s)"
_NOT_LED: Final = "c.department_id <> ALL(%(departments)s)"
_OWN: Final = "c.member_id = ANY(%(members)s)"
_CHOSEN: Final = {
    Dimension.MEMBER: "c.member_id = ANY(%(chosen_members)s)",
    Dimension.DEPARTMENT: "c.department_id = ANY(%(chosen_departments)s)",
}
_OFTEN_FOUND: Final = """often AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE is_found) > %(often)s * count(*) AS is_found FROM ({looked_at}) looked_at
), """
_IS_OFTEN: Final = "(SELECT is_found FROM often)"
_WHOLE_ROWS: Final = """
WITH {beside}found AS ({chats} ORDER BY key {way}, id {way} LIMIT %(count)s)
SELECT c.*, found.key FROM found
    JOIN usage_chat c ON c.organization_id = %(organization_id)s AND c.id = found.id
ORDER BY found.key {way}, found.id {way}
"""
_PART_ROWS: Final = """
WITH {parts}, found AS (
    {chats} UNION ALL SELECT p.id, {part_key} AS key FROM part p
        JOIN usage_chat c ON c.organization_id = %(organization_id)s AND c.id = p.id WHERE {part_conditions}
    ORDER BY key {way}, id {way} LIMIT %(count)s
)
SELECT found.id, found.key, c.external_id, c.title, p.id IS NOT NULL AS is_part,
    c.member_id, c.model_id, c.is_shared,
    coalesce(p.messages, c.messages) AS messages, {figures}
FROM found JOIN usage_chat c ON c.organization_id = %(organization_id)s AND c.id = found.id
    LEFT JOIN part p ON p.id = found.id
ORDER BY found.key {way}, found.id {way}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedChats:
    """Which chats are listed, and how: with usage in ``days``, which are from ``start`` to before ``end``."""

    days: Days
    start: datetime
    end: datetime
    order: ChatOrder
    search: str
    turn: Turn

    @property
    def way(self) -> str:
        return "ASC" if self.turn.is_back else "DESC"

    def key(self, row: str = "c") -> str:
        """SQL of what a row is sorted by."""
        return _KEYS[self.order].format(row=row)

    def conditions(self, row: str = "c") -> str:
        """SQL: there is something left of it, and it stands on the page that is asked for or behind."""
        left = _LEFT.format(row=row)
        if self.turn.position is None:
            return left
        sign = ">" if self.turn.is_back else "<"
        return f"{left} AND ({self.key(row)}, {row}.id) {sign} (%(key)s, %(id)s)"


def whole_chats(organization_id: int, asked: ListedChats) -> list[dict[str, Any]]:
    """Up to one more row of ``usage_chat`` than the turn asks for, with its ``key``."""
    beside, quiet = _quiet(asked)
    chats = (*quiet, _first(asked, "NOT c.is_quiet", _ENDED), _first(asked, _ASTRIDE))
    statement = _WHOLE_ROWS.format(beside=beside, chats=_together(chats), way=asked.way)
    return _rows(statement, _arguments(organization_id, asked))


def _quiet(asked: ListedChats) -> tuple[str, list[str]]:
    """SELECT the first of all quiet chats; and a CTE that these need, if any."""
    if asked.order is ChatOrder.LAST:
        return "", [_first(asked, "c.is_quiet", _ENDED)]
    if not asked.search:
        return "", [_first_of_weeks(asked)]
    some = _first(
        replace(asked, search=""), *_OF_WEEK, beside=f", {_FOUND_IN_ORDER} AS is_found", count=_LOOKED_AT
    )
    rare = _first(asked, f"NOT {_IS_OFTEN}", "c.is_quiet", _ENDED)
    return _OFTEN_FOUND.format(looked_at=_of_weeks(some)), [rare, _first_of_weeks(asked, _IS_OFTEN)]


def seen_chats(reader: PanelReader, asked: ListedChats) -> list[dict[str, Any]]:
    """The same of what ``reader`` sees of chats, with the columns of a chat that lists show."""
    paths = [[_SEEN]] if asked.search else _paths(reader)
    quiet = [_first(asked, "c.is_quiet", "NOT c.is_shared", *path, _ENDED) for path in paths]
    others = [_first(asked, _SEEN, which) for which in (f"NOT c.is_quiet AND {_ENDED}", _ASTRIDE)]
    parts, own = shared_parts(reader, asked.days, start=asked.start, end=asked.end)
    statement = _PART_ROWS.format(
        parts=parts,
        chats=_together([*quiet, *others]),
        part_key=asked.key("p"),
        part_conditions=asked.conditions("p") + (f" AND {_FOUND}" if asked.search else ""),
        figures=", ".join(f"coalesce(p.{name}, c.{name}) AS {name}" for name in FIGURES),
        way=asked.way,
    )
    found = _rows(statement, _arguments(reader.organization_id, asked) | seen_arguments(reader) | own)
    messages = messages_of_whole(reader.organization_id, (row for row in found if not row["is_part"]))
    return [row | {"messages": messages.get(row["id"], row["messages"])} for row in found]


def _arguments(organization_id: int, asked: ListedChats) -> dict[str, Any]:
    position = asked.turn.position
    span = span_arguments(organization_id, asked.days, start=asked.start, end=asked.end)
    return span | {
        "astride": chats_astride(span),
        "like": like(asked.search),
        "often": _OFTEN,
        "count": asked.turn.limit + 1,
        "key": position.value if position else None,
        "id": position.id if position else None,
    }


def _first(
    asked: ListedChats,
    *conditions: str,
    found: str = _FOUND,
    beside: str = "",
    count: int | str = "%(count)s",
) -> str:
    """SELECT the first chats under some conditions, (id, key), and what else of them stands in ``beside``."""
    if not _LONG_ENOUGH.search(asked.search):
        found = _FOUND_IN_ORDER
    every = [asked.conditions(), *conditions, *([found] if asked.search else [])]
    return _SOME.format(
        key=asked.key(), beside=beside, way=asked.way, conditions=" AND ".join(every), count=count
    )


def _first_of_weeks(asked: ListedChats, *conditions: str) -> str:
    """SELECT the first of the quiet chats that ended in each week of the days, under conditions on all of them."""
    return _of_weeks(_first(asked, *_OF_WEEK, found=_FOUND_IN_ORDER), *conditions)


def _of_weeks(some: str, *conditions: str) -> str:
    """SELECT ``some`` of each ``week`` of the days."""
    first = _WEEK.format(instant="%(start)s::timestamptz")
    return _BY_WEEK.format(first=first, some=some, conditions=" AND ".join(conditions) or "true")


def _paths(reader: PanelReader) -> list[list[str]]:
    """Conditions that let through the chats of one user that are seen and meant, none of them twice: ``_SEEN`` told in
    ways that indexes answer alone, which an OR keeps them from."""
    meant = [condition for by, condition in _CHOSEN.items() if by in reader.chosen]
    visible = reader.visible
    if visible.whole_organization:
        return [meant]
    elsewhere = [_OWN, _NOT_LED] if visible.department_ids else [_OWN]
    paths = [[_LED, *meant]] if visible.department_ids else []
    return [*paths, [*elsewhere, *meant]]


def _together(chats: Iterable[str]) -> str:
    return " UNION ALL ".join(f"({some})" for some in chats)


def _rows(statement: str, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
