"""Trends: weeks, this week against last, days far above the usual, seasons."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from teams.api.writing import written
from usage.api.figures import DIMENSION_CHOICES, ChangeSerializer, MeasuresSerializer
from usage.api.panels.base import AnsweredSerializer, DaysSerializer, PanelView, panel_schema
from usage.api.panels.heatmap import AverageField
from usage.api.panels.pattern_examples import TRENDS
from usage.api.panels.series import StepSerializer
from usage.enums import RowKind
from usage.figures import Row
from usage.panels.basis import TOKENS_OR_COST, Basis
from usage.panels.parameters import BASIS, DRIVER
from usage.panels.seasons import Season
from usage.panels.vocabulary import Dimension
from usage.queries.panels.options import filter_value
from usage.queries.panels.registry import EVERY_DAY
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.trends import DRIVERS, TrendsAnswer, trends_panel


class DrivingRowSerializer(serializers.Serializer[Any]):
    """Who or what a part of a change belongs to."""

    kind = serializers.ChoiceField(
        choices=RowKind.choices, help_text="Unattributed: no id was sent. Other: all that are not told."
    )
    entity = serializers.ChoiceField(choices=DIMENSION_CHOICES)
    value = serializers.SerializerMethodField(
        method_name="written_for_filter", help_text="What a filter calls it; empty for `other`."
    )
    name = serializers.CharField()
    detail = serializers.CharField(help_text="A model's provider.")
    entries = serializers.IntegerField(help_text="How many entries the line stands for.")

    def written_for_filter(self, row: Row) -> str:
        return "" if row.kind is RowKind.OTHER else filter_value(row)


class ContributionSerializer(serializers.Serializer[Any]):
    row = DrivingRowSerializer()
    current = AverageField()
    previous = AverageField()
    change = AverageField()


class WeekOverWeekSerializer(serializers.Serializer[Any]):
    compared = DaysSerializer(source="compared.current", help_text="The days of the week that are over.")
    previous = DaysSerializer(source="compared.previous", help_text="The same days of the week before.")
    is_whole = serializers.BooleanField(source="compared.is_whole", help_text="Whether the week is over.")
    current_total = MeasuresSerializer(source="current")
    previous_total = MeasuresSerializer(source="previous")
    change = ChangeSerializer()
    parts = ContributionSerializer(many=True, help_text="Of the basis; they add up to the change exactly.")
    driver = ContributionSerializer(
        allow_null=True, help_text="The part that moved most in the direction of the whole."
    )


class SpikeDriverSerializer(serializers.Serializer[Any]):
    row = DrivingRowSerializer()
    excess = AverageField(help_text="Above its own mean of the days that the spike is compared with.")


class SpikeSerializer(serializers.Serializer[Any]):
    day = serializers.DateField(source="spike.day")
    is_partial = serializers.BooleanField(help_text="The day is not over yet.")
    value = AverageField(source="spike.value")
    usual = AverageField(
        source="spike.usual", help_text="The median of the same weekday in the weeks before."
    )
    compared = serializers.ListField(
        source="spike.compared",
        child=serializers.DateField(),
        help_text="Those days; three to eight of them.",
    )
    driver = SpikeDriverSerializer(allow_null=True)


class TrendWeekSerializer(StepSerializer):
    total = MeasuresSerializer()
    on_spikes = MeasuresSerializer(help_text="The part that falls on spikes.")


class WeekdaySeasonSerializer(serializers.Serializer[Any]):
    weekday = serializers.IntegerField(help_text="1 for Monday to 7 for Sunday.")
    days = serializers.IntegerField(help_text="How many there were.")
    average = AverageField(help_text="Per day.")
    index = AverageField(allow_null=True, help_text="100 is an average day; null without any usage.")


class MonthSeasonSerializer(serializers.Serializer[Any]):
    month = serializers.DateField(help_text="Its first day.")
    days = serializers.IntegerField()
    average = AverageField(help_text="Per day.")
    index = AverageField(allow_null=True, help_text="100 is an average day; null without any usage.")


class SeasonsSerializer(serializers.Serializer[Any]):
    weeks = serializers.IntegerField(help_text="Whole weeks of history, of which `weekdays` need four.")
    whole_months = serializers.IntegerField(help_text="Whole months of history, of which `months` need 12.")
    weekdays = WeekdaySeasonSerializer(many=True, help_text="Empty without enough history.")
    months = MonthSeasonSerializer(many=True, help_text="Empty without enough history.")


class TrendsSerializer(serializers.Serializer[Any]):
    basis = serializers.ChoiceField(choices=[basis.value for basis in Basis])
    by = serializers.ChoiceField(choices=DIMENSION_CHOICES)
    history_since = serializers.DateField(
        allow_null=True, help_text="The first day with usage among those looked at."
    )
    weeks = TrendWeekSerializer(many=True, help_text="Those of the days shown, and at least 13.")
    week_over_week = WeekOverWeekSerializer()
    spikes = SpikeSerializer(many=True, help_text="In the weeks shown, the latest first; at most 10.")
    spikes_found = serializers.IntegerField(help_text="How many there are in the weeks shown.")
    seasons = SeasonsSerializer(help_text="Of the last 12 months.")


class TrendsAnswerSerializer(AnsweredSerializer, TrendsSerializer):
    pass


class TrendsView(PanelView):
    filters: ClassVar[Sequence[Dimension]] = EVERY_DAY
    is_compared: ClassVar[bool] = False

    @panel_schema(
        operation_id="usage_trends",
        summary="Weekly trends",
        description="Week by week; the latest week against the one before, over days that are over, with the parts "
        "that its change is made of; days far above the usual, each with its driver; averages per weekday and month.",
        answer=TrendsAnswerSerializer,
        dimensions=EVERY_DAY,
        is_compared=False,
        parameters=[
            OpenApiParameter(
                BASIS,
                str,
                enum=[basis.value for basis in TOKENS_OR_COST],
                description=f"What is compared; `{Basis.TOKENS.value}` if left out.",
            ),
            OpenApiParameter(
                DRIVER,
                str,
                enum=[dimension.value for dimension in DRIVERS],
                description="The dimension that changes are taken apart by; `model` if left out.",
            ),
        ],
        example=TRENDS,
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def body(self, asked: PanelRequest) -> Mapping[str, Any]:
        return written(TrendsSerializer, _facts(trends_panel(asked)))


def _facts(found: TrendsAnswer) -> dict[str, Any]:
    """The answer in the shape of its serializer."""
    weeks = zip(found.weeks.steps, found.weeks.totals, found.on_spikes, strict=True)
    seasons = found.seasons
    return {
        "basis": found.basis,
        "by": found.by,
        "history_since": found.history_since,
        "weeks": [
            {
                "days": step.days,
                "is_partial": step.is_partial,
                "is_cut": step.is_cut,
                "total": total,
                "on_spikes": on_spikes,
            }
            for step, total, on_spikes in weeks
        ],
        "week_over_week": found.week,
        "spikes": found.spikes,
        "spikes_found": found.spikes_found,
        "seasons": {
            "weeks": seasons.weeks,
            "whole_months": seasons.whole_months,
            "weekdays": [_season("weekday", *each) for each in seasons.weekdays],
            "months": [_season("month", *each) for each in seasons.months],
        },
    }


def _season(name: str, of: int | date, season: Season) -> dict[str, Any]:
    return {name: of, "days": season.days, "average": season.average, "index": season.index}
