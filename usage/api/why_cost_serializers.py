"""The shape of why something costs what it costs. Money is US dollars as decimal strings, exact."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from usage.enums import ChargeKind, Correction, UnpricedReason


@extend_schema_field({"type": "string", "format": "decimal", "examples": ["0.0000025"]})
class ExactField(serializers.Field[Decimal, Any, str, Any]):
    """A decimal string with every decimal that it has and no needless zeros."""

    def to_representation(self, value: Decimal) -> str:
        return f"{value.normalize():f}" if value else "0"


class CostLineSerializer(serializers.Serializer[Any]):
    """quantity × unit_price = cost."""

    charge_kind = serializers.ChoiceField(choices=ChargeKind.choices, source="kind")
    quantity = serializers.IntegerField(help_text="Tokens, calls or seconds; corrections are taken off.")
    unit_price = ExactField(allow_null=True, help_text="US dollars for one unit; null without a price.")
    cost = ExactField(allow_null=True)


class PriceFactsSerializer(serializers.Serializer[Any]):
    """The row of the price list, and the contract rate on it."""

    price_id = serializers.IntegerField()
    rate_id = serializers.IntegerField(help_text="0 without a contract rate.")
    provider_name = serializers.CharField()
    model_name = serializers.CharField()
    service_tier = serializers.CharField(help_text="Empty for the ordinary tier.")
    context_threshold = serializers.IntegerField(help_text="Of requests with more input tokens; 0 for all.")
    hours = serializers.CharField(help_text="Of the UTC day, such as 16:30–00:30; empty for all.")
    valid_from = serializers.DateTimeField()
    source = serializers.CharField()  # type: ignore[assignment]
    is_own = serializers.BooleanField(help_text="The organization's own price instead of the public list's.")
    rate_factor = ExactField(allow_null=True, help_text="What the list's prices were multiplied by.")
    rate_valid_from = serializers.DateTimeField(allow_null=True)
    rate_source = serializers.CharField()


class CostPartSerializer(serializers.Serializer[Any]):
    """The usage of one model at one price; its lines add up to its cost."""

    provider_name = serializers.CharField()
    model_name = serializers.CharField()
    price = PriceFactsSerializer(allow_null=True)
    unpriced_reason = serializers.ChoiceField(choices=UnpricedReason.choices, allow_null=True)
    lines = CostLineSerializer(many=True)
    cost = ExactField(allow_null=True, help_text="null while it is unpriced.")


class CostRowSerializer(serializers.Serializer[Any]):
    """One row of an event in the ledger, as it was sent or a correction; one that takes back is negative."""

    correction = serializers.ChoiceField(
        choices=Correction.choices, help_text="Empty for the event as it was sent."
    )
    received_at = serializers.DateTimeField()
    model_name = serializers.CharField()
    lines = CostLineSerializer(many=True)
    cost = ExactField(allow_null=True, help_text="null while it is unpriced.")


class WhyCostSerializer(serializers.Serializer[Any]):
    """The costs of the parts add up to `contracted_cost` exactly."""

    contracted_cost = ExactField(
        source="known_cost",
        allow_null=True,
        help_text="By the organization's prices: at least this much while events are unpriced, null while all are.",
    )
    list_cost = ExactField(
        source="known_list_cost",
        allow_null=True,
        help_text="The same usage by the public price list; null without any price.",
    )
    reported_cost = ExactField(allow_null=True, help_text="What clients said that it cost; null if none did.")
    difference = ExactField(allow_null=True, help_text="reported_cost − contracted_cost; null without one.")
    unpriced_events = serializers.IntegerField()
    rows = serializers.IntegerField(help_text="Rows of the ledger, corrections included.")
    corrections = serializers.IntegerField()
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    parts = CostPartSerializer(many=True)
    history = CostRowSerializer(
        many=True, help_text="The rows of one event, the oldest first; empty for messages and chats."
    )


EXAMPLE = {
    "contracted_cost": "0.003375",
    "list_cost": "0.00375",
    "reported_cost": "0.0035",
    "difference": "0.000125",
    "unpriced_events": 0,
    "rows": 1,
    "corrections": 0,
    "first_at": "2026-11-23T09:30:00Z",
    "last_at": "2026-11-23T09:30:00Z",
    "parts": [
        {
            "provider_name": "openai",
            "model_name": "gpt-4o",
            "price": {
                "price_id": 4711,
                "rate_id": 12,
                "provider_name": "openai",
                "model_name": "gpt-4o",
                "service_tier": "",
                "context_threshold": 0,
                "hours": "",
                "valid_from": "2024-10-02T00:00:00Z",
                "source": "genai-prices 0.0.44",
                "is_own": False,
                "rate_factor": "0.9",
                "rate_valid_from": "2026-01-01T00:00:00Z",
                "rate_source": "Business",
            },
            "unpriced_reason": None,
            "lines": [
                {"charge_kind": "input", "quantity": 600, "unit_price": "0.00000225", "cost": "0.00135"},
                {
                    "charge_kind": "cache_read",
                    "quantity": 600,
                    "unit_price": "0.000001125",
                    "cost": "0.000675",
                },
                {"charge_kind": "output", "quantity": 150, "unit_price": "0.000009", "cost": "0.00135"},
            ],
            "cost": "0.003375",
        }
    ],
    "history": [],
}
