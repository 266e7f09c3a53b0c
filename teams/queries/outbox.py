"""Reads the outbox."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q

from teams.enums import OutboxStatus
from teams.models import OutboxMessage


@dataclass(frozen=True, slots=True)
class OutboxState:
    """How the outbox stands: messages that wait, since when the oldest does, and those that were given up."""

    waiting: int
    waiting_since: datetime | None
    dead: int


@dataclass(frozen=True, slots=True)
class MessageState:
    """How the delivery of one message stands."""

    id: UUID
    kind: str
    recipient: str
    status: OutboxStatus
    attempts: int
    last_error: str
    created_at: datetime
    sent_at: datetime | None


def outbox_state() -> OutboxState:
    """The whole outbox in figures, without what was sent."""
    pending, dead = Q(status=OutboxStatus.PENDING), Q(status=OutboxStatus.DEAD)
    unsent = OutboxMessage.objects.filter(status__in=[OutboxStatus.PENDING, OutboxStatus.DEAD])
    return OutboxState(
        **unsent.aggregate(
            waiting=Count("pk", filter=pending),
            waiting_since=Min("created_at", filter=pending),
            dead=Count("pk", filter=dead),
        )
    )


def messages_about(reference: str) -> tuple[MessageState, ...]:
    """Every message about one thing, such as ``invoice:17``, the newest first."""
    rows = OutboxMessage.objects.filter(reference=reference).order_by("-id")
    return tuple(
        MessageState(
            id=row.pk,
            kind=row.kind,
            recipient=row.recipient,
            status=OutboxStatus(row.status),
            attempts=row.attempts,
            last_error=row.last_error,
            created_at=row.created_at,
            sent_at=row.sent_at,
        )
        for row in rows.defer("text", "html")
    )
