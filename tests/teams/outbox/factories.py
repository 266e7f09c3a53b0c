"""Makes queued e-mails for tests."""

from typing import Any

from teams.models import OutboxMessage
from teams.services.outbox import queue_email


def queue(to: str = "alice@example.com", **fields: Any) -> OutboxMessage:
    """A queued e-mail."""
    values = {"kind": "thing.done", "subject": "Hello", "text": "Words\n", "html": "<p>Words</p>"} | fields
    message = queue_email(to=to, **values)
    assert message is not None
    return message


def again(message: OutboxMessage) -> OutboxMessage:
    """The message as it stands in the database now."""
    return OutboxMessage.objects.get(pk=message.pk)
