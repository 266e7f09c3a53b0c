"""One message of a chat: what it was made of, how long it took and what it cost, line by line."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from usage.panels.chats import written_in_path
from usage.panels.composition import Part, input_parts, output_parts
from usage.queries.messages import MessageDetail, message_detail
from usage.queries.panels.chat import find_chat, find_message
from usage.queries.panels.request import PanelRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAnswer:
    """A message as far as the asker may see it. ``input`` and ``output`` add up to its tokens exactly."""

    id: UUID
    message_id: str
    conversation_id: str
    chat_title: str
    chat_path: str
    detail: MessageDetail
    input: tuple[Part, ...]
    output: tuple[Part, ...]

    @property
    def path(self) -> str:
        """What addresses call it."""
        return written_in_path(self.message_id, self.id)

    @property
    def heading(self) -> str:
        return _("Message %(id)s") % {"id": self.message_id or self.id}


def message_panel(request: PanelRequest) -> MessageAnswer | None:
    """The message that the address names; None when nothing of it is visible."""
    organization_id, message_id = request.organization.pk, request.names["message_id"]
    chat = find_chat(organization_id, request.names["conversation_id"])
    message = find_message(chat, message_id) if chat else None
    if chat is None or message is None:
        return None
    detail = message_detail(
        organization_id, message_id, conversation_id=chat.external_id, visible=request.visible
    )
    if detail is None:
        return None
    return MessageAnswer(
        id=message.id,
        message_id=message.external_id,
        conversation_id=chat.external_id,
        chat_title=chat.title or chat.external_id or str(chat.id),
        chat_path=written_in_path(chat.external_id, chat.id),
        detail=detail,
        input=input_parts(detail),
        output=output_parts(detail),
    )
