"""A small month report for the API's documentation: two months, one department, one budget."""

from typing import Any, Final


def _measures(calls: int, input_tokens: int, output_tokens: int, cost: str) -> dict[str, Any]:
    return {
        "calls": calls,
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
        "contracted_cost": cost,
        "unpriced_events": 0,
        "unpriced_tokens": 0,
    }


def _change(tokens: int, previous: int, cost: str, previous_cost: str, percent: str | None) -> dict[str, Any]:
    return {
        "tokens": tokens,
        "previous_tokens": previous,
        "tokens_percent": percent,
        "contracted_cost": cost,
        "previous_contracted_cost": previous_cost,
        "cost_percent": percent,
    }


def _budget_month(month: str, *, is_partial: bool, spent: str, left: str, percent: str) -> dict[str, Any]:
    return {
        "month": month,
        "is_partial": is_partial,
        "limit": "10",
        "spent": spent,
        "left": left,
        "percent": percent,
        "level": "ok",
        "is_lower_bound": False,
        "held": True,
    }


_OCTOBER: Final = _measures(20, 1_500_000, 500_000, "4")
_NOVEMBER: Final = _measures(30, 2_250_000, 750_000, "6")
_BOTH: Final = _measures(50, 3_750_000, 1_250_000, "10")

EXAMPLE: Final[dict[str, Any]] = {
    "as_of": "2026-11-23T09:30:00Z",
    "time_zone": "Europe/Berlin",
    "currency": "USD",
    "is_whole_organization": True,
    "days": {"first": "2026-10-01", "last": "2026-11-23"},
    "is_partial": True,
    "compared": None,
    "previous": None,
    "fiscal_year": None,
    "fiscal_years": [2026, 2025, 2024, 2023],
    "months": [
        {
            "month": "2026-11",
            "is_partial": True,
            "measures": _NOVEMBER,
            "change": _change(2_800_000, 1_400_000, "5.6", "2.8", "100.0"),
            "year_change": _change(2_800_000, 0, "5.6", "0", None),
            "days": 22,
        },
        {
            "month": "2026-10",
            "is_partial": False,
            "measures": _OCTOBER,
            "change": _change(2_000_000, 0, "4", "0", None),
            "year_change": _change(2_000_000, 0, "4", "0", None),
            "days": None,
        },
    ],
    "total": _BOTH,
    "departments": {
        "bucket": "month",
        "by": "department",
        "steps": [
            {"first": "2026-10-01", "last": "2026-10-31", "is_partial": False, "is_cut": False},
            {"first": "2026-11-01", "last": "2026-11-23", "is_partial": True, "is_cut": True},
        ],
        "totals": [_OCTOBER, _NOVEMBER],
        "series": [
            {
                "row": {
                    "kind": "named",
                    "entity": "department",
                    "value": "research",
                    "external_id": "research",
                    "name": "Research",
                    "detail": "",
                    "is_placeholder": False,
                    "entries": 1,
                    "measures": _BOTH,
                    "share_of_tokens": "100.0",
                    "share_of_cost": "100.0",
                    "change": None,
                },
                "measures": [_OCTOBER, _NOVEMBER],
            }
        ],
    },
    "budgets": [
        {
            "id": 12,
            "name": "All models",
            "scope_kind": "organization",
            "scope_name": "Acme",
            "unit": "money",
            "currency": "USD",
            "limit": "10",
            "since": "2026-10-01",
            "months": [
                _budget_month("2026-11", is_partial=True, spent="6", left="4", percent="60.0"),
                _budget_month("2026-10", is_partial=False, spent="4", left="6", percent="40.0"),
            ],
        }
    ],
}
