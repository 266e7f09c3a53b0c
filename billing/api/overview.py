"""``GET /api/v1/usage/overview``: a billing period at a glance, as far as the asker may see."""

from datetime import date
from typing import Final

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from billing.api.overview_answer import OverviewAnswerSerializer, overview_answer
from billing.api.overview_example import EXAMPLE
from billing.months import parse_month
from billing.queries.standing import overview_and_standing
from teams.api.access import PARAMETER, organization_asked
from teams.api.authentication import RequiresScope
from teams.api.conditional import IF_NONE_MATCH, conditional
from teams.api.problems import CONTENT_TYPE, Problem
from teams.api.schema import ProblemSerializer
from teams.enums import KeyScope
from teams.permissions import usage_scope
from teams.queries.access import NotVisible
from usage.api.taking import DRAWN_BASIS, endpoint_schema
from usage.panels.parameters import PERIOD
from usage.queries.bearings import bearings
from usage.queries.snapshot import one_snapshot

_FIRST_DAY: Final = OpenApiExample(
    "The first day of a period", value=EXAMPLE, response_only=True, status_codes=["200"]
)
_BAD_PERIOD: Final = OpenApiExample(
    "Period that cannot be read",
    value={
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "The period is a month such as 2026-11.",
        "instance": "/api/v1/usage/overview",
        "errors": [{"field": "period", "reason": "The period is a month such as 2026-11."}],
    },
    response_only=True,
    status_codes=["400"],
    media_type=CONTENT_TYPE,
)


class OverviewView(APIView):
    """Reads; changes nothing."""

    permission_classes = (RequiresScope(KeyScope.USAGE_READ, people=True),)

    @endpoint_schema(
        operation_id="usage_overview",
        tags=["usage"],
        summary="Overview of a billing period",
        description=(
            "Totals, daily values, models, projection and who used it. Keys with the scope `usage:read` see "
            "their organization; owners, admins, billing contacts and auditors all of theirs; department "
            "leads their departments and their own usage; members their own. Send `If-None-Match` with the "
            "last `ETag`: 304 means that no figure has changed. `invoice_preview` is in the organization's currency, "
            "everything else in US dollars, and it is for those who may see invoices."
        ),
        parameters=[
            OpenApiParameter(PARAMETER, str, description="Short name. Not needed with a key."),
            OpenApiParameter(
                PERIOD,
                str,
                description="A month, YYYY-MM; the current one if left out.",
                examples=[OpenApiExample("November", value="2026-11")],
            ),
            DRAWN_BASIS,
            IF_NONE_MATCH,
        ],
        responses={
            200: OverviewAnswerSerializer,
            304: OpenApiResponse(description="Nothing has changed since that ETag."),
            **{(status, CONTENT_TYPE): ProblemSerializer for status in (400, 401, 403, 404)},
        },
        examples=[_FIRST_DAY, _BAD_PERIOD],
    )
    def get(self, request: Request) -> HttpResponse:
        organization, access = organization_asked(request)
        if usage_scope(access).is_nothing:
            raise NotVisible
        now = timezone.now()
        month = _asked_month(request)
        with one_snapshot():
            found = bearings(organization.pk, now=now)
            answer = overview_and_standing(organization=organization, access=access, month=month, found=found)
        if answer is None:
            reason = _("This organization has no such period, or it has not begun.")
            raise Problem(status=404, detail=reason, errors=[(PERIOD, reason)])
        body = overview_answer(*answer)
        return conditional(request, body, apart_from=frozenset({"as_of"}))


def _asked_month(request: Request) -> date | None:
    text = request.query_params.get(PERIOD)
    if not text:
        return None
    month = parse_month(text)
    if month is None:
        reason = _("The period is a month such as 2026-11.")
        raise Problem(status=400, detail=reason, errors=[(PERIOD, reason)])
    return month
