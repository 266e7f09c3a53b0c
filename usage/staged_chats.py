"""The chats and messages that the events of a batch belong to. Pure, and on the hottest path there is."""

from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Conversations:
    """What the events of a batch belong to, by the client's ids: chats, and the ids of messages within their chats.

    ``shared`` are the messages of several of its events.
    """

    chats: dict[str, Chat] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)


def chat_parameters(conversations: Conversations) -> dict[str, list[str] | list[int]]:
    """``chat_sql.CHAT_FACT_TYPES`` of the chats of a batch."""
    chats = conversations.chats
    return {
        "chat_id": [chat.id for chat in chats.values()],
        "external_id": list(chats),
        "title": [chat.title for chat in chats.values()],
        "member_id": [chat.member_id for chat in chats.values()],
    }


def chat_ids(
    event: Event, member_id: int, occurred_at: datetime, organization_id: int, conversations: Conversations
) -> tuple[str, str]:
    """Ids of the event's chat and message; ``conversations`` takes note of what the event tells of them.

    In a conversation an event without a message id is a message itself.
    """
    conversation = event.conversation_id
    message = event.message_id or f"\0{event.transaction_id}"
    if not conversation:
        if not event.message_id:
            return NULL, NULL
        return NULL, _message_id(organization_id, f"\0{message}", conversations)
    chat = conversations.chats.get(conversation)
    if chat is None:
        chat_id = derived_id(organization_id, "chat", conversation)
        chat = conversations.chats[conversation] = Chat(chat_id, occurred_at, member_id)
    elif occurred_at <= chat.first_at and (occurred_at < chat.first_at or member_id < chat.member_id):
        chat.first_at, chat.member_id = occurred_at, member_id
    title = event.conversation_title
    if title and (chat.titled_at is None or occurred_at >= chat.titled_at):
        chat.title, chat.titled_at = title, occurred_at
    return chat.id, _message_id(organization_id, f"{conversation}\0{message}", conversations)


def _message_id(organization_id: int, name: str, conversations: Conversations) -> str:
    found = conversations.messages.get(name)
    if found is None:
        found = conversations.messages[name] = derived_id(organization_id, "message", name)
    else:
        conversations.shared.add(found)
    return found
