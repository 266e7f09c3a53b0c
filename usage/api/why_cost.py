"""``GET /api/v1/usage/{events,messages,chats}/{id}/cost``: why something costs what it costs."""

from typing import Final

from django.http import HttpResponse
from rest_framework.request import Request

from teams.api.conditional import IF_NONE_MATCH
from usage.api.reading import (
    CONVERSATION,
    ORGANIZATION,
    ReadingView,
    answer,
    answers_of,
    asker,
    example_of,
    id_in_path,
)
from usage.api.taking import endpoint_schema
from usage.api.why_cost_serializers import EXAMPLE, WhyCostSerializer
from usage.queries.why_cost import why_chat, why_event, why_message

_WHAT: Final = (
    "Quantity × unit price for each kind, one part per price: where the price comes from and since when it holds, "
    "tier and context size, the organization's own price or the rate on the list's. What was corrected is counted as "
    "it stands now. The lines add up to `contracted_cost` exactly. "
)
_WHO: Final = (
    "Keys with the scope `usage:read` see their organization; owners, admins, billing contacts and auditors all of "
    "theirs; department leads their departments and their own usage; members their own. What is not the asker's is "
    "left out, and does not exist if that is everything."
)
_ANSWERS: Final = answers_of(WhyCostSerializer)
_EXAMPLES: Final = [example_of(EXAMPLE, name="At a rate of 0.9")]


class EventCostView(ReadingView):
    @endpoint_schema(
        operation_id="usage_event_cost",
        tags=["cost"],
        summary="Why an event costs what it costs",
        description=_WHAT + _WHO,
        parameters=[
            id_in_path("transaction_id", "The event's id, as sent."),
            ORGANIZATION,
            IF_NONE_MATCH,
        ],
        responses=_ANSWERS,
        examples=_EXAMPLES,
    )
    def get(self, request: Request, transaction_id: str) -> HttpResponse:
        organization_id, visible = asker(request)
        return answer(request, WhyCostSerializer, why_event(organization_id, transaction_id, visible=visible))


class MessageCostView(ReadingView):
    @endpoint_schema(
        operation_id="usage_message_cost",
        tags=["cost"],
        summary="Why a message costs what it costs",
        description=_WHAT + _WHO,
        parameters=[
            id_in_path("message_id", "The message's id, as sent, or its UUID in the ledger."),
            CONVERSATION,
            ORGANIZATION,
            IF_NONE_MATCH,
        ],
        responses=_ANSWERS,
        examples=_EXAMPLES,
    )
    def get(self, request: Request, message_id: str) -> HttpResponse:
        organization_id, visible = asker(request)
        conversation_id = request.query_params.get(CONVERSATION.name, "")
        found = why_message(organization_id, message_id, conversation_id=conversation_id, visible=visible)
        return answer(request, WhyCostSerializer, found)


class ChatCostView(ReadingView):
    @endpoint_schema(
        operation_id="usage_chat_cost",
        tags=["cost"],
        summary="Why a chat costs what it costs",
        description=_WHAT + _WHO,
        parameters=[
            id_in_path(
                "conversation_id", "The conversation's id, as sent, or the chat's UUID in the ledger."
            ),
            ORGANIZATION,
            IF_NONE_MATCH,
        ],
        responses=_ANSWERS,
        examples=_EXAMPLES,
    )
    def get(self, request: Request, conversation_id: str) -> HttpResponse:
        organization_id, visible = asker(request)
        return answer(request, WhyCostSerializer, why_chat(organization_id, conversation_id, visible=visible))
