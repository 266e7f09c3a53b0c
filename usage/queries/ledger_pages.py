"""The ledger, page by page, newest first: by its key, so that the last page costs what the first one does."""

import functools
import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import F, QuerySet

from teams.enums import ScopeKind
from usage.breakdown import Key, Name
from usage.cost_lines import CostLine, cost_lines
from usage.enums import ChargeKind, Correction
from usage.models import EventKey, UsageEvent
from usage.queries.names import INTEGRATION, MODEL, directory_names, model_names
from usage.queries.unit_prices import rows_at_rates
from usage.queries.why_cost import price_facts
from usage.rollups import CHARGE_QUANTITIES
from usage.why_cost import PriceFacts

PAGE_SIZE: Final = 50
_POSITION: Final = re.compile(r"(?P<period>\d{4}-\d{2}-\d{2})\.(?P<id>[0-9a-f-]{36})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Position:
    """Where an event stands in its organization's ledger. As text ``2026-11-01.<id>``."""

    period: date
    id: UUID

    def __str__(self) -> str:
        return f"{self.period}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        """The position that a text names; None when it names none."""
        match = _POSITION.fullmatch(text)
        try:
            return cls(date.fromisoformat(match["period"]), UUID(match["id"])) if match else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargedTogether:
    """The events that one line of an invoice charges: of one model, price, rate and kind, in some closes."""

    model_id: int
    price_id: int
    rate_id: int
    kind: ChargeKind
    close_numbers: tuple[int, ...]

    def of(self, events: "QuerySet[UsageEvent]") -> "QuerySet[UsageEvent]":
        """Those of ``events`` that have a quantity of the kind."""
        first, *less = (F(column.removeprefix("e.")) for column in CHARGE_QUANTITIES[self.kind].split(" - "))
        chosen = events.filter(
            model_id=self.model_id,
            contracted_price_id=self.price_id,
            rate_id=self.rate_id,
            close_number__in=self.close_numbers,
        )
        return chosen.alias(charged=functools.reduce(operator.sub, less, first)).exclude(charged=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage:
    """Events, newest first, with the names of what they refer to.

    ``newer`` and ``older`` are where the neighbouring pages go on, None at the ends; ``voided`` are the ids of
    events on this page that were taken back.
    """

    events: tuple[UsageEvent, ...]
    names: dict[Key, Name]
    newer: Position | None
    older: Position | None
    voided: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDetail:
    """One event with everything that explains it; ``price`` is the row of its contracted cost, with its rate."""

    event: UsageEvent
    names: dict[Key, Name]
    lines: tuple[CostLine, ...]
    price: PriceFacts | None
    corrections: tuple[UsageEvent, ...]
    corrected: UsageEvent | None


def ledger_page(
    organization_id: int,
    *,
    after: Position | None = None,
    before: Position | None = None,
    month: date | None = None,
    charged: ChargedTogether | None = None,
    size: int = PAGE_SIZE,
) -> LedgerPage:
    """The ``size`` events that come after a position (older ones) or before it (newer), by default the newest.

    Five queries at most, whatever the page; none counts. ``month`` narrows to one billing month,
    ``charged`` to what a line of an invoice charges.
    """
    events = UsageEvent.objects.filter(organization_id=organization_id)
    if month is not None:
        events = events.filter(period=month)
    if charged is not None:
        events = charged.of(events)
    if before is not None:
        found = _from(events.order_by("period", "id"), before, count=size + 1, newer=True)
        shown = found[:size][::-1]
        has_newer, has_older = len(found) > size, True
    else:
        newest_first = events.order_by("-period", "-id")
        found = _from(newest_first, after, count=size + 1) if after else list(newest_first[: size + 1])
        shown = found[:size]
        has_newer, has_older = after is not None, len(found) > size
    return LedgerPage(
        events=tuple(shown),
        names=_names(organization_id, shown),
        newer=_position(shown[0]) if shown and has_newer else None,
        older=_position(shown[-1]) if shown and has_older else None,
        voided=_voided(organization_id, shown),
    )


def find_event(organization_id: int, transaction_id: str) -> Position | None:
    """Where the event of a client's id stands."""
    keys = EventKey.objects.filter(organization_id=organization_id, transaction_id=transaction_id)
    found = keys.values_list("period", "event_id").first()
    return Position(*found) if found else None


def event_detail(organization_id: int, position: Position) -> EventDetail | None:
    """One event of the ledger; None when there is none at this position."""
    events = UsageEvent.objects.filter(organization_id=organization_id, period=position.period)
    event = events.filter(id=position.id).first()
    if event is None:
        return None
    used = event.contracted_price_id, event.rate_id
    price = price_facts([used]).get(used)
    rows = rows_at_rates([used]) if price else []
    return EventDetail(
        event=event,
        names=_names(organization_id, [event]),
        lines=cost_lines(event, rows[0] if rows else None),
        price=price,
        corrections=tuple(events.filter(corrects=event.id).order_by("id")),
        corrected=events.filter(id=event.corrects).first() if event.corrects else None,
    )


def _position(event: UsageEvent) -> Position:
    return Position(event.period, event.id)


def _from(
    events: "QuerySet[UsageEvent]", position: Position, *, count: int, newer: bool = False
) -> list[UsageEvent]:
    """The next ``count`` events on one side of a position: first those of its month, then of the months beyond.

    In two steps, because each is a range of the primary key and leaves other partitions alone.
    """
    side = "gt" if newer else "lt"
    found = list(events.filter(period=position.period, **{f"id__{side}": position.id})[:count])
    if len(found) < count:
        found += events.filter(**{f"period__{side}": position.period})[: count - len(found)]
    return found


def _voided(organization_id: int, events: Sequence[UsageEvent]) -> frozenset[UUID]:
    voids = UsageEvent.objects.filter(
        organization_id=organization_id,
        period__in={event.period for event in events},
        corrects__in=[event.id for event in events],
        correction=Correction.VOID,
    )
    return frozenset(original for original in voids.values_list("corrects", flat=True) if original)


def _names(organization_id: int, events: Sequence[UsageEvent]) -> dict[Key, Name]:
    wanted: set[Key] = set()
    for event in events:
        wanted |= {
            (ScopeKind.MEMBER.value, event.member_id),
            (ScopeKind.DEPARTMENT.value, event.department_id),
            (ScopeKind.PROJECT.value, event.project_id),
            (INTEGRATION, event.integration_id),
        }
    known = {key for key in wanted if key[1]}
    models = {(MODEL, event.model_id) for event in events if event.model_id}
    return directory_names(organization_id, known) | model_names(models)
