"""An answer of ``GET /api/v1/usage/tools``, as the document of the API shows it."""

from typing import Any, Final

_MEASURES: Final[dict[str, Any]] = {
    "events": 40,
    "tool_calls": 55,
    "tool_tokens": 12000,
    "input_tokens": 60000,
    "output_tokens": 9000,
    "total_tokens": 69000,
    "contracted_cost": "0.21",
    "unpriced_events": 0,
}

EXAMPLE: Final[dict[str, Any]] = {
    "as_of": "2026-11-01T09:30:00Z",
    "time_zone": "Europe/Berlin",
    "currency": "USD",
    "is_whole_organization": True,
    "days": {"first": "2026-11-01", "last": "2026-11-01"},
    "is_partial": True,
    "compared": None,
    "previous": None,
    "tools": [{"tool": "web_search", "measures": _MEASURES, "change": None}],
    "left_out": 0,
    "bucket": "day",
    "steps": [{"first": "2026-11-01", "last": "2026-11-01", "is_partial": True, "is_cut": False}],
    "lines": [{"tool": "web_search", "measures": [_MEASURES]}],
    "fees": [{"kind": "web_search", "quantity": 55, "contracted_cost": "0.55", "unpriced": 0}],
}
