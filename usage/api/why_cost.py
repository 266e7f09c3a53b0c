"""``GET /api/v1/usage/{events,messages,chats}/{id}/cost``: why something costs what it costs."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from teams.api.access import PARAMETER, request_access
from teams.api.authentication import RequiresScope
from teams.api.problems import CONTENT_TYPE
from teams.api.schema import ProblemSerializer
from teams.enums import KeyScope
from teams.permissions import Visible, usage_scope
from teams.queries.access import NotVisible
from usage.api.why_cost_serializers import EXAMPLE, WhyCostSerializer
from usage.queries.why_cost import why_chat, why_event, why_message
from usage.why_cost import WhyCost

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
_ORGANIZATION: Final = OpenApiParameter(PARAMETER, str, description="Short name. Not needed with a key.")
_ANSWERS: Final[dict[Any, Any]] = {
    200: WhyCostSerializer,
    **{(status, CONTENT_TYPE): ProblemSerializer for status in (400, 401, 403, 404)},
}
_EXAMPLES: Final = [
    OpenApiExample("At a rate of 0.9", value=EXAMPLE, response_only=True, status_codes=["200"])
]
_ENCODE: Final = "Percent-encode it as one part of the path (`/` as `%2F`)."


class _WhyView(APIView):
    """Reads; changes nothing."""

    permission_classes = (RequiresScope(KeyScope.USAGE_READ, people=True),)


class EventCostView(_WhyView):
    @extend_schema(
        operation_id="usage_event_cost",
        tags=["cost"],
        summary="Why an event costs what it costs",
        description=_WHAT + _WHO,
        parameters=[
            OpenApiParameter(
                "transaction_id",
                str,
                OpenApiParameter.PATH,
                description=f"The event's id, as sent. {_ENCODE}",
            ),
            _ORGANIZATION,
        ],
        responses=_ANSWERS,
        examples=_EXAMPLES,
    )
    def get(self, request: Request, transaction_id: str) -> Response:
        organization_id, visible = _asker(request)
        return _answer(why_event(organization_id, transaction_id, visible=visible))


class MessageCostView(_WhyView):
    @extend_schema(
        operation_id="usage_message_cost",
        tags=["cost"],
        summary="Why a message costs what it costs",
        description=_WHAT + _WHO,
        parameters=[
            OpenApiParameter(
                "message_id",
                str,
                OpenApiParameter.PATH,
                description=f"The message's id, as sent, or its UUID in the ledger. {_ENCODE}",
            ),
            OpenApiParameter(
                "conversation_id", str, description="Of the message's chat, if it was sent with one."
            ),
            _ORGANIZATION,
        ],
        responses=_ANSWERS,
        examples=_EXAMPLES,
    )
    def get(self, request: Request, message_id: str) -> Response:
        organization_id, visible = _asker(request)
        conversation_id = request.query_params.get("conversation_id", "")
        return _answer(
            why_message(organization_id, message_id, conversation_id=conversation_id, visible=visible)
        )


class ChatCostView(_WhyView):
    @extend_schema(
        operation_id="usage_chat_cost",
        tags=["cost"],
        summary="Why a chat costs what it costs",
        description=_WHAT + _WHO,
        parameters=[
            OpenApiParameter(
                "conversation_id",
                str,
                OpenApiParameter.PATH,
                description=f"The conversation's id, as sent, or the chat's UUID in the ledger. {_ENCODE}",
            ),
            _ORGANIZATION,
        ],
        responses=_ANSWERS,
        examples=_EXAMPLES,
    )
    def get(self, request: Request, conversation_id: str) -> Response:
        organization_id, visible = _asker(request)
        return _answer(why_chat(organization_id, conversation_id, visible=visible))


def _asker(request: Request) -> tuple[int, Visible]:
    access = request_access(request)
    visible = usage_scope(access)
    if visible.is_nothing:
        raise NotVisible
    return access.organization_id, visible


def _answer(found: WhyCost | None) -> Response:
    if found is None:
        raise NotVisible
    return Response(WhyCostSerializer(found).data)
