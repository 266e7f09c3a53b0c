"""Column types of money on paper, as opposed to the ledger's exact US dollars."""

from typing import Any

from django.db import models


def amount_field(label: Any, **options: Any) -> "models.DecimalField[Any, Any]":
    """An amount in a document's currency, rounded to that currency's places (at most 4)."""
    return models.DecimalField(label, max_digits=24, decimal_places=4, **options)


def exchange_field(label: Any) -> "models.DecimalField[Any, Any]":
    """Units of a currency for one US dollar."""
    return models.DecimalField(label, max_digits=24, decimal_places=10)
