"""``GET /api/v1/usage/files``: the files that chats read, those that added the most cost first."""

from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from teams.api.access import PARAMETER, request_access
from teams.api.authentication import RequiresScope
from teams.api.conditional import IF_NONE_MATCH, conditional
from teams.api.problems import CONTENT_TYPE, Problem
from teams.api.schema import ProblemSerializer
from teams.api.writing import written
from teams.enums import KeyScope
from teams.permissions import usage_scope
from teams.queries.access import NotVisible
from usage.api.figures import MoneyField
from usage.api.panels.pages import PAGES, PageSerializer, page_addresses
from usage.api.taking import endpoint_schema
from usage.panels.filters import BadFilter
from usage.panels.paging import SEARCH
from usage.queries.panels.files import asked_files


class _UsedSerializer(serializers.Serializer[Any]):
    uses = serializers.IntegerField(help_text="Calls that read it, the first one too.")
    input_tokens = serializers.IntegerField(help_text="What these added to the input of their calls.")
    cache_read_input_tokens = serializers.IntegerField(
        help_text="Of them, those that came from the cache at its price."
    )
    contracted_cost = MoneyField(help_text="US dollars; uses without a price add none.")
    processing_cost = MoneyField(help_text="Of the calls that extracted it.")


class FileRowSerializer(_UsedSerializer):
    file_id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    size_bytes = serializers.IntegerField()
    extracted_tokens = serializers.IntegerField()
    chat_count = serializers.IntegerField(help_text="Chats that read it; use outside of chats is none.")


class FileTotalsSerializer(_UsedSerializer):
    files = serializers.IntegerField()


class FilesSerializer(serializers.Serializer[Any]):
    """Over all time, as far as the asker may see it."""

    as_of = serializers.DateTimeField(help_text="All that was stored up to then is included.")
    currency = serializers.CharField(help_text="Of all costs.")
    is_whole_organization = serializers.BooleanField(
        help_text="False where the asker sees a department or their own usage only."
    )
    totals = FileTotalsSerializer(help_text="Of all files that match, on whichever page they stand.")
    files = FileRowSerializer(many=True, source="rows")
    page = PageSerializer()


_EXAMPLE: Final = OpenApiExample(
    "Answer",
    value={
        "as_of": "2026-11-29T09:30:00Z",
        "currency": "USD",
        "is_whole_organization": True,
        "totals": {
            "uses": 3,
            "input_tokens": 1200,
            "cache_read_input_tokens": 400,
            "contracted_cost": "0.00162",
            "processing_cost": "0.00162",
            "files": 1,
        },
        "files": [
            {
                "uses": 3,
                "input_tokens": 1200,
                "cache_read_input_tokens": 400,
                "contracted_cost": "0.00162",
                "processing_cost": "0.00162",
                "file_id": "report",
                "name": "Report.pdf",
                "size_bytes": 80000,
                "extracted_tokens": 410,
                "chat_count": 2,
            }
        ],
        "page": {"next": None, "previous": None},
    },
    response_only=True,
    status_codes=["200"],
)


class FilesView(APIView):
    """Reads; changes nothing."""

    permission_classes = (RequiresScope(KeyScope.USAGE_READ, people=True),)

    @endpoint_schema(
        operation_id="usage_files",
        tags=["usage"],
        summary="Files by the cost that their use added",
        description="Over all time, those that added the most cost first. What every use after the first added, and "
        "what caching saved, stands at the file. Keys with `usage:read` see their organization, department leads the "
        "use in their departments and their own, members their own.",
        parameters=[
            OpenApiParameter(PARAMETER, str, description="Short name. Not needed with a key."),
            OpenApiParameter(SEARCH, str, description="A part of a name or an id."),
            *PAGES,
            IF_NONE_MATCH,
        ],
        responses={
            200: FilesSerializer,
            304: OpenApiResponse(description="Nothing has changed since that ETag."),
            **{(status, CONTENT_TYPE): ProblemSerializer for status in (400, 401, 403, 404)},
        },
        examples=[_EXAMPLE],
    )
    def get(self, request: Request) -> HttpResponse:
        access = request_access(request)
        visible = usage_scope(access)
        if visible.is_nothing:
            raise NotVisible
        parameters = dict(request.query_params.lists())
        try:
            found = asked_files(access.organization_id, visible=visible, parameters=parameters)
        except BadFilter as error:
            raise Problem(status=400, detail=error.reason, errors=[(error.field, error.reason)]) from None
        facts = {
            "as_of": timezone.now(),
            "currency": "USD",
            "is_whole_organization": visible.whole_organization,
            "totals": found.totals,
            "rows": found.rows,
            "page": page_addresses(request, found.page),
        }
        return conditional(request, written(FilesSerializer, facts), apart_from=frozenset({"as_of"}))
