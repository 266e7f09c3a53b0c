"""Usage by hour of the week."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from teams.api.writing import written
from usage.api.figures import MeasuresSerializer, decimal_string
from usage.api.panels.base import AnsweredSerializer, PanelView, panel_schema
from usage.api.panels.pattern_examples import HEATMAP
from usage.panels.basis import Basis
from usage.panels.parameters import BASIS
from usage.panels.vocabulary import Dimension
from usage.queries.panels.patterns import BASES, patterns_panel
from usage.queries.panels.registry import EVERY_HOUR
from usage.queries.panels.request import PanelRequest


@extend_schema_field({"type": "string", "format": "decimal", "examples": ["12.5"]})
class AverageField(serializers.Field[Decimal, Any, str, Any]):
    """A mean in the unit of the basis, as a decimal string without needless zeros, to 15 decimals."""

    def to_representation(self, value: Decimal) -> str:
        return decimal_string(value)


class HeatCellSerializer(serializers.Serializer[Any]):
    weekday = serializers.IntegerField(source="at.weekday", help_text="1 for Monday to 7 for Sunday.")
    hour = serializers.IntegerField(source="at.hour", help_text="On the clock, 0 to 23.")
    hours = serializers.IntegerField(
        help_text="How often this hour began in these days: one that a clock repeats counts twice, one that it "
        "skips not at all; the hour in progress counts."
    )
    measures = MeasuresSerializer(help_text="In all of them together.")
    average = AverageField(allow_null=True, help_text="Of the basis, per hour; null if the hour never came.")


class QuietWindowSerializer(serializers.Serializer[Any]):
    first_hour = serializers.IntegerField(help_text="0 to 23.")
    hours = serializers.IntegerField(help_text="How many in a row; a window ends by midnight.")


class HeatDaySerializer(serializers.Serializer[Any]):
    weekday = serializers.IntegerField(help_text="1 for Monday to 7 for Sunday.")
    cells = HeatCellSerializer(many=True, help_text="24, from midnight on.")
    measures = MeasuresSerializer()
    average = AverageField(help_text="The averages of its hours added up.")
    quiet = QuietWindowSerializer(
        allow_null=True, help_text="The longest window without a busy hour; null without any quiet hour."
    )


class WeekHourSerializer(serializers.Serializer[Any]):
    weekday = serializers.IntegerField(source="at.weekday")
    hour = serializers.IntegerField(source="at.hour")
    average = AverageField()


class BusyDaySerializer(serializers.Serializer[Any]):
    weekday = serializers.IntegerField()
    average = AverageField()


class HeatmapSerializer(serializers.Serializer[Any]):
    basis = serializers.ChoiceField(choices=[basis.value for basis in Basis])
    is_departments_only = serializers.BooleanField(
        help_text="True for leads: what they used outside the departments that they lead is not among these hours."
    )
    time_zones = serializers.ListField(
        child=serializers.CharField(),
        help_text="The zones of the months of these days in order; each hour is on the clock of its month.",
    )
    total = MeasuresSerializer(source="heatmap.total")
    weekdays = HeatDaySerializer(
        source="heatmap.days",
        many=True,
        help_text="Seven, beginning with the organization's week. Their cells add up to the total.",
    )
    busiest_hours = WeekHourSerializer(source="heatmap.busiest_hours", many=True, help_text="By average.")
    busiest_days = BusyDaySerializer(source="heatmap.busiest_days", many=True, help_text="By average.")
    quiet_limit = AverageField(
        source="heatmap.quiet_limit",
        help_text="What an hour has at most on average to be quiet: a quarter of a mean hour of the week.",
    )
    quiet_every_day = QuietWindowSerializer(
        source="heatmap.quiet_every_day",
        allow_null=True,
        help_text="The longest window that is quiet on every day.",
    )


class HeatmapAnswerSerializer(AnsweredSerializer, HeatmapSerializer):
    pass


class HeatmapView(PanelView):
    filters: ClassVar[Sequence[Dimension]] = EVERY_HOUR
    is_compared: ClassVar[bool] = False

    @panel_schema(
        operation_id="usage_heatmap",
        summary="Usage by weekday and hour",
        description="An average hour of the week on the clock of the organization, with the busiest and the quiet "
        "hours.",
        answer=HeatmapAnswerSerializer,
        dimensions=EVERY_HOUR,
        is_compared=False,
        parameters=[
            OpenApiParameter(
                BASIS,
                str,
                enum=[basis.value for basis in BASES],
                description=f"What is averaged and ranked; `{Basis.TOKENS.value}` if left out.",
            )
        ],
        example=HEATMAP,
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def body(self, asked: PanelRequest) -> Mapping[str, Any]:
        found = patterns_panel(asked)
        facts = {
            "basis": found.heatmap.basis,
            "is_departments_only": found.is_departments_only,
            "time_zones": found.time_zones,
            "heatmap": found.heatmap,
        }
        return written(HeatmapSerializer, facts)
