"""``GET /api/v1/usage/costs``: what usage cost, by kind of charge, price, model and provider."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from teams.api.writing import written, written_each
from usage.api.figures import ChangeSerializer, MeasuresSerializer, MoneyField, RowSerializer, percent_field
from usage.api.panels.base import AnsweredSerializer, PanelView, panel_schema
from usage.api.panels.costs_example import EXAMPLE
from usage.api.panels.series import TimeseriesSerializer
from usage.enums import ChargeKind
from usage.panels.vocabulary import Dimension
from usage.queries.panels.costs import CostsAnswer, costs_panel
from usage.queries.panels.registry import BY_CHARGE
from usage.queries.panels.request import PanelRequest


class ChargedPriceSerializer(serializers.Serializer[Any]):
    """One price that usage was charged at: quantity × unit_price = cost."""

    provider_name = serializers.CharField()
    model_name = serializers.CharField()
    service_tier = serializers.CharField(help_text="Empty for the ordinary tier.")
    context_threshold = serializers.IntegerField(help_text="Of requests with more input tokens; 0 for all.")
    hours = serializers.CharField(help_text="Of the UTC day; empty for all.")
    valid_from = serializers.DateTimeField()
    is_own = serializers.BooleanField(help_text="The organization's own price instead of the public list's.")
    has_rate = serializers.BooleanField(help_text="The list's price, changed by the contract's rate.")
    quantity = serializers.IntegerField()
    unit_price = MoneyField(help_text="US dollars for one unit.")
    cost = MoneyField()


class KindCostSerializer(serializers.Serializer[Any]):
    """All that was charged of one kind: its prices add up to its cost."""

    charge_kind = serializers.ChoiceField(choices=ChargeKind.choices, source="kind")
    quantity = serializers.IntegerField(help_text="Tokens, calls or seconds; corrections are taken off.")
    unit_price = MoneyField(allow_null=True, help_text="Of every unit; null where there were several prices.")
    mean_unit_price = MoneyField(allow_null=True, help_text="cost ÷ quantity, rounded to 15 decimals.")
    cost = MoneyField()
    share_of_cost = percent_field("Of the cost of all kinds; null where there is nothing to share.")
    prices = ChargedPriceSerializer(many=True)


class UnpricedKindSerializer(serializers.Serializer[Any]):
    charge_kind = serializers.ChoiceField(choices=ChargeKind.choices)
    quantity = serializers.IntegerField()


class ListComparisonSerializer(serializers.Serializer[Any]):
    """What is paid beside the public list's prices, of models that the list has a price for."""

    list_cost = MoneyField()
    contracted_cost = MoneyField()
    difference = MoneyField(help_text="contracted_cost − list_cost; negative for a discount.")
    percent = percent_field("The difference in per cent of the list.")
    unlisted_cost = MoneyField(help_text="The cost of models that the list has no price for; not compared.")


class ModelCostSerializer(serializers.Serializer[Any]):
    row = RowSerializer()
    listed = ListComparisonSerializer()


class CostsSerializer(serializers.Serializer[Any]):
    total = MeasuresSerializer(source="total.measures")
    change = ChangeSerializer(source="total.change", help_text="Of the days compared.")
    kinds = KindCostSerializer(many=True, help_text="Add up to the total's cost exactly.")
    unpriced = serializers.SerializerMethodField(help_text="What has no cost yet; it is not free.")
    tool_tokens = serializers.IntegerField(
        allow_null=True,
        help_text="Those of the tokens that tools used; null where they are not kept by what is filtered by.",
    )
    listed = ListComparisonSerializer()
    models = ModelCostSerializer(many=True, help_text="Add up to the total exactly.")
    providers = RowSerializer(many=True, help_text="Add up to the total exactly.")
    by_model = TimeseriesSerializer()
    by_provider = TimeseriesSerializer()

    @extend_schema_field(UnpricedKindSerializer(many=True))
    def get_unpriced(self, answer: CostsAnswer) -> Any:
        parts = [{"charge_kind": kind, "quantity": quantity} for kind, quantity in answer.unpriced]
        return written_each(UnpricedKindSerializer, parts)


class CostsAnswerSerializer(AnsweredSerializer, CostsSerializer):
    pass


class CostsView(PanelView):
    filters: ClassVar[Sequence[Dimension]] = BY_CHARGE

    @panel_schema(
        operation_id="usage_costs",
        summary="What usage cost, and for what",
        description="Quantity × unit price = cost for each kind of charge and each price, adding up to the total "
        "exactly; by model and provider, over time too; and beside the public list's prices.",
        answer=CostsAnswerSerializer,
        dimensions=BY_CHARGE,
        example=EXAMPLE,
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def body(self, asked: PanelRequest) -> Mapping[str, Any]:
        return written(CostsSerializer, costs_panel(asked))
