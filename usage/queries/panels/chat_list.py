"""The chats that a list shows, in its order: whole ones, or what of them somebody may see.

Most chats are of one member and department. Whoever sees these sees the whole chat, whose own row is the answer; of
chats that are shared the parts are summed up from their events (``chat_parts``). Chats that were left alone stand in
indexes, by the weeks of their last events in the order of cost or tokens, so that few are looked at however many there
are; the others are few. What is not seen shows in no figure, order or count.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import connection

from usage.panels.search_words import parts_of
from usage.panels.vocabulary import Dimension
from usage.queries.panels.chat_days import chats_astride, messages_of_whole
from usage.queries.panels.chat_parts import FIGURES, like, seen_arguments, shared_parts, span_arguments
from usage.queries.panels.quiet_chats import (
    ENDED,
    FOUND,
    MOST_LOOKED_AT,
    NOT_SHARED,
    ListedChats,
    QuietChats,
    first_chats,
    quiet_chats,
    quiet_chats_of_departments,
    quiet_chats_of_members,
)
from usage.queries.panels.reader import PanelReader

_ASTRIDE: Final = "c.id = ANY(%(astride)s)"
_SEEN: Final = (
    f"{NOT_SHARED} AND (%(sees_all)s OR c.department_id = ANY(%(departments)s) OR c.member_id = ANY(%(members)s)) "
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
_WHOLE_ROWS: Final = """
WITH {beside}found AS ({chats} ORDER BY key {way}, id {way} LIMIT %(count)s)
SELECT c.*, found.key FROM found
    JOIN usage_chat c ON c.organization_id = %(organization_id)s AND c.id = found.id
ORDER BY found.key {way}, found.id {way}
"""
_PART_ROWS: Final = """
WITH {beside}{parts}, found AS (
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


def whole_chats(organization_id: int, asked: ListedChats) -> list[dict[str, Any]]:
    """Up to one more row of ``usage_chat`` than the turn asks for, with its ``key``."""
    quiet = quiet_chats(asked)
    others = (first_chats(asked, "NOT c.is_quiet", ENDED), first_chats(asked, _ASTRIDE))
    statement = _WHOLE_ROWS.format(
        beside=_read_with(quiet), chats=_together((*quiet.selects, *others)), way=asked.way
    )
    return _rows(statement, _arguments(organization_id, asked))


def seen_chats(reader: PanelReader, asked: ListedChats) -> list[dict[str, Any]]:
    """The same of what ``reader`` sees of chats, with the columns of a chat that lists show."""
    quiet = _quiet_seen(reader, asked)
    others = [first_chats(asked, _SEEN, which) for which in (f"NOT c.is_quiet AND {ENDED}", _ASTRIDE)]
    parts, own = shared_parts(reader, asked.days, start=asked.start, end=asked.end)
    statement = _PART_ROWS.format(
        beside=_read_with(quiet),
        parts=parts,
        chats=_together((*quiet.selects, *others)),
        part_key=asked.key("p"),
        part_conditions=asked.conditions("p") + (f" AND {FOUND}" if asked.search else ""),
        figures=", ".join(f"coalesce(p.{name}, c.{name}) AS {name}" for name in FIGURES),
        way=asked.way,
    )
    found = _rows(statement, _arguments(reader.organization_id, asked) | seen_arguments(reader) | own)
    messages = messages_of_whole(reader.organization_id, (row for row in found if not row["is_part"]))
    return [row | {"messages": messages.get(row["id"], row["messages"])} for row in found]


def _quiet_seen(reader: PanelReader, asked: ListedChats) -> QuietChats:
    """Quiet chats of one user that are seen and meant, none of them twice: ``_SEEN`` told in ways that indexes answer
    alone, which an OR keeps them from."""
    meant = tuple(condition for by, condition in _CHOSEN.items() if by in reader.chosen)
    visible, chosen = reader.visible, reader.chosen
    is_of_members = Dimension.MEMBER in chosen
    if visible.whole_organization:
        if is_of_members:
            return quiet_chats_of_members(asked, meant)
        departments = chosen[Dimension.DEPARTMENT]
        return quiet_chats_of_departments(asked, (), named="chosen_departments", count=len(departments))
    if not visible.department_ids:
        return quiet_chats_of_members(asked, (_OWN, *meant))
    if is_of_members:
        led = quiet_chats_of_members(asked, (_LED, *meant))
    else:
        count = len(visible.department_ids)
        led = quiet_chats_of_departments(asked, meant, named="departments", count=count)
    elsewhere = quiet_chats_of_members(asked, (_OWN, _NOT_LED, *meant))
    return QuietChats((*led.selects, *elsewhere.selects), (*led.beside, *elsewhere.beside))


def _read_with(quiet: QuietChats) -> str:
    return "".join(f"{part}, " for part in quiet.beside)


def _arguments(organization_id: int, asked: ListedChats) -> dict[str, Any]:
    position = asked.turn.position
    span = span_arguments(organization_id, asked.days, start=asked.start, end=asked.end)
    return span | {
        "astride": chats_astride(span),
        "like": like(asked.search),
        "parts": [like(part) for part in parts_of(asked.search)],
        "most_looked_at": MOST_LOOKED_AT,
        "count": asked.count,
        "key": position.value if position else None,
        "id": position.id if position else None,
    }


def _together(chats: Iterable[str]) -> str:
    return " UNION ALL ".join(f"({some})" for some in chats)


def _rows(statement: str, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
