"""What a file added to chats: from the sums that stand per chat, and from events only where these do not tell it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from heapq import nlargest, nsmallest
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from teams.permissions import Visible
from usage.identity import NIL
from usage.models import File

_FEW: Final = 3
"""Chats whose events are read because they began earliest, and because they ended last: likely to hold the first
use and the last. Where others may hold them, those are read too."""

# Of a chat that one member used in one department all is seen or nothing. Only events tell whose part of a shared
# chat is whose, which of them have no price yet, at which price tokens were cached, and all of use outside of chats.
_STANDING: Final = """
SELECT use.chat_id, coalesce(chat.external_id, ''), coalesce(chat.title, ''), use.uses, use.input_tokens,
    use.cache_read_input_tokens, use.contracted_cost, use.processing_cost,
    coalesce(chat.first_at, %(first_at)s), coalesce(chat.last_at, %(last_at)s),
    chat.id IS NULL OR chat.unpriced <> 0 OR use.cache_read_input_tokens <> 0
        OR (chat.is_shared AND NOT %(sees_all)s)
FROM usage_file_use use
LEFT JOIN usage_chat chat ON chat.organization_id = %(organization_id)s AND chat.id = use.chat_id
WHERE use.organization_id = %(organization_id)s AND use.file_id = %(file_id)s
    AND (%(sees_all)s OR use.chat_id = %(outside)s OR chat.is_shared OR chat.department_id = ANY(%(departments)s)
        OR chat.member_id = ANY(%(members)s))
"""
# Uses in the events that the asker may see; a correction is counted with what it corrects.
_EVENTS: Final = """
WITH uses AS MATERIALIZED (
    SELECT coalesce(e.corrects, e.id) AS original, coalesce(e.chat_id, %(outside)s) AS chat_id, e.occurred_at,
        e.contracted_price_id, e.rate_id, used.uses, used.tokens, used.cache_read_tokens,
        coalesce(used.cost, 0) AS cost, coalesce(used.processing_cost, 0) AS processing_cost, e.unpriced
    FROM usage_event e CROSS JOIN LATERAL jsonb_to_recordset(e.files) AS used(
        id uuid, uses bigint, tokens bigint, cache_read_tokens bigint, cost numeric, processing_cost numeric)
    WHERE e.organization_id = %(organization_id)s AND e.files IS NOT NULL AND used.id = %(file_id)s
        AND (e.chat_id = ANY(%(chats)s) OR (%(is_outside)s AND e.chat_id IS NULL
            AND e.occurred_at BETWEEN %(first_at)s AND %(last_at)s))
        AND (%(sees_all)s OR e.department_id = ANY(%(departments)s) OR e.member_id = ANY(%(members)s))
), first_use AS (
    SELECT min(occurred_at) AS at, sum(tokens)::bigint AS tokens, sum(cost) AS cost
    FROM uses GROUP BY original HAVING sum(uses) > 0 ORDER BY min(occurred_at), original LIMIT 1
)
SELECT by_chat.*, first_use.at, coalesce(first_use.tokens, 0), coalesce(first_use.cost, 0) FROM (
    SELECT chat_id, contracted_price_id, rate_id, sum(uses)::bigint, sum(tokens)::bigint,
        sum(cache_read_tokens)::bigint, sum(cost), sum(unpriced)::bigint, sum(processing_cost), min(occurred_at),
        max(occurred_at)
    FROM uses GROUP BY 1, 2, 3
) by_chat LEFT JOIN first_use ON true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInChat:
    """What a file added to one chat; ``conversation_id`` is empty for use outside of chats. Cost in US dollars.

    ``unpriced_events`` read or extracted it and have no price yet.
    """

    conversation_id: str
    conversation_title: str
    uses: int
    input_tokens: int
    cache_read_input_tokens: int
    contracted_cost: Decimal
    unpriced_events: int

    @property
    def is_left(self) -> bool:
        """Whether corrections left anything of it."""
        return any(
            (
                self.uses,
                self.input_tokens,
                self.cache_read_input_tokens,
                self.contracted_cost,
                self.unpriced_events,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUses:
    """All uses of a file that somebody may see; ``first_at`` and ``last_at`` are None where there are none.

    ``first_tokens`` and ``first_cost`` are what the first use added that was not taken back. ``cached`` are the
    tokens that came from the provider's cache, per price row and rate.
    """

    chats: tuple[FileInChat, ...]
    processing_cost: Decimal
    first_at: datetime | None
    last_at: datetime | None
    first_tokens: int
    first_cost: Decimal
    cached: tuple[tuple[int, int, int], ...]


class _Standing(NamedTuple):
    """The sums of a chat's uses, and when the chat began and ended: none of them was before or after that."""

    chat_id: UUID
    conversation_id: str
    conversation_title: str
    uses: int
    tokens: int
    cached: int
    cost: Decimal
    processing_cost: Decimal
    began_at: datetime
    ended_at: datetime
    needs_events: bool


class _Group(NamedTuple):
    """The events of a chat at one price; beside each what is known of the first use in any of them."""

    chat_id: UUID
    price_id: int
    rate_id: int
    uses: int
    tokens: int
    cached: int
    cost: Decimal
    unpriced: int
    processing_cost: Decimal
    first_at: datetime
    last_at: datetime
    first_use_at: datetime | None
    first_use_tokens: int
    first_use_cost: Decimal


def file_uses(file: File, *, visible: Visible) -> FileUses:
    """The uses of ``file`` that ``visible`` reaches. Two queries, or three; read them under one snapshot."""
    arguments = {
        "organization_id": file.organization_id,
        "file_id": file.id,
        "outside": NIL,
        "first_at": file.first_at,
        "last_at": file.last_at,
        "sees_all": visible.whole_organization,
        "departments": list(visible.department_ids),
        "members": list(visible.member_ids),
    }
    standing = [_Standing(*row) for row in _rows(_STANDING, arguments)]
    read = _read_first(standing)
    groups = _groups(read, arguments)
    if more := _doubtful([chat for chat in standing if chat.chat_id not in read], groups):
        read |= more
        groups = _groups(read, arguments)
    return FileUses(
        chats=tuple(chat for chat in _in_chats(standing, read, groups) if chat.is_left),
        processing_cost=sum(
            (chat.processing_cost for chat in standing if chat.chat_id not in read),
            sum((group.processing_cost for group in groups), Decimal(0)),
        ),
        first_at=min((group.first_at for group in groups), default=None),
        last_at=max((group.last_at for group in groups), default=None),
        first_tokens=groups[0].first_use_tokens if groups else 0,
        first_cost=groups[0].first_use_cost if groups else Decimal(0),
        cached=tuple((group.price_id, group.rate_id, group.cached) for group in groups if group.cached),
    )


def _rows(statement: str, arguments: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.fetchall()


def _read_first(standing: Iterable[_Standing]) -> set[UUID]:
    """The chats of which the sums do not tell all, and of the others a few that began earliest or ended last."""
    others = [chat for chat in standing if not chat.needs_events]
    earliest = nsmallest(_FEW, others, key=lambda chat: chat.began_at)
    latest = nlargest(_FEW, others, key=lambda chat: chat.ended_at)
    return {chat.chat_id for chat in (*earliest, *latest)} | {
        chat.chat_id for chat in standing if chat.needs_events
    }


def _groups(read: Set[UUID], arguments: Mapping[str, Any]) -> list[_Group]:
    chats = {"chats": list(read - {NIL}), "is_outside": NIL in read}
    return [_Group(*row) for row in _rows(_EVENTS, {**arguments, **chats})]


def _doubtful(unread: Iterable[_Standing], groups: Sequence[_Group]) -> set[UUID]:
    """The chats that may hold the first use, or an event before or after all that were found."""
    if not groups:
        return {chat.chat_id for chat in unread}
    first_at, last_at = min(group.first_at for group in groups), max(group.last_at for group in groups)
    first_use_at = groups[0].first_use_at
    return {
        chat.chat_id
        for chat in unread
        if chat.began_at < first_at
        or chat.ended_at > last_at
        or (chat.uses > 0 and (first_use_at is None or chat.began_at <= first_use_at))
    }


def _in_chats(
    standing: Iterable[_Standing], read: Set[UUID], groups: Iterable[_Group]
) -> Iterator[FileInChat]:
    by_chat: dict[UUID, list[_Group]] = {}
    for group in groups:
        by_chat.setdefault(group.chat_id, []).append(group)
    for chat in standing:
        # Whatever has no price yet was read from events.
        parts: Sequence[_Standing | _Group] = (
            by_chat.get(chat.chat_id, ()) if chat.chat_id in read else (chat,)
        )
        yield FileInChat(
            conversation_id=chat.conversation_id,
            conversation_title=chat.conversation_title,
            uses=sum(part.uses for part in parts),
            input_tokens=sum(part.tokens for part in parts),
            cache_read_input_tokens=sum(part.cached for part in parts),
            contracted_cost=sum((part.cost for part in parts), Decimal(0)),
            unpriced_events=sum(group.unpriced for group in by_chat.get(chat.chat_id, ())),
        )
