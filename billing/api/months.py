"""``GET /api/v1/usage/months``: the last months or a fiscal year, with departments and budgets."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from billing.api.budgets import QuantityField
from billing.api.months_example import EXAMPLE
from billing.api.overview_serializers import MonthField
from billing.enums import BudgetLevel, BudgetUnit
from billing.queries.panels.months import months_panel
from teams.api.writing import written
from teams.enums import ScopeKind
from usage.api.figures import ChangeSerializer, MeasuresSerializer
from usage.api.panels.base import AnsweredSerializer, DaysSerializer, PanelView, panel_schema
from usage.api.panels.series import TimeseriesSerializer
from usage.api.taking import DRAWN_BASIS
from usage.panels.parameters import YEAR
from usage.queries.panels.request import PanelRequest


class MonthRowSerializer(serializers.Serializer[Any]):
    """One billing month and its changes; a month in progress is compared over as many full days as both have."""

    month = MonthField()
    is_partial = serializers.BooleanField(help_text="Not over yet.")
    measures = MeasuresSerializer()
    change = ChangeSerializer(
        allow_null=True, help_text="Against the month before; null on the first day of a month."
    )
    year_change = ChangeSerializer(allow_null=True, help_text="Against the same month a year ago.")
    days = serializers.IntegerField(
        allow_null=True,
        help_text="Full days that the month in progress is compared over; null for whole months.",
    )


class BudgetMonthSerializer(serializers.Serializer[Any]):
    month = MonthField()
    is_partial = serializers.BooleanField()
    limit = QuantityField()
    spent = QuantityField(allow_null=True, help_text="Null while an exchange rate is unknown.")
    left = QuantityField(allow_null=True, help_text="Negative beyond the limit.")
    percent = serializers.DecimalField(
        max_digits=40, decimal_places=1, allow_null=True, help_text="Of the limit; null of a limit of 0."
    )
    level = serializers.ChoiceField(choices=BudgetLevel.choices, allow_null=True)
    is_lower_bound = serializers.BooleanField(help_text="True while events have no price yet.")
    held = serializers.BooleanField(
        help_text="False for months before the budget took this form: today's limit stands beside them."
    )


class BudgetMonthsSerializer(serializers.Serializer[Any]):
    """A budget per calendar month against what was spent."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    scope_kind = serializers.ChoiceField(choices=ScopeKind.choices)
    scope_name = serializers.CharField()
    unit = serializers.ChoiceField(choices=BudgetUnit.choices)
    currency = serializers.CharField(help_text="The organization's; empty for tokens.")
    limit = QuantityField(help_text="In the currency, or in tokens.")
    since = serializers.DateField(allow_null=True, help_text="The first day that this limit holds for.")
    months = BudgetMonthSerializer(many=True)


class MonthsSerializer(serializers.Serializer[Any]):
    days = DaysSerializer(help_text="The days shown.")
    fiscal_year = serializers.IntegerField(allow_null=True, help_text="As it was asked for.")
    fiscal_years = serializers.ListField(child=serializers.IntegerField(), help_text="That can be asked for.")
    months = MonthRowSerializer(many=True, help_text="Latest first.")
    total = MeasuresSerializer(help_text="The months together.")
    departments = TimeseriesSerializer(help_text="Add up to the months.")
    budgets = BudgetMonthsSerializer(many=True)


class MonthsAnswerSerializer(AnsweredSerializer, MonthsSerializer):
    compared = DaysSerializer(allow_null=True, help_text="Null: each month says what it is compared with.")
    previous = DaysSerializer(allow_null=True, help_text="Null, as `compared`.")


class MonthsView(PanelView):
    is_compared: ClassVar[bool] = False

    @panel_schema(
        operation_id="usage_months",
        summary="Month by month",
        description="Tokens, cost and calls of each of the last thirteen months or of a fiscal year, against the month "
        "before and the year before, per department, and the budgets per calendar month against what was spent.",
        answer=MonthsAnswerSerializer,
        dimensions=(),
        has_range=False,
        parameters=[
            DRAWN_BASIS,
            OpenApiParameter(
                YEAR,
                int,
                description="A fiscal year, by the calendar year in which it begins; the last thirteen months without.",
            ),
        ],
        example=EXAMPLE,
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def body(self, asked: PanelRequest) -> Mapping[str, Any]:
        report = months_panel(asked)
        is_partial = report.days.includes(asked.today)
        return {
            **written(MonthsSerializer, report),
            "is_partial": is_partial,
        }
