"""``GET /api/v1/usage/files/{id}``: what a file took, and what its reuse added."""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from usage.api.reading import ORGANIZATION, ReadingView, answer, answers_of, asker, id_in_path
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


class FileDetailView(ReadingView):
    @endpoint_schema(
        operation_id="usage_file",
        tags=["usage"],
        summary="A file: its size, its chats and what its reuse added",
        description="As far as the asker may see its use; what was corrected is counted as it stands now.",
        parameters=[
            id_in_path("file_id", "The file's id, as sent, or its UUID in the ledger."),
            ORGANIZATION,
        ],
        responses=answers_of(FileDetailSerializer),
    )
    def get(self, request: Request, file_id: str) -> HttpResponse:
        organization_id, visible = asker(request)
        return answer(FileDetailSerializer, file_detail(organization_id, file_id, visible=visible))
