"""``GET /api/v1/usage/messages/{id}``: what a message was made of."""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from usage.api.reading import CONVERSATION, ORGANIZATION, ReadingView, answer, answers_of, asker, id_in_path
from usage.api.taking import endpoint_schema
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


class MessageDetailView(ReadingView):
    @endpoint_schema(
        operation_id="usage_message",
        tags=["usage"],
        summary="A message: its input, output, audio and cost",
        description="As far as the asker may see it; what was corrected is counted as it stands now.",
        parameters=[
            id_in_path("message_id", "The message's id, as sent, or its UUID in the ledger."),
            CONVERSATION,
            ORGANIZATION,
        ],
        responses=answers_of(MessageDetailSerializer),
    )
    def get(self, request: Request, message_id: str) -> HttpResponse:
        organization_id, visible = asker(request)
        conversation_id = request.query_params.get(CONVERSATION.name, "")
        found = message_detail(organization_id, message_id, conversation_id=conversation_id, visible=visible)
        return answer(MessageDetailSerializer, found)
