"""A file in detail over random ledgers: for everybody what all events that they may see say, read one by one."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from teams.models import Organization
from teams.permissions import Visible, usage_scope
from tests.usage.corrections.voids import void
from tests.usage.fuzz.effort import whole_ledgers
from tests.usage.ledger.ledgers import check
from tests.usage.panels.test_chat_lists import ZONES, askers, ledger_of, sent_in_chats
from usage.enums import ChargeKind
from usage.events import Event
from usage.models import Chat, File, UsageEvent
from usage.pricing import KINDS, SCALE
from usage.queries import file_uses
from usage.queries.files import file_detail
from usage.queries.unit_prices import rows_at_rates

pytestmark = pytest.mark.django_db

INPUT, CACHE_READ = KINDS.index(ChargeKind.INPUT), KINDS.index(ChargeKind.CACHE_READ)
FACTS: Final = ("file_id", "name", "size_bytes", "extracted_tokens")
"""What a detail tells of the file itself."""


@dataclass(frozen=True)
class Use:
    """What one row of the ledger says of the file."""

    original: UUID
    conversation_id: str
    at: datetime
    price: tuple[int, int]
    unpriced: int
    uses: int
    tokens: int
    cached: int
    cost: Decimal
    processing_cost: Decimal


@st.composite
def reads(draw: st.DrawFn) -> Event:
    """An event as in the lists, of which most are plain: priced, and nothing came from a cache."""
    sent = draw(sent_in_chats())
    if draw(st.integers(0, 9)) < 2:
        return sent
    files = [replace(file, cache_read_tokens=0) for file in sent.files or ()]
    return replace(sent, cache_read_input_tokens=0, response_model="changing", files=files)


@whole_ledgers(12)
@given(
    sent=st.lists(reads(), min_size=20, max_size=70), zone=st.sampled_from(ZONES), seed=st.integers(0, 2**32)
)
def test_details_are_what_all_events_say(sent: list[Event], zone: str, seed: int) -> None:
    chance = random.Random(seed)
    organization = ledger_of(sent, zone=zone, chance=chance)
    for voided in range(3):
        for file in File.objects.filter(organization=organization):
            for asker in askers(organization):
                visible = usage_scope(asker.access)
                for few in (0, 1, 3):
                    with pytest.MonkeyPatch.context() as patch:
                        patch.setattr(file_uses, "_FEW", few)
                        found = file_detail(organization.pk, file.external_id, visible=visible)
                    told = found and {name: what for name, what in asdict(found).items() if name not in FACTS}
                    assert told == expected(file, visible), (few, voided, asker)
            if chance.random() < 0.7:
                void_first_use(file)
    assert check(organization).is_clean


def uses_of(file: File, visible: Visible) -> list[Use]:
    names = dict(Chat.objects.filter(organization=file.organization_id).values_list("id", "external_id"))
    return [
        Use(
            original=event.corrects or event.id,
            conversation_id=names[event.chat_id] if event.chat_id else "",
            at=event.occurred_at,
            price=(event.contracted_price_id, event.rate_id),
            unpriced=event.unpriced,
            uses=used["uses"],
            tokens=used["tokens"],
            cached=used["cache_read_tokens"],
            cost=Decimal(used.get("cost") or 0),
            processing_cost=Decimal(used.get("processing_cost") or 0),
        )
        for event in UsageEvent.objects.filter(organization=file.organization_id, files__isnull=False)
        if visible.whole_organization
        or event.department_id in visible.department_ids
        or event.member_id in visible.member_ids
        for used in event.files
        if UUID(used["id"]) == file.id
    ]


def expected(file: File, visible: Visible) -> dict[str, Any] | None:
    uses = uses_of(file, visible)
    if not uses and not visible.whole_organization:
        return None
    chats = chats_of(uses)
    first = first_use(uses)
    tokens, cost = sum(use.tokens for use in uses), sum((use.cost for use in uses), Decimal(0))
    uncached, saved = uncached_cost(uses)
    return {
        "first_at": min(use.at for use in uses),
        "last_at": max(use.at for use in uses),
        "processing_cost": sum(use.processing_cost for use in uses),
        "uses": sum(use.uses for use in uses),
        "chat_count": sum(chat["conversation_id"] != "" for chat in chats),
        "input_tokens": tokens,
        "contracted_cost": cost,
        "reused_tokens": tokens - sum(use.tokens for use in first),
        "reused_cost": cost - sum(use.cost for use in first),
        "cache_read_input_tokens": sum(use.cached for use in uses),
        "uncached_cost": uncached,
        "saved_by_caching": saved,
        "unpriced_events": sum(use.unpriced for use in uses),
        "chats": tuple(chats[:50]),
    }


def chats_of(uses: Iterable[Use]) -> list[dict[str, Any]]:
    by_chat = defaultdict(list)
    for use in uses:
        by_chat[use.conversation_id].append(use)
    chats = [
        {
            "conversation_id": conversation_id,
            "conversation_title": "",
            "uses": sum(use.uses for use in inside),
            "input_tokens": sum(use.tokens for use in inside),
            "cache_read_input_tokens": sum(use.cached for use in inside),
            "contracted_cost": sum(use.cost for use in inside),
            "unpriced_events": sum(use.unpriced for use in inside),
        }
        for conversation_id, inside in by_chat.items()
    ]
    left = [chat for chat in chats if any([*chat.values()][2:])]
    return sorted(left, key=lambda chat: (-chat["input_tokens"], chat["conversation_id"]))


def first_use(uses: Iterable[Use]) -> list[Use]:
    """The rows of the earliest event whose uses are not all taken back."""
    by_original = defaultdict(list)
    for use in uses:
        by_original[use.original].append(use)
    counting = [rows for rows in by_original.values() if sum(use.uses for use in rows) > 0]
    return min(counting, key=lambda rows: (min(use.at for use in rows), rows[0].original), default=[])


def uncached_cost(uses: Iterable[Use]) -> tuple[Decimal, Decimal]:
    prices = {(row.id, row.rate_id): row.unit_prices for row in rows_at_rates({use.price for use in uses})}
    uncached = saved = 0
    for use in uses:
        unit_prices = prices.get(use.price)
        full, reduced = (unit_prices[INPUT], unit_prices[CACHE_READ]) if unit_prices else (None, None)
        if full is not None and reduced is not None:
            uncached += use.cached * full
            saved += use.cached * (full - reduced)
    return Decimal(uncached) / SCALE, Decimal(saved) / SCALE


def void_first_use(file: File) -> None:
    first = first_use(uses_of(file, Visible(whole_organization=True)))
    if first:
        organization = Organization.objects.get(pk=file.organization_id)
        void(organization, UsageEvent.objects.get(id=first[0].original).transaction_id)
