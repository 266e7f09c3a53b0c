"""``POST /api/v1/usage/events/{transaction_id}/void``: takes an event back, and keeps it in sight."""

from typing import Annotated, Any, Final

import msgspec
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from teams.api.authentication import ApiKeyAuthentication, RequiresScope
from teams.api.problems import CONTENT_TYPE, Problem
from teams.api.schema import ProblemSerializer
from teams.enums import KeyScope
from teams.models import ApiKey
from usage.api.bodies import read_body
from usage.corrections import VoidOutcome
from usage.enums import Correction, EventSource, VoidAnswer
from usage.models import UsageEvent
from usage.queries.corrections import corrected_event, positions
from usage.services.corrections import void_events

_REASON: Final = 1000


class TransactionIdConverter:
    """Everything up to the rest of the path: ids may hold slashes, colons, blanks and any letters."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class _VoidRequest(msgspec.Struct):
    reason: Annotated[str, msgspec.Meta(max_length=_REASON)] = ""


_decoder: Final = msgspec.json.Decoder(_VoidRequest)


class VoidRequestSerializer(serializers.Serializer[Any]):
    """The body, which may be left out."""

    reason = serializers.CharField(
        required=False, max_length=_REASON, help_text="Why; it stands in the audit history."
    )


class LedgerRowSerializer(serializers.Serializer[UsageEvent]):
    """A row of the ledger. The figures of a void are those of its original, negated."""

    id = serializers.UUIDField()
    transaction_id = serializers.CharField()
    correction = serializers.ChoiceField(
        choices=Correction.choices, help_text="Empty: the event as it was sent."
    )
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    billing_month = serializers.DateField(source="period", help_text="First day of the billing month.")
    calls = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cost = serializers.SerializerMethodField()

    def get_cost(self, row: UsageEvent) -> str | None:
        """US dollars, exact; null while it is unpriced."""
        return None if row.contracted_cost is None else f"{row.contracted_cost.normalize():f}"


class VoidAnswerSerializer(serializers.Serializer[Any]):
    """The original, which stays, and the rows that take it back: together they are nothing."""

    transaction_id = serializers.CharField()
    status = serializers.ChoiceField(choices=[VoidAnswer.VOIDED.value, VoidAnswer.ALREADY_VOIDED.value])
    original = LedgerRowSerializer()
    corrections = LedgerRowSerializer(many=True)


_ORIGINAL: Final = {
    "id": "019ab0d5-1c60-7000-8f3b-2f9f3f1b8a10",
    "transaction_id": "msg_01HZX3-1",
    "correction": "",
    "occurred_at": "2026-11-23T09:30:00Z",
    "received_at": "2026-11-23T09:30:02Z",
    "billing_month": "2026-11-01",
    "calls": 1,
    "input_tokens": 1200,
    "output_tokens": 150,
    "cost": "0.0035",
}
_VOID: Final = _ORIGINAL | {
    "id": "019ab0e4-77a0-7000-9d2c-6a4f1f20c7e3",
    "transaction_id": "void:019ab0d51c6070008f3b2f9f3f1b8a10",
    "correction": "void",
    "received_at": "2026-11-23T09:46:50Z",
    "calls": -1,
    "input_tokens": -1200,
    "output_tokens": -150,
    "cost": "-0.0035",
}
_EXAMPLE: Final = {
    "transaction_id": "msg_01HZX3-1",
    "status": "voided",
    "original": _ORIGINAL,
    "corrections": [_VOID],
}


class VoidEventView(APIView):
    """Voids one event of the key's organization."""

    authentication_classes = (ApiKeyAuthentication,)
    permission_classes = (RequiresScope(KeyScope.USAGE_WRITE),)

    @extend_schema(
        operation_id="void_usage_event",
        summary="Void a usage event",
        description=(
            "Takes an event back that should not have been sent: a correction with the opposite figures is stored "
            "beside it. Every figure is then as if the event had never been; the event itself stays visible, and its "
            "id stays used. If its month was invoiced, the next invoice has the difference. Sending this again is "
            "safe. Percent-encode the id as one part of the path (`/` as `%2F`)."
        ),
        parameters=[
            OpenApiParameter(
                "transaction_id", str, OpenApiParameter.PATH, description="The event's id, as it was sent."
            )
        ],
        request=VoidRequestSerializer,
        responses={
            200: VoidAnswerSerializer,
            **{
                (status, CONTENT_TYPE): ProblemSerializer
                for status in (400, 401, 403, 404, 409, 411, 413, 415)
            },
        },
        examples=[
            OpenApiExample("With a reason", value={"reason": "Sent twice by a retry"}, request_only=True),
            OpenApiExample("Voided", value=_EXAMPLE, response_only=True, status_codes=["200"]),
        ],
        tags=["ingest"],
    )
    def post(self, request: Request, transaction_id: str) -> Response:
        key = request.auth
        assert isinstance(key, ApiKey)  # the only way in, see ``authentication_classes``
        (outcome,) = void_events(
            organization_id=key.organization_id,
            transaction_ids=[transaction_id],
            reason=_reason(request),
            api_key=key,
            source=EventSource.NATIVE,
        )
        return Response(_answer(key.organization_id, outcome))


def _reason(request: Request) -> str:
    body = read_body(request._request)
    if not body.strip():
        return ""
    try:
        reason = _decoder.decode(body).reason
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(status=400, detail=_("The body cannot be read: %(error)s") % {"error": error}) from None
    if "\0" in reason:
        fault = _("It holds the NUL character.")
        raise Problem(status=400, detail=fault, errors=[("reason", fault)])
    return reason


def _answer(organization_id: int, outcome: VoidOutcome) -> dict[str, Any]:
    if outcome.answer is VoidAnswer.UNKNOWN:
        raise Problem(status=404, detail=outcome.reason)
    if outcome.answer is VoidAnswer.REFUSED:
        raise Problem(status=409, detail=outcome.reason)
    place = positions(organization_id, [outcome.transaction_id])[outcome.transaction_id]
    found = corrected_event(organization_id, place)
    assert found is not None  # it has just been voided, and nothing leaves the ledger
    return VoidAnswerSerializer(
        {
            "transaction_id": outcome.transaction_id,
            "status": outcome.answer.value,
            "original": found.original,
            "corrections": found.corrections,
        }
    ).data
