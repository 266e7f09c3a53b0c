"""What a correction has to know of the ledger, and what corrections have made of an event."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from usage.corrections import Negation, correction_fingerprint, correction_key
from usage.enums import Correction, QuarantineReason, QuarantineStatus
from usage.models import EventKey, QuarantinedEvent, UsageEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Correctable:
    """An event as one finds it when it is to be voided; ``rows`` are what it counts for.

    ``is_taken``: a client has sent an event under the very id that the correction would have.
    """

    event_id: UUID
    is_correction: bool
    is_voided: bool
    is_taken: bool
    rows: tuple[Negation, ...]


def positions(organization_id: int, transaction_ids: Iterable[str]) -> dict[str, tuple[date, UUID]]:
    """Transaction id → billing month and id of the event, for those that the organization has."""
    keys = EventKey.objects.filter(organization_id=organization_id, transaction_id__in=list(transaction_ids))
    found = keys.values_list("transaction_id", "period", "event_id")
    return {transaction_id: (period, event_id) for transaction_id, period, event_id in found}


def correctable(
    organization_id: int, places: Iterable[tuple[date, UUID]], correction: Correction
) -> dict[UUID, Correctable]:
    """The events at some places, by id, as they stand now. Three queries, however many events."""
    months = {event_id: month for month, event_id in places}
    events = UsageEvent.objects.filter(organization_id=organization_id, period__in=set(months.values()))
    kinds = dict(events.filter(id__in=list(months)).values_list("id", "correction"))
    rows = _rows_in_ledger(organization_id, {event_id: months[event_id] for event_id in kinds})
    taken = _keys_taken(organization_id, kinds, correction)
    return {
        event_id: Correctable(
            event_id=event_id,
            is_correction=bool(kind),
            is_voided=taken.get(event_id) is True,
            is_taken=taken.get(event_id) is False,
            rows=tuple(rows[event_id]),
        )
        for event_id, kind in kinds.items()
    }


def waiting_in_quarantine(organization_id: int, transaction_ids: Sequence[str]) -> set[str]:
    """Those of the ids that wait for a person instead of standing in the ledger."""
    entries = QuarantinedEvent.objects.filter(
        organization_id=organization_id,
        transaction_id__in=transaction_ids,
        status=QuarantineStatus.OPEN,
    )
    waiting = entries.exclude(reason=QuarantineReason.CONFLICT)
    return set(waiting.values_list("transaction_id", flat=True))


def _rows_in_ledger(organization_id: int, months: Mapping[UUID, date]) -> dict[UUID, list[Negation]]:
    """Each event and what re-ratings have added to it: together they are what it counts for."""
    rows = {event_id: [Negation(event_id, month, event_id)] for event_id, month in months.items()}
    rerated = UsageEvent.objects.filter(
        organization_id=organization_id,
        period__in=set(months.values()),
        corrects__in=list(rows),
        correction=Correction.RERATING,
    )
    for row_id, month, original_id in rerated.values_list("id", "period", "corrects"):
        if original_id is not None:
            rows[original_id].append(Negation(row_id, month, original_id))
    return rows


def _keys_taken(organization_id: int, event_ids: Iterable[UUID], correction: Correction) -> dict[UUID, bool]:
    """Event id → whether the correction of it stands, where its transaction id is known; else a client's event does."""
    wanted = {correction_key(event_id, correction): event_id for event_id in event_ids}
    keys = EventKey.objects.filter(organization_id=organization_id, transaction_id__in=list(wanted))
    return {
        wanted[key]: bytes(kept) == correction_fingerprint(key)
        for key, kept in keys.values_list("transaction_id", "fingerprint")
    }
