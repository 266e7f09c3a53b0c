"""Calls that came by two doors: how many, what they count for twice, and where their events stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Sum

from teams.enums import ScopeKind
from usage.enums import Correction, EventSource
from usage.health import instants_of
from usage.models import DoubleSighting, SightingSweep, UsageEvent
from usage.progress import Days
from usage.queries.ledger_pages import Position
from usage.queries.names import directory_names

KeyNames = Mapping[int, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SightedEvent:
    """One report of the call, as it stands in the ledger."""

    position: Position
    transaction_id: str
    source: EventSource
    key_name: str
    key_prefix: str
    received_at: datetime
    occurred_at: datetime
    tokens: int
    contracted_cost: Decimal | None
    is_voided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SightedCall:
    """A call that counts more than once; ``member`` is empty where its first report named nobody.

    The doubled measures are what the other doors added to the first one's; in US dollars, "at least" where
    ``doubled_unpriced`` of their events have no price.
    """

    provider_name: str
    response_id: str
    member: str
    local_date: date
    first_received_at: datetime
    last_received_at: datetime
    doubled_tokens: int
    doubled_cost: Decimal
    doubled_unpriced: int
    events: tuple[SightedEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleSightings:
    """All that were last reported on some UTC days, summed, and the latest of them one by one.

    ``as_of`` is how far the sweep has come; None before the first.
    """

    as_of: datetime | None
    count: int
    doubled_tokens: int
    doubled_cost: Decimal
    doubled_unpriced: int
    calls: tuple[SightedCall, ...]

    @property
    def more(self) -> int:
        """How many are not among ``calls``."""
        return self.count - len(self.calls)


def double_sightings(*, organization_id: int, days: Days, limit: int, keys: KeyNames) -> DoubleSightings:
    """The calls of an organization that came by two doors; ``keys`` has names and prefixes of its API keys."""
    found = DoubleSighting.objects.filter(
        organization_id=organization_id, last_received_at__range=instants_of(days)
    )
    totals = found.aggregate(
        count=Count("response_id"),
        tokens=Sum("doubled_tokens", default=0),
        cost=Sum("doubled_cost", default=Decimal(0)),
        unpriced=Sum("doubled_unpriced", default=0),
    )
    shown = list(found.order_by("-last_received_at", "provider_name", "response_id")[:limit])
    swept = SightingSweep.objects.filter(pk=organization_id).values_list("swept_until", flat=True).first()
    return DoubleSightings(
        as_of=swept,
        count=totals["count"],
        doubled_tokens=totals["tokens"],
        doubled_cost=totals["cost"],
        doubled_unpriced=totals["unpriced"],
        calls=_calls(organization_id, shown, keys),
    )


def _calls(organization_id: int, shown: Sequence[DoubleSighting], keys: KeyNames) -> tuple[SightedCall, ...]:
    events = _events(organization_id, shown)
    voided = _voided(organization_id, shown)
    member = ScopeKind.MEMBER.value
    names = directory_names(organization_id, {(member, row.member_id) for row in shown if row.member_id})
    return tuple(
        SightedCall(
            provider_name=row.provider_name,
            response_id=row.response_id,
            member=names[member, row.member_id].name if (member, row.member_id) in names else "",
            local_date=row.local_date,
            first_received_at=row.first_received_at,
            last_received_at=row.last_received_at,
            doubled_tokens=row.doubled_tokens,
            doubled_cost=row.doubled_cost,
            doubled_unpriced=row.doubled_unpriced,
            events=tuple(
                _event(events[event_id], keys, is_voided=event_id in voided)
                for event_id in row.event_ids
                if event_id in events
            ),
        )
        for row in shown
    )


def _event(row: UsageEvent, keys: KeyNames, *, is_voided: bool) -> SightedEvent:
    name, prefix = keys.get(row.api_key_id, (f"#{row.api_key_id}" if row.api_key_id else "", ""))
    return SightedEvent(
        position=Position(row.period, row.id),
        transaction_id=row.transaction_id,
        source=EventSource(row.source),
        key_name=name,
        key_prefix=prefix,
        received_at=row.received_at,
        occurred_at=row.occurred_at,
        tokens=row.input_tokens + row.output_tokens,
        contracted_cost=row.contracted_cost,
        is_voided=is_voided,
    )


def _reach(shown: Sequence[DoubleSighting]) -> dict[str, Any]:
    """What all their events have in common, so that only their months are asked."""
    return {
        "period__in": sorted({period for row in shown for period in row.periods}),
    }


def _events(organization_id: int, shown: Sequence[DoubleSighting]) -> dict[UUID, UsageEvent]:
    ids = [event_id for row in shown for event_id in row.event_ids]
    rows = UsageEvent.objects.filter(organization_id=organization_id, **_reach(shown), id__in=ids)
    return {row.id: row for row in rows}


def _voided(organization_id: int, shown: Sequence[DoubleSighting]) -> set[UUID]:
    ids = [event_id for row in shown for event_id in row.event_ids]
    corrections = UsageEvent.objects.filter(
        organization_id=organization_id, **_reach(shown), corrects__in=ids, correction=Correction.VOID
    )
    return {row for row in corrections.values_list("corrects", flat=True) if row}
