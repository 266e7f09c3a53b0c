"""Queues messages in the outbox, and what staff do with those that cannot be delivered."""

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from teams.enums import Channel, OutboxStatus
from teams.mail_rendering import ends_a_line
from teams.models import Document, Organization, OutboxMessage, User
from teams.services.audit import record_audit

_LONGEST_SUBJECT: Final = 250


def queue_email(
    *,
    to: str,
    kind: str,
    subject: str,
    text: str,
    html: str = "",
    organization: Organization | None = None,
    documents: Sequence[Document] = (),
    reference: str = "",
    dedupe_key: str | None = None,
) -> OutboxMessage | None:
    """Save a finished e-mail to one address, in the caller's transaction; a worker sends it within seconds.

    Sends nothing and asks no broker, so neither can fail the caller: the worker looks every few seconds by itself.
    ``documents`` are attached in their order. With a ``dedupe_key`` that some message already has, nothing is queued
    and None is given. Raises ``ValidationError`` for a wrong address or a subject that is empty, too long or has
    line ends.
    """
    _check_address(to)
    _check_subject(subject)
    message_id = uuid7()
    message = OutboxMessage(
        id=message_id,
        organization=organization,
        channel=Channel.EMAIL,
        kind=kind,
        reference=reference,
        dedupe_key=dedupe_key,
        recipient=to,
        subject=subject,
        text=text,
        html=html,
        headers=_headers(message_id),
        document_ids=[document.pk for document in documents],
    )
    # Waits for a rival that is queueing the same; whose row stands is told by our own id.
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=dedupe_key is not None)
    is_ours = dedupe_key is None or OutboxMessage.objects.filter(pk=message_id).exists()
    return message if is_ours else None


@transaction.atomic
def retry_message(message: OutboxMessage, *, actor: User | None = None, reason: str = "") -> OutboxMessage:
    """Deliver a dead message, or one that waits for its next attempt, as soon as possible, with all attempts anew.

    What a worker may just be sending waits until its lease ends. Raises ``ValidationError`` for a sent message.
    """
    locked = _lock_unsent(message.pk)
    now = timezone.now()
    _record("outbox_message.retried", locked, actor=actor, reason=reason)
    locked.status = OutboxStatus.PENDING
    locked.attempts = 0
    locked.next_attempt_at = max(now, locked.leased_until or now)
    locked.save(update_fields=["status", "attempts", "next_attempt_at"])
    return locked


@transaction.atomic
def give_up_message(message: OutboxMessage, *, actor: User | None = None, reason: str = "") -> OutboxMessage:
    """Try no more. Raises ``ValidationError`` for a message that is sent or dead already."""
    locked = _lock_unsent(message.pk)
    if locked.status == OutboxStatus.DEAD:
        raise ValidationError(_("This message was given up already."))
    _record("outbox_message.given_up", locked, actor=actor, reason=reason)
    locked.status = OutboxStatus.DEAD
    locked.save(update_fields=["status"])
    return locked


def _check_address(to: str) -> None:
    try:
        validate_email(to)
    except ValidationError as error:
        raise ValidationError({"to": error.messages}) from error


def _check_subject(subject: str) -> None:
    if not subject or len(subject) > _LONGEST_SUBJECT or any(map(ends_a_line, subject)):
        raise ValidationError(
            {
                "subject": _("A subject has one line of 1 to %(longest)s characters.")
                % {"longest": _LONGEST_SUBJECT}
            }
        )


def _headers(message_id: UUID) -> dict[str, str]:
    """Kept with the message: a change of settings between two attempts must not make two e-mails of it."""
    own_domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return {"Message-ID": f"<{message_id}@{own_domain}>", "Auto-Submitted": "auto-generated"}


def _lock_unsent(message_id: UUID) -> OutboxMessage:
    locked = OutboxMessage.objects.select_for_update(of=("self",)).get(pk=message_id)
    if locked.status == OutboxStatus.SENT:
        raise ValidationError(_("This message was sent already."))
    return locked


def _record(action: str, message: OutboxMessage, **by: Any) -> None:
    record_audit(
        action=action,
        subject=message,
        organization=message.organization,
        facts={"id": message.pk, "kind": message.kind, "state": message.status, "attempts": message.attempts},
        **by,
    )
