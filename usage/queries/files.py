"""One file in detail: what it took to read it, which chats read it again, and what that added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from teams.permissions import Visible
from usage.enums import ChargeKind
from usage.identity import derived_id
from usage.models import File
from usage.pricing import KINDS, SCALE
from usage.queries.file_uses import FileInChat, file_uses
from usage.queries.snapshot import one_snapshot
from usage.queries.unit_prices import rows_at_rates

LISTED_CHATS: Final = 50
_INPUT: Final = KINDS.index(ChargeKind.INPUT)
_CACHE_READ: Final = KINDS.index(ChargeKind.CACHE_READ)


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
    with one_snapshot():
        uses = file_uses(file, visible=visible)
    if uses.first_at is None and not visible.whole_organization:
        return None
    chats = sorted(uses.chats, key=lambda chat: (-chat.input_tokens, chat.conversation_id))
    tokens = sum(chat.input_tokens for chat in chats)
    cost = sum((chat.contracted_cost for chat in chats), Decimal(0))
    uncached, saved = _uncached(uses.cached)
    return FileDetail(
        file_id=file.external_id,
        name=file.name,
        size_bytes=file.size_bytes,
        extracted_tokens=file.extracted_tokens,
        # Of the uses that the asker may see: when others read it is none of their business.
        first_at=uses.first_at or file.first_at,
        last_at=uses.last_at or file.last_at,
        processing_cost=uses.processing_cost,
        uses=sum(chat.uses for chat in chats),
        chat_count=sum(bool(chat.conversation_id) for chat in chats),
        input_tokens=tokens,
        contracted_cost=cost,
        reused_tokens=tokens - uses.first_tokens,
        reused_cost=cost - uses.first_cost,
        cache_read_input_tokens=sum(chat.cache_read_input_tokens for chat in chats),
        uncached_cost=uncached,
        saved_by_caching=saved,
        unpriced_events=sum(chat.unpriced_events for chat in chats),
        chats=tuple(chats[:LISTED_CHATS]),
    )


def _find(organization_id: int, file_id: str) -> File | None:
    wanted = [UUID(derived_id(organization_id, "file", file_id))]
    try:
        wanted.append(UUID(file_id))
    except ValueError:
        pass
    found = {file.id: file for file in File.objects.filter(organization_id=organization_id, id__in=wanted)}
    return next((found[id_] for id_ in wanted if id_ in found), None)


def _uncached(tokens: Sequence[tuple[int, int, int]]) -> tuple[Decimal, Decimal]:
    """Cached tokens at what input costs, and how much more that is than they cost, per price row and rate."""
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
