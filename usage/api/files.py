"""``GET /api/v1/usage/files/{id}``: what a file took, and what its reuse added."""

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
from usage.api.why_cost_serializers import ExactField
from usage.queries.files import file_detail


class FileInChatSerializer(serializers.Serializer[Any]):
    conversation_id = serializers.CharField(allow_blank=True, help_text="Empty for use outside of chats.")
    uses = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    cache_read_input_tokens = serializers.IntegerField()
    contracted_cost = ExactField()


class FileDetailSerializer(serializers.Serializer[Any]):
    """Money in US dollars, exact."""

    file_id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    size_bytes = serializers.IntegerField()
    extracted_tokens = serializers.IntegerField()
    first_at = serializers.DateTimeField()
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
    saved_by_caching = ExactField(help_text="What they would have cost more as ordinary input.")
    chats = FileInChatSerializer(many=True, help_text="The first fifty, most tokens first.")


_ANSWERS: Final[dict[Any, Any]] = {
    200: FileDetailSerializer,
    **{(status, CONTENT_TYPE): ProblemSerializer for status in (400, 401, 403, 404)},
}


class FileDetailView(APIView):
    """Reads; changes nothing."""

    permission_classes = (RequiresScope(KeyScope.USAGE_READ, people=True),)

    @extend_schema(
        operation_id="usage_file",
        tags=["usage"],
        summary="A file: its size, its chats and what its reuse added",
        description="As far as the asker may see its use; what was corrected is counted as it stands now.",
        parameters=[
            OpenApiParameter(
                "file_id",
                str,
                OpenApiParameter.PATH,
                description="The file's id, as sent, percent-encoded, or its UUID in the ledger.",
            ),
            OpenApiParameter(PARAMETER, str, description="Short name. Not needed with a key."),
        ],
        responses=_ANSWERS,
    )
    def get(self, request: Request, file_id: str) -> Response:
        access = request_access(request)
        found = file_detail(access.organization_id, file_id, visible=usage_scope(access))
        if found is None:
            raise NotVisible
        return Response(FileDetailSerializer(found).data)
