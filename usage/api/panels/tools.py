"""``GET /api/v1/usage/tools``: the calls that used each tool. They overlap, and add up to nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from teams.api.writing import written
from teams.permissions import Access, may_see_others_usage
from usage.api.figures import ChangeSerializer, MoneyField
from usage.api.panels.base import AnsweredSerializer, PanelView, panel_schema
from usage.api.panels.series import StepSerializer
from usage.api.panels.tools_example import EXAMPLE
from usage.api.taking import DRAWN_BASIS
from usage.enums import ChargeKind
from usage.panels.vocabulary import Bucket, Dimension
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.tools import MOST_LINES, MOST_ROWS, TOOL_FILTERS, tools_panel

_FEES: Final = [(kind.value, kind.label) for kind in (ChargeKind.WEB_SEARCH, ChargeKind.CODE_RUN)]


class ToolMeasuresSerializer(serializers.Serializer[Any]):
    """Tokens and cost are those of whole calls that used the tool, and stand under each tool that they used."""

    events = serializers.IntegerField(help_text="Calls that used the tool.")
    tool_calls = serializers.IntegerField(help_text="How often these called it.")
    tool_tokens = serializers.IntegerField(help_text="Of their input and output, what the tool took.")
    input_tokens = serializers.IntegerField(help_text="Including cached ones.")
    output_tokens = serializers.IntegerField(help_text="Including reasoning.")
    total_tokens = serializers.IntegerField()
    contracted_cost = MoneyField(help_text="US dollars; at least this much while events are unpriced.")
    unpriced_events = serializers.IntegerField()


class ToolRowSerializer(serializers.Serializer[Any]):
    tool = serializers.CharField()
    measures = ToolMeasuresSerializer()
    change = ChangeSerializer(allow_null=True, help_text="Of the tokens and the cost of these calls.")


class ToolLineSerializer(serializers.Serializer[Any]):
    tool = serializers.CharField()
    measures = ToolMeasuresSerializer(many=True, help_text="One per step.")


class FeeSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=_FEES)
    quantity = serializers.IntegerField()
    contracted_cost = MoneyField(
        help_text="US dollars; part of the cost of the calls. At least this much while some are unpriced."
    )
    unpriced = serializers.IntegerField(help_text="Calls among `quantity` that have no price yet.")


class ToolsSerializer(serializers.Serializer[Any]):
    tools = ToolRowSerializer(
        many=True, source="rows", help_text="By cost. They overlap: they have no total."
    )
    left_out = serializers.IntegerField(help_text=f"Tools beyond the first {MOST_ROWS}.")
    bucket = serializers.ChoiceField(choices=[bucket.value for bucket in Bucket])
    steps = StepSerializer(many=True)
    lines = ToolLineSerializer(many=True, help_text=f"The first {MOST_LINES} tools over the steps.")
    fees = FeeSerializer(
        many=True, allow_null=True, help_text="What providers took per call; null while filtered by tool."
    )


class ToolsAnswerSerializer(AnsweredSerializer, ToolsSerializer):
    pass


class ToolsView(PanelView):
    filters: ClassVar[Sequence[Dimension]] = TOOL_FILTERS
    may_see: ClassVar[Callable[[Access], bool]] = staticmethod(may_see_others_usage)

    @panel_schema(
        operation_id="usage_tools",
        summary="Usage by tool",
        description="The calls that used each tool, and the leading tools over time. A call may use several tools and "
        "then counts under each, so nothing here adds up to the total and there are no shares. Kept for departments: "
        "members who see only their own usage get 403.",
        answer=ToolsAnswerSerializer,
        dimensions=TOOL_FILTERS,
        parameters=[DRAWN_BASIS],
        example=EXAMPLE,
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def body(self, asked: PanelRequest) -> Mapping[str, Any]:
        return written(ToolsSerializer, tools_panel(asked))
