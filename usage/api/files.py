"""``GET /api/v1/usage/files/{id}``: what a file took, and what its reuse added."""

from typing import Any, Final

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from teams.api.conditional import IF_NONE_MATCH
from usage.api.reading import (
    ORGANIZATION,
    ReadingView,
    answer,
    answers_of,
    asker,
    example_of,
    id_in_path,
)
from usage.api.taking import endpoint_schema
from usage.api.why_cost_serializers import ExactField
from usage.queries.files import file_detail


class FileInChatSerializer(serializers.Serializer[Any]):
    conversation_id = serializers.CharField(allow_blank=True, help_text="Empty for use outside of chats.")
    conversation_title = serializers.CharField(allow_blank=True)
    uses = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    cache_read_input_tokens = serializers.IntegerField()
    contracted_cost = ExactField()
    unpriced_events = serializers.IntegerField(help_text="Of its calls, those without a price yet.")


class FileDetailSerializer(serializers.Serializer[Any]):
    """Money in US dollars, exact."""

    file_id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    size_bytes = serializers.IntegerField()
    extracted_tokens = serializers.IntegerField()
    first_at = serializers.DateTimeField(help_text="Of the uses that the asker may see.")
    last_at = serializers.DateTimeField()
    processing_cost = ExactField(help_text="Of the calls that extracted it.")
    uses = serializers.IntegerField(help_text="Calls that read it.")
    chat_count = serializers.IntegerField()
    input_tokens = serializers.IntegerField(help_text="What it added to the input of these calls.")
    contracted_cost = ExactField()
    reused_tokens = serializers.IntegerField(help_text="Of these, by every use after the first.")
    reused_cost = ExactField()
    cache_read_input_tokens = serializers.IntegerField(
        help_text="Tokens that caching saved the full price of."
    )
    uncached_cost = ExactField(help_text="What they would have cost as ordinary input.")
    saved_by_caching = ExactField(help_text="How much more than they did cost.")
    unpriced_events = serializers.IntegerField(help_text="Calls with it that have no price yet.")
    chats = FileInChatSerializer(many=True, help_text="The first fifty, most tokens first.")


_EXAMPLE: Final = {
    "file_id": "report",
    "name": "Report.pdf",
    "size_bytes": 80000,
    "extracted_tokens": 410,
    "first_at": "2026-11-23T09:30:00Z",
    "last_at": "2026-11-25T14:05:00Z",
    "processing_cost": "0.00162",
    "uses": 3,
    "chat_count": 2,
    "input_tokens": 1200,
    "contracted_cost": "0.00162",
    "reused_tokens": 800,
    "reused_cost": "0.000972",
    "cache_read_input_tokens": 400,
    "uncached_cost": "0.000648",
    "saved_by_caching": "0.000324",
    "unpriced_events": 0,
    "chats": [
        {
            "conversation_id": "quarter",
            "conversation_title": "The quarter's figures",
            "uses": 2,
            "input_tokens": 800,
            "cache_read_input_tokens": 400,
            "contracted_cost": "0.000972",
            "unpriced_events": 0,
        },
        {
            "conversation_id": "board",
            "conversation_title": "",
            "uses": 1,
            "input_tokens": 400,
            "cache_read_input_tokens": 0,
            "contracted_cost": "0.000648",
            "unpriced_events": 0,
        },
    ],
}


class FileDetailView(ReadingView):
    @endpoint_schema(
        operation_id="usage_file",
        tags=["usage"],
        summary="A file: its size, its chats and what its reuse added",
        description="As far as the asker may see its use; what was corrected is counted as it stands now.",
        parameters=[
            id_in_path("file_id", "The file's id, as sent, or its UUID in the ledger."),
            ORGANIZATION,
            IF_NONE_MATCH,
        ],
        responses=answers_of(FileDetailSerializer),
        examples=[example_of(_EXAMPLE)],
    )
    def get(self, request: Request, file_id: str) -> HttpResponse:
        organization_id, visible = asker(request)
        return answer(request, FileDetailSerializer, file_detail(organization_id, file_id, visible=visible))
