"""What a correction has to know of the ledger, and what corrections have made of an event."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from usage.corrections import Negation, NetFigures, correction_key, net_figures
from usage.enums import Correction, QuarantineReason, QuarantineStatus
from usage.models import EventKey, QuarantinedEvent, UsageEvent, UsagePeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class Correctable:
    """An event as one finds it when it is to be voided.

    ``rows`` are what it counts for in the ledger: itself, and what re-ratings have added to it. ``is_taken``: an
    event that is not its void has the very id that its void would have.
    """

    event_id: UUID
    is_correction: bool
    is_voided: bool
    is_taken: bool
    rows: tuple[Negation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedEvent:
    """An event with its corrections, the oldest first. Together they are what it counts for."""

    original: UsageEvent
    corrections: tuple[UsageEvent, ...]

    @property
    def is_voided(self) -> bool:
        return any(row.correction == Correction.VOID for row in self.corrections)

    @property
    def net(self) -> NetFigures:
        """What all of its rows add up to."""
        return net_figures((self.original, *self.corrections))


def corrected_event(organization_id: int, place: tuple[date, UUID]) -> CorrectedEvent | None:
    """The event at a place with what was made of it; None when there is none. Two queries."""
    month, event_id = place
    events = UsageEvent.objects.filter(organization_id=organization_id, period=month)
    original = events.filter(id=event_id).first()
    if original is None:
        return None
    return CorrectedEvent(
        original=original, corrections=tuple(events.filter(corrects=event_id).order_by("id"))
    )


def positions(organization_id: int, transaction_ids: Iterable[str]) -> dict[str, tuple[date, UUID]]:
    """Transaction id → billing month and id of the event, for those that the organization has."""
    keys = EventKey.objects.filter(organization_id=organization_id, transaction_id__in=list(transaction_ids))
    found = keys.values_list("transaction_id", "period", "event_id")
    return {transaction_id: (period, event_id) for transaction_id, period, event_id in found}


def correctable(organization_id: int, places: Iterable[tuple[date, UUID]]) -> dict[UUID, Correctable]:
    """The events at some places, by id, as they stand now. Three queries, however many events."""
    months = {event_id: month for month, event_id in places}
    events = UsageEvent.objects.filter(organization_id=organization_id, period__in=set(months.values()))
    kinds = dict(events.filter(id__in=list(months)).values_list("id", "correction"))
    corrections = _corrections(organization_id, months)
    taken = _keys_taken(organization_id, kinds)
    found = {}
    for event_id, kind in kinds.items():
        mine = corrections[event_id]
        is_voided = Correction.VOID in mine.values()
        rerated = [row_id for row_id, correction in mine.items() if correction == Correction.RERATING]
        found[event_id] = Correctable(
            event_id=event_id,
            is_correction=bool(kind),
            is_voided=is_voided,
            is_taken=event_id in taken and not is_voided,
            rows=tuple(Negation(row_id, months[event_id], event_id) for row_id in (event_id, *rerated)),
        )
    return found


def waiting_in_quarantine(organization_id: int, transaction_ids: Sequence[str]) -> set[str]:
    """Those of the ids that wait for a person instead of standing in the ledger."""
    entries = QuarantinedEvent.objects.filter(
        organization_id=organization_id,
        transaction_id__in=transaction_ids,
        status=QuarantineStatus.OPEN,
    )
    waiting = entries.exclude(reason=QuarantineReason.CONFLICT)
    return set(waiting.values_list("transaction_id", flat=True))


def _corrections(organization_id: int, months: Mapping[UUID, date]) -> Mapping[UUID, dict[UUID, str]]:
    """Event id → ids and kinds of the corrections that it has."""
    found: defaultdict[UUID, dict[UUID, str]] = defaultdict(dict)
    rows = UsageEvent.objects.filter(
        organization_id=organization_id, period__in=set(months.values()), corrects__in=list(months)
    )
    for original_id, row_id, kind in rows.order_by("id").values_list("corrects", "id", "correction"):
        if original_id is not None:
            found[original_id][row_id] = kind
    return found


def _keys_taken(organization_id: int, event_ids: Iterable[UUID]) -> set[UUID]:
    """The events whose void's transaction id is known already."""
    wanted = {correction_key(event_id, Correction.VOID): event_id for event_id in event_ids}
    keys = EventKey.objects.filter(organization_id=organization_id, transaction_id__in=list(wanted))
    return {wanted[key] for key in keys.values_list("transaction_id", flat=True)}


def was_closed(organization_id: int, month: date) -> bool:
    """Whether a billing month was closed before: then corrections of it are for the next invoice."""
    periods = UsagePeriod.objects.filter(organization_id=organization_id, period=month)
    return periods.filter(close_number__gt=1).exists()
