"""Figures in the answers of the API. Money is US dollars as decimal strings, exact."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from teams.api.writing import Body, written_each
from usage.enums import RowKind
from usage.figures import FurtherMeasures, Row
from usage.panels.vocabulary import Dimension
from usage.queries.panels.options import filter_value

DIMENSION_CHOICES: Final = [(dimension.value, dimension.name) for dimension in Dimension]
"""As the API's document takes them from the enumeration itself."""

_PLACES: Final = 15
_STEP: Final = Decimal(1).scaleb(-_PLACES)


def decimal_string(value: Decimal) -> str:
    """``value`` without needless zeros, rounded to 15 decimals."""
    if not value:
        return "0"
    text = f"{value:f}"
    whole, _point, decimals = text.partition(".")
    if not decimals:
        return text
    if len(decimals) <= _PLACES:
        # Most are exact: they need not be rounded.
        decimals = decimals.rstrip("0")
        return f"{whole}.{decimals}" if decimals else whole
    rounded = value.quantize(_STEP, rounding=ROUND_HALF_EVEN)
    return f"{rounded.normalize():f}" if rounded else "0"


@extend_schema_field({"type": "string", "format": "decimal", "examples": ["1.25"]})
class MoneyField(serializers.Field[Decimal, Any, str, Any]):
    """US dollars as a decimal string without needless zeros, exact to 15 decimals; means are rounded."""

    def to_representation(self, value: Decimal) -> str:
        return decimal_string(value)


def percent_field(help_text: str) -> serializers.DecimalField:
    """Per cent with one decimal; null where there is nothing to compare with."""
    return serializers.DecimalField(max_digits=12, decimal_places=1, allow_null=True, help_text=help_text)


class MeasuresSerializer(serializers.Serializer[Any]):
    calls = serializers.IntegerField()
    input_tokens = serializers.IntegerField(help_text="Including cached ones.")
    output_tokens = serializers.IntegerField(help_text="Including reasoning.")
    total_tokens = serializers.IntegerField()
    contracted_cost = MoneyField(help_text="US dollars; at least this much while events are unpriced.")
    unpriced_events = serializers.IntegerField()
    unpriced_tokens = serializers.IntegerField(help_text="Part of the tokens; they have no cost yet.")


class FurtherMeasuresSerializer(serializers.Serializer[Any]):
    """What is told only if ``measures`` names it."""

    list_cost = MoneyField(required=False, help_text="US dollars, of what has a list price.")
    failures = serializers.IntegerField(required=False)
    cache_read_input_tokens = serializers.IntegerField(
        required=False, help_text="Part of the input: read from a cache."
    )
    cache_creation_input_tokens = serializers.IntegerField(
        required=False, help_text="Part of the input: written to a cache."
    )
    reasoning_output_tokens = serializers.IntegerField(required=False, help_text="Part of the output.")
    duration_ms = serializers.IntegerField(
        required=False, help_text="Processing time of all calls together, in milliseconds."
    )


class AllMeasuresSerializer(MeasuresSerializer, FurtherMeasuresSerializer):
    """What is always told, and what ``measures`` names."""


def tell_further(bodies: Iterable[Body], further: Iterable[FurtherMeasures], names: Sequence[str]) -> None:
    """Put further measures, as far as they have ``names``, into bodies of measures."""
    for body, more in zip(bodies, written_each(FurtherMeasuresSerializer, further), strict=True):
        body.update((name, more[name]) for name in names)


class ChangeSerializer(serializers.Serializer[Any]):
    tokens = serializers.IntegerField()
    previous_tokens = serializers.IntegerField()
    tokens_percent = percent_field("Null where there were none before.")
    contracted_cost = MoneyField()
    previous_contracted_cost = MoneyField()
    cost_percent = percent_field("Null where there was none before.")


class RowSerializer(serializers.Serializer[Any]):
    """One line of a breakdown; the lines of each add up to the totals exactly."""

    kind = serializers.ChoiceField(
        choices=RowKind.choices, help_text="Unattributed: no id was sent. Other: the smaller ones together."
    )
    entity = serializers.ChoiceField(choices=DIMENSION_CHOICES)
    value = serializers.SerializerMethodField(
        method_name="written_for_filter", help_text="What a filter calls it; empty for `other`."
    )
    external_id = serializers.CharField(help_text="The client's own id; a model's name.")
    name = serializers.CharField()
    detail = serializers.CharField(help_text="A model's provider.")
    is_placeholder = serializers.BooleanField(help_text="Known only by the id that events named.")
    entries = serializers.IntegerField(help_text="How many entries the line stands for.")
    measures = MeasuresSerializer()
    share_of_tokens = percent_field(
        "Of the breakdown's total, each rounded for itself; null where there is nothing to share."
    )
    share_of_cost = percent_field("By cost of what has a price.")
    change = ChangeSerializer(allow_null=True)

    def written_for_filter(self, row: Row) -> str:
        return "" if row.kind is RowKind.OTHER else filter_value(row)


class RowOfAllSerializer(RowSerializer):
    measures = AllMeasuresSerializer()
