"""``GET /api/v1/billing/budgets``: every budget that concerns the asker, and how it stands."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from billing.budget_state import kept
from billing.enums import BudgetLevel, BudgetUnit, PeriodKind
from billing.queries.budgets import BudgetState, visible_budgets
from teams.api.access import PARAMETER, organization_asked
from teams.api.authentication import RequiresScope
from teams.api.conditional import IF_NONE_MATCH, conditional
from teams.api.problems import CONTENT_TYPE
from teams.api.schema import ProblemSerializer
from teams.api.writing import written
from teams.enums import KeyScope, ScopeKind
from teams.permissions import usage_scope
from teams.queries.access import NotVisible

EXAMPLE: Final[dict[str, Any]] = {
    "as_of": "2026-11-23T09:30:00Z",
    "budgets": [
        {
            "id": 12,
            "name": "Research",
            "scope_kind": "department",
            "scope_id": 4,
            "scope_name": "Research",
            "unit": "money",
            "currency": "USD",
            "limit": "500",
            "period_kind": "month",
            "first_day": "2026-11-01",
            "last_day": "2026-11-30",
            "spent": "461.318205",
            "left": "38.681795",
            "percent": "92.2",
            "is_lower_bound": False,
            "thresholds": [75, 90, 95],
            "crossed_thresholds": [75, 90],
            "alerted_thresholds": [75, 90],
            "level": "caution",
        }
    ],
}


@extend_schema_field({"type": "string", "format": "decimal", "examples": ["461.318205"]})
class QuantityField(serializers.Field[Decimal, Any, str, Any]):
    """Money or tokens as a decimal string without needless zeros, exact to 15 decimals at any size."""

    def to_representation(self, value: Decimal) -> str:
        written = f"{kept(value):f}"
        return written.rstrip("0").rstrip(".")


class BudgetStateSerializer(serializers.Serializer[BudgetState]):
    """A budget in its current calendar period."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    scope_kind = serializers.ChoiceField(choices=ScopeKind.choices)
    scope_id = serializers.IntegerField(help_text="Of the organization, department, project or member.")
    scope_name = serializers.CharField()
    unit = serializers.ChoiceField(choices=BudgetUnit.choices)
    currency = serializers.CharField(help_text="The organization's; empty for tokens.")
    limit = QuantityField(help_text="In the currency, or in tokens.")
    period_kind = serializers.ChoiceField(choices=PeriodKind.choices)
    first_day = serializers.DateField(source="period.first", help_text="In the organization's zone.")
    last_day = serializers.DateField(source="period.last")
    spent = QuantityField(
        allow_null=True,
        help_text="At least this much where `is_lower_bound`; null while an exchange rate is unknown.",
    )
    left = QuantityField(allow_null=True, help_text="Negative beyond the limit.")
    percent = serializers.DecimalField(
        max_digits=40, decimal_places=1, allow_null=True, help_text="Of the limit; null of a limit of 0."
    )
    is_lower_bound = serializers.BooleanField(help_text="True while events have no price yet.")
    thresholds = serializers.ListField(child=serializers.IntegerField(), help_text="Per cent of the limit.")
    crossed_thresholds = serializers.ListField(
        child=serializers.IntegerField(), source="crossed", help_text="By what is spent now."
    )
    alerted_thresholds = serializers.ListField(
        child=serializers.IntegerField(),
        source="alerts",
        help_text="At any time of the period: each alerts once.",
    )
    level = serializers.ChoiceField(choices=BudgetLevel.choices, allow_null=True)


class BudgetsSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    budgets = BudgetStateSerializer(many=True)


class BudgetsView(APIView):
    """Reads; changes nothing."""

    permission_classes = (RequiresScope(KeyScope.USAGE_READ, people=True),)

    @extend_schema(
        operation_id="billing_budgets",
        tags=["budgets"],
        summary="Budgets and how they stand",
        description=(
            "Active budgets in their current calendar periods. Keys with the scope `usage:read`, owners, admins, "
            "billing contacts and auditors see all of the organization; department leads those of their "
            "departments and their own; members their own. Send `If-None-Match` with the last `ETag`: "
            "304 means that nothing has changed."
        ),
        parameters=[
            OpenApiParameter(PARAMETER, str, description="Short name. Not needed with a key."),
            IF_NONE_MATCH,
        ],
        responses={
            200: BudgetsSerializer,
            304: OpenApiResponse(description="Nothing has changed since that ETag."),
            **{(status, CONTENT_TYPE): ProblemSerializer for status in (400, 401, 403, 404)},
        },
        examples=[
            OpenApiExample("A department", value=EXAMPLE, response_only=True, status_codes=["200"]),
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        organization, access = organization_asked(request)
        if usage_scope(access).is_nothing:
            raise NotVisible
        now: datetime = timezone.now()
        states = visible_budgets(organization=organization, access=access, now=now)
        body = written(BudgetsSerializer, {"as_of": now, "budgets": states})
        return conditional(request, body, apart_from=frozenset({"as_of"}))
