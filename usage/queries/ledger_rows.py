"""The ledger's rows of a message or a chat, found by the ids that clients sent or by those that they got here."""

from uuid import UUID

from django.db.models import Q, QuerySet

from teams.permissions import Visible
from usage.identity import derived_id
from usage.models import Chat, Message, UsageEvent

Rows = QuerySet[UsageEvent]


def message_rows(organization_id: int, message_id: str, *, conversation_id: str = "") -> Rows | None:
    """All rows of a message, corrections too; None when there is no such message.

    It is named by the client's ids of conversation and message, or by its id in the ledger. Two queries.
    """
    derived = UUID(derived_id(organization_id, "message", f"{conversation_id}\0{message_id}"))
    messages = Message.objects.filter(organization_id=organization_id)
    for id_ in (derived, *_as_uuid(message_id)):
        found = list(messages.filter(id=id_).values_list("period", "chat_id"))
        if found:
            rows = UsageEvent.objects.filter(
                organization_id=organization_id,
                period__in={period for period, _chat in found},
                message_id=id_,
            )
            chats = {chat for _period, chat in found}
            # By the chat, for there is an index of it.
            return rows.filter(chat_id__in=chats) if None not in chats else rows
    return None


def chat_rows(organization_id: int, conversation_id: str) -> Rows | None:
    """The same of a whole chat, named by the client's conversation id or by its id in the ledger."""
    wanted = (UUID(derived_id(organization_id, "chat", conversation_id)), *_as_uuid(conversation_id))
    chats = Chat.objects.filter(organization_id=organization_id, id__in=wanted)
    known = set(chats.values_list("id", flat=True))
    for id_ in wanted:
        if id_ in known:
            return UsageEvent.objects.filter(organization_id=organization_id, chat_id=id_)
    return None


def seen_by(visible: Visible, rows: Rows) -> Rows:
    """Those that the asker may see."""
    if visible.whole_organization:
        return rows
    return rows.filter(Q(department_id__in=visible.department_ids) | Q(member_id__in=visible.member_ids))


def _as_uuid(text: str) -> list[UUID]:
    try:
        return [UUID(text)]
    except ValueError:
        return []
