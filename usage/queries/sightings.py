"""Calls that came by two doors: how many, what they count for twice, and where their events stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from teams.enums import ScopeKind
from teams.queries.together import Question, asked_together
from usage.enums import Correction, EventSource
from usage.health import instants_of
from usage.models import DoubleSighting, UsageEvent
from usage.progress import Days
from usage.queries.ledger_pages import Position
from usage.queries.names import name_questions, names_read

_SUMS: Final = """
SELECT count(*), sum(doubled_tokens)::bigint, sum(doubled_cost), sum(doubled_unpriced)::bigint
FROM usage_double_sighting WHERE organization_id = %s AND last_received_at BETWEEN %s AND %s HAVING count(*) > 0
"""
_SWEPT: Final = "SELECT swept_until FROM usage_sighting_sweep WHERE organization_id = %s"


class _Report(NamedTuple):
    """What is told of one event."""

    id: UUID
    period: date
    transaction_id: str
    source: str
    api_key_id: int
    received_at: datetime
    occurred_at: datetime
    input_tokens: int
    output_tokens: int
    contracted_cost: Decimal | None


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


def sighting_sums(organization_id: int, days: Days) -> list[Question]:
    """What ``double_sightings`` begins with: all of them summed up, and how far calls were looked through."""
    return [
        Question(_SUMS, [organization_id, *instants_of(days)], columns=4),
        Question(_SWEPT, [organization_id], columns=1),
    ]


def double_sightings(
    sums: Sequence[Sequence[Any]], *, organization_id: int, days: Days, limit: int, keys: KeyNames
) -> DoubleSightings:
    """The calls of an organization that came by two doors; ``keys`` has names and prefixes of its API keys.

    ``sums`` are the answers to ``sighting_sums``. No query where there is no such call, two where there is.
    """
    totals, swept = sums
    count, tokens, cost, unpriced = totals[0] if totals else (0, 0, Decimal(0), 0)
    shown = _shown(organization_id, days, limit) if count else []
    return DoubleSightings(
        as_of=swept[0][0] if swept else None,
        count=count,
        doubled_tokens=tokens,
        doubled_cost=cost,
        doubled_unpriced=unpriced,
        calls=_calls(organization_id, shown, keys) if shown else (),
    )


def _calls(organization_id: int, shown: Sequence[DoubleSighting], keys: KeyNames) -> tuple[SightedCall, ...]:
    member = ScopeKind.MEMBER.value
    found, taken_back, *found_names = asked_together(
        _events(organization_id, shown),
        _voided(organization_id, shown),
        *name_questions(organization_id, {(member, row.member_id) for row in shown if row.member_id}),
    )
    events = {row.id: row for row in map(_Report._make, found)}
    voided = {event_id for (event_id,) in taken_back}
    names = names_read(name for some in found_names for name in some)
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


def _event(row: _Report, keys: KeyNames, *, is_voided: bool) -> SightedEvent:
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


def _events(organization_id: int, shown: Sequence[DoubleSighting]) -> "QuerySet[UsageEvent, Any]":
    ids = [event_id for row in shown for event_id in row.event_ids]
    rows = UsageEvent.objects.filter(organization_id=organization_id, **_reach(shown), id__in=ids)
    return rows.order_by().values_list(*_Report._fields)


def _voided(organization_id: int, shown: Sequence[DoubleSighting]) -> "QuerySet[UsageEvent, Any]":
    ids = [event_id for row in shown for event_id in row.event_ids]
    corrections = UsageEvent.objects.filter(
        organization_id=organization_id, **_reach(shown), corrects__in=ids, correction=Correction.VOID
    )
    return corrections.order_by().values_list("corrects")


def _shown(organization_id: int, days: Days, limit: int) -> list[DoubleSighting]:
    found = DoubleSighting.objects.filter(
        organization_id=organization_id, last_received_at__range=instants_of(days)
    )
    return list(found.order_by("-last_received_at", "provider_name", "response_id")[:limit])
