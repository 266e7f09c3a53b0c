"""Delivers what is due in the outbox.

At least once: an attempt is written down and committed before the mail server is spoken to, so a worker that dies
leaves a message that is sent again later, under the same Message-ID. Never twice at the same moment: whoever sends
holds a lease that is longer than sending can take.
"""

from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import Any, Final

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from teams.delivery import MAX_ATTEMPTS, Failure, pause_after, read_failure
from teams.enums import OutboxStatus
from teams.models import Document, OutboxMessage

log = structlog.get_logger(__name__)

# Sending one message is a dozen exchanges with the server at most; each is bounded by EMAIL_TIMEOUT.
_EXCHANGES: Final = 15
_NEVER_ENDED: Final = "The worker ended during each of the last attempts."


@dataclass(slots=True)
class Delivery:
    """What became of the messages that one call of ``deliver_due`` tried."""

    sent: int = 0
    failed: int = 0
    dead: int = 0

    @property
    def tried(self) -> int:
        return self.sent + self.failed + self.dead


class _OutOfReach(Exception):
    """The mail server cannot be spoken to, whatever the message."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


def deliver_due(*, limit: int = 100) -> Delivery:
    """Send up to ``limit`` messages that are due, the longest waiting first. Call it outside of transactions.

    Any number of workers may do so at once. A message that fails waits for its next attempt and holds up no other;
    when the mail server itself is out of reach, the rest is left as it is for the next call.
    """
    delivery = Delivery(dead=_bury_unended())
    connection = get_connection(fail_silently=False)
    try:
        for _ in range(limit):
            message = _claim()
            if message is None:
                break
            try:
                _send(message, connection)
            except _OutOfReach as error:
                _note_failure(message, read_failure(error.cause), delivery)
                break
            except Exception as error:
                # Anything: a message that cannot even be built must not stop those behind it.
                _note_failure(message, read_failure(error), delivery)
                _close(connection)
            else:
                _note_sent(message, delivery)
    finally:
        _close(connection)
    return delivery


def lease() -> timedelta:
    """How long a message belongs to the worker that claimed it."""
    return timedelta(seconds=_EXCHANGES * settings.EMAIL_TIMEOUT)


@transaction.atomic(durable=True)
def _claim() -> OutboxMessage | None:
    """Lease the message that is due longest; committed before anything is sent."""
    now = timezone.now()
    due = OutboxMessage.objects.filter(
        status=OutboxStatus.PENDING, next_attempt_at__lte=now, attempts__lt=MAX_ATTEMPTS
    )
    message = due.select_for_update(skip_locked=True, of=("self",)).order_by("next_attempt_at").first()
    if message is not None:
        message.attempts += 1
        message.leased_until = message.next_attempt_at = now + lease()
        message.save(update_fields=["attempts", "leased_until", "next_attempt_at"])
    return message


def _send(message: OutboxMessage, connection: Any) -> None:
    email = _build(message, connection)
    try:
        connection.open()
    except Exception as error:
        raise _OutOfReach(error) from error
    if email.send(fail_silently=False) != 1:
        raise RuntimeError("the mail backend did not take the message")


def _build(message: OutboxMessage, connection: Any) -> EmailMultiAlternatives:
    email = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        to=[message.recipient],
        # The day it tells of, not that of this attempt.
        headers={"Date": format_datetime(message.created_at)} | message.headers,
        connection=connection,
    )
    if message.html:
        email.attach_alternative(message.html, "text/html")
    documents = Document.objects.in_bulk(message.document_ids)
    for document_id in message.document_ids:
        document = documents[document_id]
        email.attach(document.filename, bytes(document.content), document.content_type)
    return email


def _close(connection: Any) -> None:
    """Say goodbye. A server that is gone or does not answer changes nothing about what it took."""
    try:
        connection.close()
    except Exception as error:
        log.info("mail server not left in order", reason=str(error))


def _note_sent(message: OutboxMessage, delivery: Delivery) -> None:
    # Also when somebody gave it up meanwhile: it did go out.
    OutboxMessage.objects.filter(pk=message.pk).exclude(status=OutboxStatus.SENT).update(
        status=OutboxStatus.SENT, sent_at=timezone.now(), leased_until=None, last_error=""
    )
    delivery.sent += 1


def _note_failure(message: OutboxMessage, failure: Failure, delivery: Delivery) -> None:
    now = timezone.now()
    pause = None if failure.is_permanent else pause_after(message.attempts)
    changes: dict[str, Any] = {"last_error": failure.reason, "leased_until": None}
    if pause is None:
        changes |= {"status": OutboxStatus.DEAD, "next_attempt_at": now}
    else:
        changes |= {"next_attempt_at": now + pause}
    # Only under our own lease: what a person or a later worker decided stands.
    held = Q(pk=message.pk, status=OutboxStatus.PENDING, leased_until=message.leased_until)
    OutboxMessage.objects.filter(held).update(**changes)
    if pause is None:
        delivery.dead += 1
    else:
        delivery.failed += 1
    log.warning(
        "message not delivered",
        message=str(message.pk),
        kind=message.kind,
        attempts=message.attempts,
        reason=failure.reason,
        next_attempt_in=pause and pause.total_seconds(),
    )


def _bury_unended() -> int:
    """Give up what took a worker with it at its last attempt: nobody was left to write that down."""
    unended = OutboxMessage.objects.filter(
        status=OutboxStatus.PENDING, next_attempt_at__lte=timezone.now(), attempts__gte=MAX_ATTEMPTS
    )
    return unended.update(status=OutboxStatus.DEAD, leased_until=None, last_error=_NEVER_ENDED)
