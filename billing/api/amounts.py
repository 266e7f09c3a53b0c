"""Money in a document's currency, as text with that currency's decimals."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.rounding import places


@extend_schema_field({"type": "string", "format": "decimal", "examples": ["140.98"]})
class AmountField(serializers.Field[Decimal, Any, Decimal, Any]):
    """An amount of money. The ``InCurrency`` around it writes it with its currency's decimals."""

    def to_representation(self, value: Decimal) -> Decimal:
        return value


class InCurrency(serializers.Serializer[Any]):
    """Something with a ``currency``; all amounts in it, however deep, are written in its decimals."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        return _written(shown, decimals=places(shown["currency"]))


def _written(shown: Any, *, decimals: int) -> Any:
    if isinstance(shown, Decimal):
        return f"{shown:.{decimals}f}"
    if isinstance(shown, Mapping):
        return {name: _written(inner, decimals=decimals) for name, inner in shown.items()}
    if isinstance(shown, list):
        return [_written(inner, decimals=decimals) for inner in shown]
    return shown
