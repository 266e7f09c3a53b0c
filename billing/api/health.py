"""``GET /api/v1/usage/health``: what came in, what became of it, and what to do."""

from typing import Final

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from billing.api.health_example import BAD_DAY, EXAMPLE
from billing.api.health_serializers import DataHealthSerializer
from billing.queries.billing_link import billing_link
from teams.api.access import PARAMETER, organization_asked
from teams.api.authentication import RequiresScope
from teams.api.conditional import IF_NONE_MATCH, conditional
from teams.api.problems import CONTENT_TYPE, Problem
from teams.api.schema import ProblemSerializer
from teams.api.writing import written
from teams.enums import KeyScope
from teams.granted_rights import granted_rights
from teams.models import Organization
from teams.permissions import Access, may_see_data_health, may_see_invoices
from usage.api.taking import endpoint_schema
from usage.health import BadDays, asked_days
from usage.progress import Days
from usage.queries.health import data_health
from usage.queries.health_team import team_health

SIGHTINGS: Final = 100
_DAYS: Final = [
    OpenApiParameter(
        "from", str, description="First UTC day of receipt, YYYY-MM-DD; six days before the last."
    ),
    OpenApiParameter("to", str, description="Last UTC day of receipt; today if left out. At most 92 days."),
]


class DataHealthView(APIView):
    """Reads; changes nothing."""

    permission_classes = (RequiresScope(KeyScope.USAGE_READ, people=True),)

    @endpoint_schema(
        operation_id="usage_health",
        tags=["usage"],
        summary="Data health",
        description=(
            "Per UTC day of receipt and door (source and API key): what was received, stored, duplicate, conflicting, "
            "quarantined, invalid, late, unattributed and unpriced; calls that came by two doors and count twice; the "
            "last event of every key; findings with what to do. For keys with the scope `usage:read`, owners, admins, "
            "billing contacts and auditors. Send `If-None-Match` with the last `ETag`: 304 means that nothing changed."
        ),
        parameters=[
            OpenApiParameter(PARAMETER, str, description="Short name. Not needed with a key."),
            *_DAYS,
            OpenApiParameter(
                "member",
                str,
                description="Whose departments to show: an id, an e-mail address or a part of a name.",
            ),
            IF_NONE_MATCH,
        ],
        responses={
            200: DataHealthSerializer,
            304: OpenApiResponse(description="Nothing has changed since that ETag."),
            **{(status, CONTENT_TYPE): ProblemSerializer for status in (400, 401, 403, 404)},
        },
        examples=[
            OpenApiExample("One day", value=EXAMPLE, response_only=True, status_codes=["200"]),
            OpenApiExample(
                "Day that cannot be read",
                value=BAD_DAY,
                response_only=True,
                status_codes=["400"],
                media_type=CONTENT_TYPE,
            ),
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        organization, access = organization_asked(request)
        if not may_see_data_health(access):
            raise Problem(status=403, detail=_("Your role does not show data health."))
        now, days = timezone.now(), _asked_days(request)
        health = data_health(organization_id=organization.pk, days=days, now=now, sightings=SIGHTINGS)
        team = _team(request, organization, access, days)
        body = written(DataHealthSerializer, {"health": health, "team": team})
        return conditional(request, body, apart_from=frozenset({"as_of", "sightings_as_of"}))


def _team(request: Request, organization: Organization, access: Access, days: Days) -> dict[str, object]:
    sees_billing = may_see_invoices(access)
    asked = request.query_params.get("member", "").strip()
    return {
        "health": team_health(organization_id=organization.pk, days=days, asked=asked),
        "billing": billing_link(organization, today=timezone.now().date()) if sees_billing else None,
        "rights": granted_rights(access),
    }


def _asked_days(request: Request) -> Days:
    parameters = request.query_params
    try:
        return asked_days(
            first=parameters.get("from", ""), last=parameters.get("to", ""), today=timezone.now().date()
        )
    except BadDays as error:
        raise Problem(status=400, detail=error.reason, errors=[(error.field, error.reason)]) from None
