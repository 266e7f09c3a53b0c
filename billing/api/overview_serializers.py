"""The shape of the overview's answer. Money is US dollars as decimal strings, exact."""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from usage.enums import NoProjection, RowKind

_MONEY_STEP: Final = Decimal("1e-15")


@extend_schema_field({"type": "string", "format": "decimal", "examples": ["1.25"]})
class MoneyField(serializers.Field[Decimal, Any, str, Any]):
    """US dollars as a decimal string without needless zeros, exact to 15 decimals; means are rounded."""

    def to_representation(self, value: Decimal) -> str:
        rounded = value.quantize(_MONEY_STEP, rounding=ROUND_HALF_EVEN)
        return f"{rounded.normalize():f}" if rounded else "0"


@extend_schema_field({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "examples": ["2026-11"]})
class MonthField(serializers.Field[date, Any, str, Any]):
    """A billing month as YYYY-MM."""

    def to_representation(self, value: date) -> str:
        return f"{value:%Y-%m}"


def _percent(help_text: str) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=12, decimal_places=1, allow_null=True, help_text=help_text)


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


class MeasuresSerializer(serializers.Serializer[Any]):
    calls = serializers.IntegerField()
    input_tokens = serializers.IntegerField(help_text="Including cached ones.")
    output_tokens = serializers.IntegerField(help_text="Including reasoning.")
    total_tokens = serializers.IntegerField()
    contracted_cost = MoneyField(help_text="US dollars; at least this much while events are unpriced.")
    unpriced_events = serializers.IntegerField()
    unpriced_tokens = serializers.IntegerField(help_text="Part of the tokens; they have no cost yet.")


class TotalsSerializer(MeasuresSerializer):
    """Reads the overview itself, whose totals are spread over several attributes."""

    failures = serializers.IntegerField()
    cache_read_input_tokens = serializers.IntegerField(help_text="Part of the input.")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown: dict[str, Any] = MeasuresSerializer(instance.totals).data
        return {
            **shown,
            "failures": instance.failures,
            "cache_read_input_tokens": instance.cached_input_tokens,
        }


class DailyAverageSerializer(serializers.Serializer[Any]):
    """Per complete day of the period; today is left out. Null on the first day."""

    days = serializers.IntegerField()
    tokens = serializers.DecimalField(max_digits=30, decimal_places=1, allow_null=True)
    contracted_cost = MoneyField(allow_null=True)


class ChangeSerializer(serializers.Serializer[Any]):
    tokens = serializers.IntegerField()
    previous_tokens = serializers.IntegerField()
    tokens_percent = _percent("Null where there were none before.")
    contracted_cost = MoneyField()
    previous_contracted_cost = MoneyField()
    cost_percent = _percent("Null where there was none before.")


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


class RowSerializer(serializers.Serializer[Any]):
    """One line of a breakdown; the lines of each add up to the totals exactly."""

    kind = serializers.ChoiceField(
        choices=RowKind.choices, help_text="Unattributed: no id was sent. Other: the smaller ones together."
    )
    entity = serializers.ChoiceField(choices=["model", "department", "project", "member", "integration"])
    external_id = serializers.CharField(help_text="The client's own id; a model's name.")
    name = serializers.CharField()
    detail = serializers.CharField(help_text="A model's provider.")
    is_placeholder = serializers.BooleanField(help_text="Known only by the id that events named.")
    entries = serializers.IntegerField(help_text="How many entries the line stands for.")
    measures = MeasuresSerializer()
    share_of_tokens = _percent("Shares of a breakdown add up to 100.0; null where there is nothing to share.")
    share_of_cost = _percent("By cost of what has a price.")
    change = ChangeSerializer(allow_null=True)


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
