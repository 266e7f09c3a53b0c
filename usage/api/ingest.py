"""``POST /api/v1/ingest/…``: a door for each format of request bodies that is found in ``usage.formats``."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.conf import settings
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.views import APIView

from teams.api.authentication import ApiKeyAuthentication, RequiresScope
from teams.api.problems import CONTENT_TYPE, Problem
from teams.api.schema import ProblemSerializer
from teams.enums import KeyScope
from teams.models import ApiKey
from usage.api.batch_answers import batch_answer
from usage.api.bodies import read_body
from usage.api.event_schema import BatchAnswerSerializer
from usage.decoding import MalformedBatch
from usage.formats import envelopes
from usage.formats.protocol import Arrival, Envelope
from usage.services.ingest import store_events

_REFUSED: Final = (400, 401, 403, 408, 411, 413, 415, 503)
_BINARY: Final[dict[str, Any]] = {"type": "string", "format": "binary"}


class EnvelopeView(APIView):
    """Takes the events of the key's organization in one format."""

    authentication_classes = (ApiKeyAuthentication,)
    permission_classes = (RequiresScope(KeyScope.USAGE_WRITE),)
    envelope: ClassVar[Envelope]

    def post(self, request: Request) -> HttpResponse:
        key = request.auth
        assert isinstance(key, ApiKey)  # the only way in, see ``authentication_classes``
        arrival = self._arrival(request)
        try:
            events = self.envelope.decode(arrival)
        except MalformedBatch as error:
            raise Problem(
                status=400, detail=_("The body cannot be read: %(error)s") % {"error": error}
            ) from None
        outcomes = (
            store_events(
                organization_id=key.organization_id,
                events=events,
                source=self.envelope.source,
                api_key_id=key.pk,
            )
            if events
            else []  # Nothing came in: there is nothing to lock or to count.
        )
        if self.envelope.answer is None:
            return batch_answer(outcomes)
        reply = self.envelope.answer(arrival, outcomes)
        return HttpResponse(reply.body, content_type=reply.content_type, status=reply.status)

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        """The problem, in the words of the format where it has its own; status and headers stay."""
        problem = super().handle_exception(exc)
        if self.envelope.refuse is None:
            return problem
        detail = json.loads(problem.content)["detail"]
        reply = self.envelope.refuse(_content_type(self.request), problem.status_code, detail)
        headers = {name: value for name, value in problem.headers.items() if name != "Content-Type"}
        return HttpResponse(reply.body, content_type=reply.content_type, status=reply.status, headers=headers)

    def _arrival(self, request: Request) -> Arrival:
        content_type = _content_type(request)
        accepted = self.envelope.content_types
        if content_type not in accepted:
            raise Problem(
                status=415,
                detail=_("Content-Type “%(sent)s” is not understood here; send %(accepted)s.")
                % {"sent": content_type, "accepted": ", ".join(accepted)},
            )
        return Arrival(
            body=read_body(request._request),
            content_type=content_type,
            headers={name.lower(): value for name, value in request.headers.items()},
            limit=settings.INGEST_MAX_EVENTS,
        )


def _content_type(request: Request) -> str:
    return (request.content_type or "").partition(";")[0].strip().lower()


def ingest_paths() -> list[URLPattern]:
    """An endpoint for every envelope."""
    return [
        path(f"ingest/{envelope.path}", _view(envelope).as_view(), name=f"ingest-{envelope.name}")
        for envelope in envelopes()
    ]


def _view(envelope: Envelope) -> type[EnvelopeView]:
    view = type(f"{envelope.name.title()}View", (EnvelopeView,), {"envelope": envelope})
    described = extend_schema(
        operation_id=f"ingest_{envelope.name}",
        summary=envelope.summary,
        description=envelope.description,
        request={kind: _described(kind, envelope.schema or {}) for kind in envelope.content_types},
        responses=_answers(envelope) | _refusals(envelope),
        examples=_examples(envelope),
        tags=["ingest"],
    )
    return extend_schema_view(post=described)(view)


def _examples(envelope: Envelope) -> list[OpenApiExample]:
    if not envelope.example:
        return []
    binary = any(kind.endswith("protobuf") for kind in envelope.content_types)
    kind = "application/json" if binary else None
    return [OpenApiExample(envelope.summary, value=envelope.example, request_only=True, media_type=kind)]


def _answers(envelope: Envelope) -> dict[Any, Any]:
    if envelope.answer_schema is None:
        return {200: BatchAnswerSerializer}
    return {(200, kind): _described(kind, envelope.answer_schema) for kind in envelope.content_types}


def _refusals(envelope: Envelope) -> dict[Any, Any]:
    if envelope.refusal_schema is None:
        return {(status, CONTENT_TYPE): ProblemSerializer for status in (*_REFUSED, 422)}
    return {
        (status, kind): _described(kind, envelope.refusal_schema)
        for status in _REFUSED
        for kind in envelope.content_types
    }


def _described(kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return _BINARY if kind.endswith("protobuf") else dict(schema)
