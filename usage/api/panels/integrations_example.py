"""Answers of ``GET /api/v1/usage/integrations`` and of one, as the document of the API shows them."""

from typing import Any, Final

_ABOUT: Final[dict[str, Any]] = {
    "as_of": "2026-11-01T09:30:00Z",
    "time_zone": "Europe/Berlin",
    "currency": "USD",
    "is_whole_organization": True,
    "days": {"first": "2026-11-01", "last": "2026-11-01"},
    "is_partial": True,
    "compared": None,
    "previous": None,
}
_MEASURES: Final[dict[str, Any]] = {
    "calls": 50,
    "input_tokens": 60000,
    "output_tokens": 9000,
    "total_tokens": 69000,
    "contracted_cost": "0.21",
    "unpriced_events": 0,
    "unpriced_tokens": 0,
}
_CHANGE: Final[dict[str, Any]] = {
    "tokens": 0,
    "previous_tokens": 0,
    "tokens_percent": None,
    "contracted_cost": "0",
    "previous_contracted_cost": "0",
    "cost_percent": None,
}
_COUNTS: Final[dict[str, Any]] = {"calls": 50, "failures": 9, "error_rate": 0.18}
_LATENCY: Final[dict[str, Any]] = {"calls": 48, "p50_ms": 812.5, "p95_ms": 2900.0}
_LAST: Final[dict[str, Any]] = {"day": "2026-11-01", "hour_start": "2026-11-01T09:00:00+01:00"}
_LINE: Final[dict[str, Any]] = {
    "value": "gmail",
    "name": "Gmail",
    "external_id": "gmail",
    "state": "warning",
    "counts": _COUNTS,
    "latency": _LATENCY,
    "volume": [50],
    "last_activity": _LAST,
    "last_success": _LAST,
    "flags": [
        {
            "kind": "errors",
            "day": "2026-11-01",
            "value": 0.18,
            "usual": 0.01,
            "driver": {"dimension": "model", "name": "gpt-4o", "part": 0.9},
        }
    ],
}

EXAMPLE: Final[dict[str, Any]] = _ABOUT | {
    "breakdown": {
        "by": "integration",
        "total": _MEASURES,
        "change": _CHANGE,
        "rows": [
            {
                "kind": "named",
                "entity": "integration",
                "value": "gmail",
                "external_id": "gmail",
                "name": "Gmail",
                "detail": "",
                "is_placeholder": False,
                "entries": 1,
                "measures": _MEASURES,
                "share_of_tokens": "100.0",
                "share_of_cost": "100.0",
                "change": None,
            }
        ],
    },
    "bucket": "day",
    "steps": [{"first": "2026-11-01", "last": "2026-11-01", "is_partial": True, "is_cut": False}],
    "has_latency": True,
    "health": [_LINE],
    "left_out": 0,
}
ONE: Final[dict[str, Any]] = _ABOUT | {
    "integration": _LINE,
    "total": _MEASURES,
    "change": _CHANGE,
    "has_latency": True,
    "bucket": "hour",
    "points": [
        {
            "first": "2026-11-01",
            "last": "2026-11-01",
            "hour_start": "2026-11-01T09:00:00+01:00",
            "is_partial": True,
            "counts": _COUNTS,
            "latency": _LATENCY,
        }
    ],
}
