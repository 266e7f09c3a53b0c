"""The chats and messages that the events of a batch belong to. Pure, and on the hottest path there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from usage.events import Event
from usage.identity import derived_id

NULL: Final = r"\N"
"""No value, in ``COPY`` text."""


@dataclass(slots=True)
class Chat:
    """What a batch tells of a chat beside its sums: who sent its first event, and the title it was given last."""

    id: str
    first_at: datetime
    member_id: int
    title: str = ""
    titled_at: datetime | None = None


def chat_parameters(chats: Mapping[str, Chat]) -> dict[str, list[str] | list[int]]:
    """``ledger_sql.CHAT_FACT_TYPES`` of the chats of a batch, by the client's ids."""
    return {
        "chat_id": [chat.id for chat in chats.values()],
        "external_id": list(chats),
        "title": [chat.title for chat in chats.values()],
        "member_id": [chat.member_id for chat in chats.values()],
    }


def chat_ids(
    event: Event, member_id: int, occurred_at: datetime, organization_id: int, chats: dict[str, Chat]
) -> tuple[str, str]:
    """Ids of the event's chat and message; ``chats`` takes note of what the event tells of its chat.

    In a conversation an event without a message id is a message itself.
    """
    conversation = event.conversation_id
    message = event.message_id or f"\0{event.transaction_id}"
    if not conversation:
        if not event.message_id:
            return NULL, NULL
        return NULL, derived_id(organization_id, "message", f"\0{message}")
    chat = chats.get(conversation)
    if chat is None:
        chat_id = derived_id(organization_id, "chat", conversation)
        chat = chats[conversation] = Chat(chat_id, occurred_at, member_id)
    elif occurred_at <= chat.first_at and (occurred_at < chat.first_at or member_id < chat.member_id):
        chat.first_at, chat.member_id = occurred_at, member_id
    title = event.conversation_title
    if title and (chat.titled_at is None or occurred_at >= chat.titled_at):
        chat.title, chat.titled_at = title, occurred_at
    return chat.id, derived_id(organization_id, "message", f"{conversation}\0{message}")
