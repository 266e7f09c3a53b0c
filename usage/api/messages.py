"""``GET /api/v1/usage/messages/{id}``: what a message was made of."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from teams.api.access import PARAMETER, request_access
from teams.api.authentication import RequiresScope
from teams.api.problems import CONTENT_TYPE
from teams.api.schema import ProblemSerializer
from teams.enums import KeyScope
from teams.permissions import usage_scope
from teams.queries.access import NotVisible
from usage.api.why_cost_serializers import CostLineSerializer, ExactField, WhyCostSerializer
from usage.queries.messages import message_detail


class MessageDetailSerializer(serializers.Serializer[Any]):
    """The five parts of the input and `other_tokens` add up to `input_tokens` exactly."""

    input_tokens = serializers.IntegerField()
    user_text_tokens = serializers.IntegerField()
    context_tokens = serializers.IntegerField()
    file_tokens = serializers.IntegerField()
    system_tokens = serializers.IntegerField()
    tool_result_tokens = serializers.IntegerField()
    other_tokens = serializers.IntegerField(help_text="What the client did not tell the parts of.")
    output_tokens = serializers.IntegerField()
    answer_tokens = serializers.IntegerField(help_text="Without reasoning, audio and tool calls.")
    reasoning_output_tokens = serializers.IntegerField()
    tool_call_tokens = serializers.IntegerField()
    audio_input_tokens = serializers.IntegerField()
    audio_output_tokens = serializers.IntegerField()
    audio_seconds = serializers.IntegerField()
    audio_lines = CostLineSerializer(many=True)
    audio_cost = ExactField(allow_null=True, help_text="null while some audio has no price.")
    calls = serializers.IntegerField()
    failures = serializers.IntegerField()
    duration_ms = serializers.IntegerField()
    time_to_first_token_ms = serializers.IntegerField(allow_null=True)
    models = serializers.ListField(child=serializers.CharField())
    cost = WhyCostSerializer()


_ANSWERS: Final[dict[Any, Any]] = {
    200: MessageDetailSerializer,
    **{(status, CONTENT_TYPE): ProblemSerializer for status in (400, 401, 403, 404)},
}


class MessageDetailView(APIView):
    """Reads; changes nothing."""

    permission_classes = (RequiresScope(KeyScope.USAGE_READ, people=True),)

    @extend_schema(
        operation_id="usage_message",
        tags=["usage"],
        summary="A message: its input, output, audio and cost",
        description="As far as the asker may see it; what was corrected is counted as it stands now.",
        parameters=[
            OpenApiParameter(
                "message_id",
                str,
                OpenApiParameter.PATH,
                description="The message's id, as sent, percent-encoded, or its UUID in the ledger.",
            ),
            OpenApiParameter(
                "conversation_id", str, description="Of the message's chat, if it was sent with one."
            ),
            OpenApiParameter(PARAMETER, str, description="Short name. Not needed with a key."),
        ],
        responses=_ANSWERS,
    )
    def get(self, request: Request, message_id: str) -> Response:
        access = request_access(request)
        found = message_detail(
            access.organization_id,
            message_id,
            conversation_id=request.query_params.get("conversation_id", ""),
            visible=usage_scope(access),
        )
        if found is None:
            raise NotVisible
        return Response(MessageDetailSerializer(found).data)
