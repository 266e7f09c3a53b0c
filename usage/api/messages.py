"""``GET /api/v1/usage/messages/{id}``: what a message was made of."""

from typing import Any, Final

from django.http import HttpResponse
from rest_framework import serializers
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
from usage.api.why_cost_serializers import EXAMPLE, CostLineSerializer, ExactField, WhyCostSerializer
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


_EXAMPLE: Final = {
    "input_tokens": 1200,
    "user_text_tokens": 200,
    "context_tokens": 700,
    "file_tokens": 200,
    "system_tokens": 50,
    "tool_result_tokens": 30,
    "other_tokens": 20,
    "output_tokens": 150,
    "answer_tokens": 100,
    "reasoning_output_tokens": 40,
    "tool_call_tokens": 10,
    "audio_input_tokens": 0,
    "audio_output_tokens": 0,
    "audio_seconds": 0,
    "audio_lines": [],
    "audio_cost": "0",
    "calls": 1,
    "failures": 0,
    "duration_ms": 2400,
    "time_to_first_token_ms": 380,
    "models": ["gpt-4o"],
    "cost": EXAMPLE,
}


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
            IF_NONE_MATCH,
        ],
        responses=answers_of(MessageDetailSerializer),
        examples=[example_of(_EXAMPLE)],
    )
    def get(self, request: Request, message_id: str) -> HttpResponse:
        organization_id, visible = asker(request)
        conversation_id = request.query_params.get(CONVERSATION.name, "")
        found = message_detail(organization_id, message_id, conversation_id=conversation_id, visible=visible)
        return answer(request, MessageDetailSerializer, found)
