"""The ledger's rows of a message or a chat, found by the ids that clients sent or by those that they got here."""

from uuid import UUID

from django.db.models import Q, QuerySet

from teams.permissions import Visible
from usage.identity import derived_id
from usage.models import Chat, Message, UsageEvent

Rows = QuerySet[UsageEvent]


def message_rows(organization_id: int, message_id: str, *, conversation_id: str = "") -> Rows | None:
    """All rows of a message, corrections too; None when there is no such message.

    It is named by the client's ids of conversation and message, or by its id in the ledger. One query.
    """
    derived = UUID(derived_id(organization_id, "message", f"{conversation_id}\0{message_id}"))
    wanted = (derived, *_as_uuid(message_id))
    messages = Message.objects.filter(organization_id=organization_id, id__in=wanted)
    found = list(messages.values_list("id", "period", "chat_id"))
    known = {id_ for id_, _period, _chat in found}
    for id_ in wanted:
        if id_ in known:
            chats = {chat for of, _period, chat in found if of == id_}
            rows = UsageEvent.objects.filter(
                organization_id=organization_id,
                period__in={period for of, period, _chat in found if of == id_},
                message_id=id_,
            )
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
