"""One file in detail: what it took to read it, which chats read it again, and what that added."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from teams.permissions import Visible
from usage.enums import ChargeKind
from usage.identity import NIL, derived_id
from usage.models import Chat, File, FileUse
from usage.pricing import KINDS, SCALE
from usage.queries.unit_prices import rows_at_rates

LISTED_CHATS: Final = 50
_OUTSIDE: Final = ("", "")
_FIRST: Final = 2
"""Columns about the first use, at the end of each row."""
_INPUT: Final = KINDS.index(ChargeKind.INPUT)
_CACHE_READ: Final = KINDS.index(ChargeKind.CACHE_READ)

# Uses of the file in the events that the asker may see; a correction is counted with what it corrects.
_USES: Final = """
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
)
"""
_BY_CHAT: Final = (
    _USES
    + """, first_use AS (
    SELECT sum(tokens)::bigint AS tokens, sum(cost) AS cost FROM uses GROUP BY original HAVING sum(uses) > 0
    ORDER BY min(occurred_at), original LIMIT 1
)
SELECT by_chat.*, coalesce(first_use.tokens, 0), coalesce(first_use.cost, 0) FROM (
    SELECT chat_id, contracted_price_id, rate_id, sum(uses)::bigint, sum(tokens)::bigint,
        sum(cache_read_tokens)::bigint, sum(cost), sum(unpriced)::bigint, sum(processing_cost), min(occurred_at),
        max(occurred_at)
    FROM uses GROUP BY 1, 2, 3
) by_chat LEFT JOIN first_use ON true
"""
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDetail:
    """A file as far as the asker may see its use; corrections are counted against what they correct.

    ``reused_tokens`` and ``reused_cost`` are what every use after the first added. ``cache_read_input_tokens`` came
    from the provider's cache; as ordinary input, at the prices of their events, they would have cost
    ``uncached_cost``, which is ``saved_by_caching`` more than they did. Money in US dollars; usage without a price
    adds none. ``chats`` are the first fifty, those with the most tokens first.
    """

    file_id: str
    name: str
    size_bytes: int
    extracted_tokens: int
    first_at: datetime
    last_at: datetime
    processing_cost: Decimal
    uses: int
    chat_count: int
    input_tokens: int
    contracted_cost: Decimal
    reused_tokens: int
    reused_cost: Decimal
    cache_read_input_tokens: int
    uncached_cost: Decimal
    saved_by_caching: Decimal
    unpriced_events: int
    chats: tuple[FileInChat, ...]


def file_detail(organization_id: int, file_id: str, *, visible: Visible) -> FileDetail | None:
    """A file by its client's id or its id in the ledger; None when there is none, or no use of it is visible."""
    file = _find(organization_id, file_id)
    if file is None:
        return None
    arguments = _arguments(file, visible)
    with connection.cursor() as cursor:
        cursor.execute(_BY_CHAT, arguments)
        found = cursor.fetchall()
    rows = [row[:-_FIRST] for row in found]
    first_tokens, first_cost = found[0][-_FIRST:] if found else (0, Decimal(0))
    if not rows and not visible.whole_organization:
        return None
    chats = _chats(organization_id, rows)
    tokens = sum(chat.input_tokens for chat in chats)
    cost = sum((chat.contracted_cost for chat in chats), Decimal(0))
    uncached, saved = _uncached((row[1], row[2], row[5]) for row in rows)
    return FileDetail(
        file_id=file.external_id,
        name=file.name,
        size_bytes=file.size_bytes,
        extracted_tokens=file.extracted_tokens,
        # Of the uses that the asker may see: when others read it is none of their business.
        first_at=min((row[9] for row in rows), default=file.first_at),
        last_at=max((row[10] for row in rows), default=file.last_at),
        processing_cost=sum((row[8] for row in rows), Decimal(0)),
        uses=sum(chat.uses for chat in chats),
        chat_count=sum(bool(chat.conversation_id) for chat in chats),
        input_tokens=tokens,
        contracted_cost=cost,
        reused_tokens=tokens - first_tokens,
        reused_cost=cost - first_cost,
        cache_read_input_tokens=sum(chat.cache_read_input_tokens for chat in chats),
        uncached_cost=uncached,
        saved_by_caching=saved,
        unpriced_events=sum(row[7] for row in rows),
        chats=chats[:LISTED_CHATS],
    )


def _find(organization_id: int, file_id: str) -> File | None:
    wanted = [UUID(derived_id(organization_id, "file", file_id))]
    try:
        wanted.append(UUID(file_id))
    except ValueError:
        pass
    found = {file.id: file for file in File.objects.filter(organization_id=organization_id, id__in=wanted)}
    return next((found[id_] for id_ in wanted if id_ in found), None)


def _arguments(file: File, visible: Visible) -> dict[str, Any]:
    uses = FileUse.objects.filter(organization_id=file.organization_id, file_id=file.id)
    chats = set(uses.values_list("chat_id", flat=True))
    read_in = chats - {NIL}
    if not visible.whole_organization:
        # Nothing is seen of a chat that is another's alone.
        seen = Q(department_id__in=visible.department_ids) | Q(member_id__in=visible.member_ids)
        named = Chat.objects.filter(
            Q(is_shared=True) | seen, organization_id=file.organization_id, id__in=read_in
        )
        read_in = set(named.values_list("id", flat=True))
    return {
        "organization_id": file.organization_id,
        "file_id": file.id,
        "chats": list(read_in),
        "is_outside": NIL in chats,
        "outside": NIL,
        "first_at": file.first_at,
        "last_at": file.last_at,
        "sees_all": visible.whole_organization,
        "departments": list(visible.department_ids),
        "members": list(visible.member_ids),
    }


def _chats(organization_id: int, rows: Iterable[tuple[Any, ...]]) -> tuple[FileInChat, ...]:
    """Chats in which something of the file's use is left."""
    sums: dict[UUID, list[Any]] = {}
    for chat_id, _price_id, _rate_id, *measures, _processing, _first_at, _last_at in rows:
        standing = sums.setdefault(chat_id, [0, 0, 0, Decimal(0), 0])
        sums[chat_id] = [one + other for one, other in zip(standing, measures, strict=True)]
    used = {chat_id: measures for chat_id, measures in sums.items() if any(measures)}
    named = Chat.objects.filter(organization_id=organization_id, id__in=used)
    names = {
        id_: (external_id, title)
        for id_, external_id, title in named.values_list("id", "external_id", "title")
    }
    chats = [
        FileInChat(
            conversation_id=names.get(chat_id, _OUTSIDE)[0],
            conversation_title=names.get(chat_id, _OUTSIDE)[1],
            uses=uses,
            input_tokens=tokens,
            cache_read_input_tokens=cached,
            contracted_cost=cost,
            unpriced_events=unpriced,
        )
        for chat_id, (uses, tokens, cached, cost, unpriced) in used.items()
    ]
    return tuple(sorted(chats, key=lambda chat: (-chat.input_tokens, chat.conversation_id)))


def _uncached(cached: Iterable[tuple[int, int, int]]) -> tuple[Decimal, Decimal]:
    """Cached tokens at what input costs, and how much more that is than they cost, per price row and rate."""
    tokens = list(cached)
    prices = {
        (row.id, row.rate_id): row.unit_prices
        for row in rows_at_rates({(price_id, rate_id) for price_id, rate_id, _count in tokens})
    }
    uncached = saved = 0
    for price_id, rate_id, count in tokens:
        unit_prices = prices.get((price_id, rate_id))
        full, reduced = (unit_prices[_INPUT], unit_prices[_CACHE_READ]) if unit_prices else (None, None)
        if full is not None and reduced is not None:
            uncached += count * full
            saved += count * (full - reduced)
    return Decimal(uncached) / SCALE, Decimal(saved) / SCALE
