"""The shape of the overview's answer. Money is US dollars as decimal strings, exact."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from teams.api.writing import written
from usage.api.figures import ChangeSerializer, MeasuresSerializer, MoneyField, RowSerializer
from usage.enums import NoProjection, RowKind


@extend_schema_field({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "examples": ["2026-11"]})
class MonthField(serializers.Field[date, Any, str, Any]):
    """A billing month as YYYY-MM."""

    def to_representation(self, value: date) -> str:
        return f"{value:%Y-%m}"


class PeriodSerializer(serializers.Serializer[Any]):
    month = MonthField(help_text="The billing month.")
    time_zone = serializers.CharField(help_text="Days are those of this zone.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    today = serializers.DateField(allow_null=True, help_text="The day in progress; null once it is over.")
    days = serializers.IntegerField()
    complete_days = serializers.IntegerField()


class TotalsSerializer(MeasuresSerializer):
    """Reads the overview itself, whose totals are spread over several attributes."""

    failures = serializers.IntegerField()
    cache_read_input_tokens = serializers.IntegerField(help_text="Part of the input.")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {
            **written(MeasuresSerializer, instance.totals),
            "failures": instance.failures,
            "cache_read_input_tokens": instance.cached_input_tokens,
        }


class DailyAverageSerializer(serializers.Serializer[Any]):
    """Per complete day of the period; today is left out. Null on the first day."""

    days = serializers.IntegerField()
    tokens = serializers.DecimalField(max_digits=30, decimal_places=1, allow_null=True)
    contracted_cost = MoneyField(allow_null=True)


class ComparedSerializer(serializers.Serializer[Any]):
    """As many complete days of this period as of the one before; both whole once the period is over."""

    previous_month = MonthField()
    days = serializers.IntegerField()
    change = ChangeSerializer()


class ProjectedSerializer(serializers.Serializer[Any]):
    """At the period's end: spent, and for each day left the median of its weekday in the last four weeks.

    Low and high: the rest like the lowest and the highest of these weeks. Never below what is spent.
    """

    reason = serializers.ChoiceField(
        choices=NoProjection.choices, allow_null=True, help_text="Why nothing is projected."
    )
    weeks = serializers.IntegerField(help_text="Weeks of history it is drawn from.")
    history_days = serializers.IntegerField(help_text="Complete days since the first usage.")
    tokens_low = serializers.IntegerField(allow_null=True)
    tokens = serializers.IntegerField(allow_null=True)
    tokens_high = serializers.IntegerField(allow_null=True)
    cost_low = MoneyField(allow_null=True)
    cost = MoneyField(allow_null=True)
    cost_high = MoneyField(allow_null=True)


class DaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    is_partial = serializers.BooleanField(help_text="True for today.")
    measures = MeasuresSerializer()


class SeriesSerializer(serializers.Serializer[Any]):
    """One value per entry of ``days``, in the same order."""

    kind = serializers.ChoiceField(choices=RowKind.choices, source="row.kind")
    external_id = serializers.CharField(source="row.external_id")
    name = serializers.CharField(source="row.name")
    detail = serializers.CharField(source="row.detail")
    tokens = serializers.ListField(child=serializers.IntegerField())
    contracted_cost = serializers.ListField(child=MoneyField())


class OverviewSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField(help_text="All that was stored up to then is included.")
    last_event_at = serializers.DateTimeField(
        allow_null=True, help_text="The latest occurrence known; null without any, and for department leads."
    )
    is_whole_organization = serializers.BooleanField(
        help_text="False where the asker sees a department or their own usage only."
    )
    currency = serializers.CharField(default="USD", read_only=True)
    period = PeriodSerializer()
    totals = TotalsSerializer(source="*")
    daily_average = DailyAverageSerializer()
    compared = ComparedSerializer(allow_null=True, help_text="Null on the first day of a period.")
    projected = ProjectedSerializer()
    days = DaySerializer(many=True)
    series = SeriesSerializer(many=True, help_text="The leading models, and all others together.")
    models = RowSerializer(many=True)
    departments = RowSerializer(many=True)
    projects = RowSerializer(many=True)
    members = RowSerializer(many=True)
    shared = RowSerializer(
        many=True, help_text="Usage without a member, by the project or integration that it ran under."
    )
