"""``POST /api/v1/usage/events``: the door for usage events."""

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from teams.api.authentication import ApiKeyAuthentication, RequiresScope
from teams.api.problems import CONTENT_TYPE, Problem
from teams.api.schema import ProblemSerializer
from teams.enums import KeyScope
from teams.models import ApiKey
from usage.api.batch_answers import batch_answer
from usage.api.bodies import read_body
from usage.api.event_schema import EVENT_EXAMPLE, EVENT_SCHEMA, BatchAnswerSerializer
from usage.decoding import MalformedBatch, decode_batch
from usage.enums import EventSource
from usage.services.ingest import store_events


class UsageEventsView(APIView):
    """Takes usage events of the key's organization and says of each what became of it."""

    authentication_classes = (ApiKeyAuthentication,)
    permission_classes = (RequiresScope(KeyScope.USAGE_WRITE),)

    @extend_schema(
        operation_id="store_usage_events",
        summary="Store usage events",
        description=(
            "A JSON array of events, or one JSON object per line (NDJSON); gzip with `Content-Encoding: gzip`. "
            "At most 10,000 events a request. Sending an event again is safe: the same `transaction_id` with the "
            "same content counts once."
        ),
        request={
            "application/json": {"type": "array", "items": EVENT_SCHEMA},
            "application/x-ndjson": {"type": "string"},
        },
        responses={
            200: BatchAnswerSerializer,
            **{
                (status, CONTENT_TYPE): ProblemSerializer
                for status in (400, 401, 403, 408, 411, 413, 415, 422, 503)
            },
        },
        examples=[OpenApiExample("One model call", value=[EVENT_EXAMPLE], request_only=True)],
        tags=["ingest"],
    )
    def post(self, request: Request) -> HttpResponse:
        key = request.auth
        assert isinstance(key, ApiKey)  # the only way in, see ``authentication_classes``
        try:
            events = decode_batch(read_body(request._request), limit=settings.INGEST_MAX_EVENTS)
        except MalformedBatch as error:
            raise Problem(
                status=400,
                detail=_("The body is neither a JSON array nor NDJSON: %(error)s") % {"error": error},
            ) from None
        outcomes = (
            store_events(
                organization_id=key.organization_id,
                events=events,
                source=EventSource.NATIVE,
                api_key_id=key.pk,
            )
            if events
            else []  # Nothing came in: there is nothing to lock or to count.
        )
        return batch_answer(outcomes)
