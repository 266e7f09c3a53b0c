"""A small answer on costs for the API's documentation: one model at a contract's rate, on one day."""

from typing import Any, Final

_MEASURES: Final[dict[str, Any]] = {
    "calls": 12,
    "input_tokens": 1_000_000,
    "output_tokens": 200_000,
    "total_tokens": 1_200_000,
    "contracted_cost": "4.05",
    "unpriced_events": 0,
    "unpriced_tokens": 0,
}
_LISTED: Final[dict[str, Any]] = {
    "list_cost": "4.5",
    "contracted_cost": "4.05",
    "difference": "-0.45",
    "percent": "-10.0",
    "unlisted_cost": "0",
}
_ROW: Final[dict[str, Any]] = {
    "kind": "named",
    "entity": "model",
    "value": "openai/gpt-4o",
    "external_id": "gpt-4o",
    "name": "GPT-4o",
    "detail": "openai",
    "is_placeholder": False,
    "entries": 1,
    "measures": _MEASURES,
    "share_of_tokens": "100.0",
    "share_of_cost": "100.0",
    "change": None,
}
_PROVIDER: Final[dict[str, Any]] = _ROW | {
    "entity": "provider",
    "value": "openai",
    "external_id": "openai",
    "name": "openai",
    "detail": "",
}
_DAY: Final = {"first": "2026-11-23", "last": "2026-11-23"}


def _kind(kind: str, quantity: int, unit_price: str, cost: str, share: str) -> dict[str, Any]:
    price = {
        "provider_name": "openai",
        "model_name": "GPT-4o",
        "service_tier": "",
        "context_threshold": 0,
        "hours": "",
        "valid_from": "2024-10-02T00:00:00Z",
        "is_own": False,
        "has_rate": True,
        "quantity": quantity,
        "unit_price": unit_price,
        "cost": cost,
    }
    return {
        "charge_kind": kind,
        "quantity": quantity,
        "unit_price": unit_price,
        "mean_unit_price": unit_price,
        "cost": cost,
        "share_of_cost": share,
        "prices": [price],
    }


def _series(by: str, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "bucket": "day",
        "by": by,
        "steps": [{**_DAY, "is_partial": True, "is_cut": False}],
        "totals": [_MEASURES],
        "series": [{"row": row, "measures": [_MEASURES]}],
    }


EXAMPLE: Final[dict[str, Any]] = {
    "as_of": "2026-11-23T09:30:00Z",
    "time_zone": "Europe/Berlin",
    "currency": "USD",
    "is_whole_organization": True,
    "days": _DAY,
    "is_partial": True,
    "compared": None,
    "previous": None,
    "total": _MEASURES,
    "change": {
        "tokens": 0,
        "previous_tokens": 0,
        "tokens_percent": None,
        "contracted_cost": "0",
        "previous_contracted_cost": "0",
        "cost_percent": None,
    },
    "kinds": [
        _kind("input", 1_000_000, "0.00000225", "2.25", "55.6"),
        _kind("output", 200_000, "0.000009", "1.8", "44.4"),
    ],
    "unpriced": [],
    "tool_tokens": 1200,
    "listed": _LISTED,
    "models": [{"row": _ROW, "listed": _LISTED}],
    "providers": [_PROVIDER],
    "by_model": _series("model", _ROW),
    "by_provider": _series("provider", _PROVIDER),
}
