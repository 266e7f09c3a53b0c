"""Stores waiting events after all, many in one go."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from django.conf import settings

from usage.enums import Answer, EventSource, QuarantineReason, ReviewAnswer
from usage.events import Event
from usage.models import QuarantinedEvent
from usage.placement import Displaced, place
from usage.services.ingest import store_events
from usage.services.snapshots import MEMORY

_ANSWERS: Final = {
    Answer.STORED: ReviewAnswer.STORED,
    Answer.DUPLICATE: ReviewAnswer.DUPLICATE,
    Answer.CONFLICT: ReviewAnswer.CONFLICT,
    Answer.QUARANTINED: ReviewAnswer.WAITING,
    Answer.INVALID: ReviewAnswer.REFUSED,
}


def displacement(
    organization_id: int, event: Event, fingerprint: bytes, *, received_at: datetime
) -> Displaced | None:
    """Why there is no month for an event by what this process remembers; None when there is one."""
    found = place(
        event,
        fingerprint,
        received_at=received_at,
        tolerance=settings.INGEST_FUTURE_TOLERANCE,
        calendar=MEMORY.organization(organization_id).calendar,
        has_partition=MEMORY.has_partition,
    )
    return found if isinstance(found, Displaced) else None


def store_waiting(entries: Sequence[QuarantinedEvent], *, received_at: datetime) -> dict[UUID, ReviewAnswer]:
    """Store what can be stored by now, each through the door that it came by; says what became of each, by id.

    What still has no month is not sent through the door again, so it is not counted as received again. The
    entries themselves stay as they are. Call it outside of a transaction.
    """
    answers = {
        entry.pk: ReviewAnswer.CONFLICT for entry in entries if entry.reason == QuarantineReason.CONFLICT
    }
    doors: defaultdict[tuple[int, str, int], list[tuple[UUID, Event]]] = defaultdict(list)
    for organization_id in {entry.organization_id for entry in entries}:
        MEMORY.renew_organization(organization_id)
    for entry in entries:
        if entry.pk in answers:
            continue
        try:
            event = msgspec.convert(entry.facts, Event)
        except msgspec.ValidationError:
            answers[entry.pk] = ReviewAnswer.REFUSED
            continue
        fingerprint = bytes(entry.fingerprint)
        if displacement(entry.organization_id, event, fingerprint, received_at=received_at):
            answers[entry.pk] = ReviewAnswer.WAITING
        else:
            doors[entry.organization_id, entry.source, entry.api_key_id].append((entry.pk, event))
    for (organization_id, source, api_key_id), sent in doors.items():
        outcomes = store_events(
            organization_id=organization_id,
            events=[event for _pk, event in sent],
            source=EventSource(source),
            api_key_id=api_key_id,
            received_at=received_at,
        )
        for (pk, _event), outcome in zip(sent, outcomes, strict=True):
            answers[pk] = _ANSWERS[outcome.answer]
    return answers
