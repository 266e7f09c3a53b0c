"""What people do with events in quarantine: store them after all, or put them aside for good."""

from datetime import datetime

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from teams.models import User
from teams.services.audit import record_audit
from usage.answers import Outcome
from usage.enums import Answer, EventSource, QuarantineReason, QuarantineStatus
from usage.events import Event
from usage.models import QuarantinedEvent
from usage.services.ingest import store_events
from usage.services.quarantine_replay import displacement
from usage.services.snapshots import MEMORY


def replay_quarantined(
    entry: QuarantinedEvent, *, actor: User | None = None, reason: str = "", now: datetime | None = None
) -> Outcome:
    """Store a waiting event through the door that it came by, as received ``now`` (by default the present).

    Call it outside of a transaction: the event is stored in one, and the entry marked in the next. Should that
    one fail, a repetition finds the event to be a duplicate and marks the entry. Raises ``ValidationError`` when
    the event still cannot be stored; then nothing has changed but, at most, a conflict that is now on record.
    """
    _check_open(entry)
    received_at = now or timezone.now()
    event = msgspec.convert(entry.facts, Event)
    _check_placeable(entry, event, received_at)
    (outcome,) = store_events(
        organization_id=entry.organization_id,
        events=[event],
        source=EventSource(entry.source),
        api_key_id=entry.api_key_id,
        received_at=received_at,
    )
    if outcome.answer not in (Answer.STORED, Answer.DUPLICATE):
        raise ValidationError(_("It cannot be stored: %(reason)s") % {"reason": outcome.reason})
    with transaction.atomic():
        if _resolve(entry, QuarantineStatus.REPLAYED, actor):
            _record("quarantine.replayed", entry, actor, reason, answer=outcome.answer.value)
    return outcome


@transaction.atomic
def discard_quarantined(entry: QuarantinedEvent, *, actor: User | None = None, reason: str) -> bool:
    """Put an event aside for good; it stays on record. Says whether this call did it, not an earlier one.

    Raises ``ValidationError`` without a reason, or when the event was stored meanwhile.
    """
    if not reason.strip():
        raise ValidationError(_("A reason is needed."))
    if not _resolve(entry, QuarantineStatus.DISCARDED, actor):
        if _standing(entry).status == QuarantineStatus.REPLAYED:
            raise ValidationError(_("This event was stored meanwhile."))
        return False
    _record("quarantine.discarded", entry, actor, reason)
    return True


def _standing(entry: QuarantinedEvent) -> QuarantinedEvent:
    return QuarantinedEvent.objects.get(organization_id=entry.organization_id, id=entry.id)


def _check_open(entry: QuarantinedEvent) -> None:
    if entry.reason == QuarantineReason.CONFLICT:
        raise ValidationError(
            _(
                "Its id stands in the ledger with other content. It can be discarded, or sent under another id."
            )
        )
    if _standing(entry).status == QuarantineStatus.DISCARDED:
        raise ValidationError(_("This event was discarded."))


def _check_placeable(entry: QuarantinedEvent, event: Event, received_at: datetime) -> None:
    """Raise ``ValidationError`` unless there is a month for the event by now."""
    MEMORY.renew_organization(entry.organization_id)
    found = displacement(entry.organization_id, event, bytes(entry.fingerprint), received_at=received_at)
    if found is not None:
        raise ValidationError(_("It still cannot be stored: %(reason)s") % {"reason": found.detail})


def _resolve(entry: QuarantinedEvent, status: QuarantineStatus, actor: User | None) -> bool:
    waiting = QuarantinedEvent.objects.filter(
        organization_id=entry.organization_id, id=entry.id, status=QuarantineStatus.OPEN
    )
    name = actor.email if actor else _("System")
    return bool(waiting.update(status=status, resolved_at=timezone.now(), resolved_by=name))


def _record(action: str, entry: QuarantinedEvent, actor: User | None, reason: str, **facts: str) -> None:
    record_audit(
        action=action,
        subject=entry.transaction_id,
        actor=actor,
        organization=entry.organization,
        reason=reason,
        facts={"id": entry.id, "waited_for": entry.reason, "times": entry.times, **facts},
    )
