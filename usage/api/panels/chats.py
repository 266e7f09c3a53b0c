"""``GET /api/v1/usage/chats``, ``…/chats/{id}`` and ``…/messages``: chats, and the messages of one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from teams.api.access import PARAMETER, organization_asked
from teams.api.authentication import RequiresScope
from teams.api.conditional import IF_NONE_MATCH, conditional
from teams.api.problems import CONTENT_TYPE, Problem
from teams.api.schema import ProblemSerializer
from teams.api.writing import written, written_each
from teams.enums import KeyScope
from teams.queries.access import NotVisible
from usage.api.figures import RowSerializer
from usage.api.panels.base import PanelView, panel_schema
from usage.api.panels.chats_serializers import (
    CHAT_ANSWER_EXAMPLE,
    CHATS_EXAMPLE,
    MESSAGES_EXAMPLE,
    ChatAnswerSerializer,
    ChatsAnswerSerializer,
    ChatSerializer,
    MessagesAnswerSerializer,
    MessageSerializer,
)
from usage.api.panels.pages import PAGES, page_addresses
from usage.api.taking import endpoint_schema
from usage.panels.chats import ChatOrder
from usage.panels.filters import BadFilter, one
from usage.panels.paging import SEARCH, SORT
from usage.panels.vocabulary import Dimension
from usage.queries.panels.chat import asked_messages, chat_summary, find_chat, messages_of
from usage.queries.panels.chats import CHAT_FILTERS, chats_panel
from usage.queries.panels.request import PanelRequest, panel_request
from usage.queries.snapshot import one_snapshot

_ORGANIZATION: Final = OpenApiParameter(PARAMETER, str, description="Short name. Not needed with a key.")
_VISIBLE: Final = (
    " As far as the asker may see it: keys with `usage:read` their organization, department leads their departments "
    "and their own usage, members their own. Who sees a part of a chat is told the figures of that part."
)
_ID: Final = "The conversation's id, as sent, or the chat's UUID in the ledger."


class ChatsView(PanelView):
    filters: ClassVar[Sequence[Dimension]] = CHAT_FILTERS
    is_compared: ClassVar[bool] = False

    @panel_schema(
        operation_id="usage_chats",
        summary="Chats, the dearest first",
        description="The chats with usage in the days shown. Their figures are of the chats from beginning to end, "
        "also where those reach beyond these days; what was taken back altogether is left out. A page goes on by key: "
        "what comes in meanwhile repeats no row and skips none.",
        answer=ChatsAnswerSerializer,
        dimensions=CHAT_FILTERS,
        is_compared=False,
        parameters=[
            OpenApiParameter(SEARCH, str, description="Part of a title or of a conversation id."),
            OpenApiParameter(
                SORT,
                str,
                enum=[order.value for order in ChatOrder],
                description="`cost` if left out, `tokens`, or the `last` activity; the largest or latest first.",
            ),
            *PAGES,
        ],
        example=CHATS_EXAMPLE,
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def body(self, asked: PanelRequest) -> Mapping[str, Any]:
        found = chats_panel(asked)
        return {
            "is_whole": found.is_whole,
            "sort": found.order.value,
            "chats": written_each(ChatSerializer, found.page.rows),
            "page": page_addresses(self.request, found.page),
        }


class _ChatView(APIView):
    """Reads; changes nothing."""

    permission_classes = (RequiresScope(KeyScope.USAGE_READ, people=True),)

    def answer(self, request: Request, **names: str) -> HttpResponse:
        """What ``body`` finds for whoever asks; as if there were nothing where they may not see it."""
        organization, access = organization_asked(request)
        try:
            with one_snapshot():
                asked = panel_request(
                    organization=organization,
                    access=access,
                    parameters={},
                    dimensions=(),
                    now=timezone.now(),
                    names=names,
                )
                if asked.visible.is_nothing:
                    raise NotVisible
                # No days and no filter: all of the chat.
                body = self.body(replace(asked, parameters=dict(request.query_params.lists())))
        except BadFilter as error:
            raise Problem(status=400, detail=error.reason, errors=[(error.field, error.reason)]) from None
        if body is None:
            raise NotVisible
        return conditional(request, body, apart_from=frozenset())

    def body(self, asked: PanelRequest) -> Mapping[str, Any] | None:
        """What there is to tell; None where there is no such thing."""
        raise NotImplementedError


def _schema(answer: type[serializers.Serializer[Any]], *, example: Any, **described: Any) -> Any:
    return endpoint_schema(
        tags=["usage"],
        responses={
            200: answer,
            304: OpenApiResponse(description="Nothing has changed since that ETag."),
            **{(status, CONTENT_TYPE): ProblemSerializer for status in (400, 401, 403, 404)},
        },
        examples=[OpenApiExample("Answer", value=example, response_only=True, status_codes=["200"])],
        **described,
    )


class ChatView(_ChatView):
    @_schema(
        ChatAnswerSerializer,
        example=CHAT_ANSWER_EXAMPLE,
        operation_id="usage_chat",
        summary="A chat: what it used, on which models, by whom",
        description="From its beginning to its end, corrections counted in." + _VISIBLE,
        parameters=[
            OpenApiParameter(
                "conversation_id",
                str,
                OpenApiParameter.PATH,
                description=f"{_ID} Percent-encode it as one part of the path (`/` as `%2F`).",
            ),
            _ORGANIZATION,
            IF_NONE_MATCH,
        ],
    )
    def get(self, request: Request, conversation_id: str) -> HttpResponse:
        return self.answer(request, conversation_id=conversation_id)

    def body(self, asked: PanelRequest) -> Mapping[str, Any] | None:
        found = chat_summary(asked)
        if found is None:
            return None
        return {
            "is_whole": found.is_whole,
            "currency": "USD",
            "chat": written(ChatSerializer, found.chat),
            "by_model": written_each(RowSerializer, found.models),
            "by_member": written_each(RowSerializer, found.members),
        }


class MessagesView(_ChatView):
    @_schema(
        MessagesAnswerSerializer,
        example=MESSAGES_EXAMPLE,
        operation_id="usage_messages",
        summary="The messages of a chat",
        description="In their order, each with all its calls, corrections counted in." + _VISIBLE,
        parameters=[
            OpenApiParameter("conversation_id", str, required=True, description=_ID),
            *PAGES,
            _ORGANIZATION,
            IF_NONE_MATCH,
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def body(self, asked: PanelRequest) -> Mapping[str, Any] | None:
        conversation_id = one(asked.parameters, "conversation_id")
        if not conversation_id:
            raise BadFilter("conversation_id", _("Say which chat's messages are asked for."))
        turn = asked_messages(asked)
        chat = find_chat(asked.organization.pk, conversation_id)
        found = messages_of(asked.reader, chat, turn) if chat else None
        # There is a message in every part of a chat, and no page leads to an empty one: nothing of it is seen.
        if chat is None or found is None or not found.rows:
            return None
        return {
            "conversation_id": chat.external_id,
            "currency": "USD",
            "messages": written_each(MessageSerializer, found.rows),
            "page": page_addresses(self.request, found),
        }
