"""A small overview for the API's documentation: two models, one member, and what nobody is named for."""

from typing import Any, Final


def _measures(*, calls: int, input_tokens: int, output_tokens: int, cost: str) -> dict[str, Any]:
    return {
        "calls": calls,
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
        "contracted_cost": cost,
        "unpriced_events": 0,
        "unpriced_tokens": 0,
    }


def _value(entity: str, name: str) -> str:
    if not name:
        return "unattributed"
    return f"openai/{name.lower()}" if entity == "model" else name.lower()


def _row(entity: str, name: str, share_of_tokens: str, share_of_cost: str, **measures: Any) -> dict[str, Any]:
    return {
        "kind": "named" if name else "unattributed",
        "entity": entity,
        "value": _value(entity, name),
        "external_id": name.lower(),
        "name": name,
        "detail": "openai" if entity == "model" else "",
        "is_placeholder": False,
        "entries": 1,
        "measures": _measures(**measures),
        "share_of_tokens": share_of_tokens,
        "share_of_cost": share_of_cost,
        "change": None,
    }


_TOTALS: Final[dict[str, Any]] = {"calls": 12, "input_tokens": 9000, "output_tokens": 1000, "cost": "0.0325"}
_LARGE: Final[dict[str, Any]] = {"calls": 4, "input_tokens": 7000, "output_tokens": 1000, "cost": "0.0275"}
_SMALL: Final[dict[str, Any]] = {"calls": 8, "input_tokens": 2000, "output_tokens": 0, "cost": "0.005"}

EXAMPLE: Final[dict[str, Any]] = {
    "as_of": "2026-11-01T09:30:00Z",
    "last_event_at": "2026-11-01T09:29:41Z",
    "is_whole_organization": True,
    "currency": "USD",
    "period": {
        "month": "2026-11",
        "time_zone": "Europe/Berlin",
        "starts_at": "2026-10-31T23:00:00Z",
        "ends_at": "2026-11-30T23:00:00Z",
        "first_day": "2026-11-01",
        "last_day": "2026-11-30",
        "today": "2026-11-01",
        "days": 30,
        "complete_days": 0,
    },
    "totals": {**_measures(**_TOTALS), "failures": 1, "cache_read_input_tokens": 2048},
    "daily_average": {"days": 0, "tokens": None, "contracted_cost": None},
    "compared": None,
    "projected": {
        "reason": None,
        "weeks": 4,
        "history_days": 212,
        "tokens_low": 281000,
        "tokens": 302000,
        "tokens_high": 344000,
        "cost_low": "0.91",
        "cost": "0.98",
        "cost_high": "1.12",
    },
    "days": [{"day": "2026-11-01", "is_partial": True, "measures": _measures(**_TOTALS)}],
    "series": [
        {
            "kind": "named",
            "external_id": "gpt-4o",
            "name": "GPT-4o",
            "detail": "openai",
            "tokens": [8000],
            "contracted_cost": ["0.0275"],
        },
        {
            "kind": "named",
            "external_id": "gpt-4.1",
            "name": "GPT-4.1",
            "detail": "openai",
            "tokens": [2000],
            "contracted_cost": ["0.005"],
        },
    ],
    "models": [
        _row("model", "GPT-4o", "80.0", "84.6", **_LARGE),
        _row("model", "GPT-4.1", "20.0", "15.4", **_SMALL),
    ],
    "departments": [_row("department", "Research", "100.0", "100.0", **_TOTALS)],
    "projects": [_row("project", "", "100.0", "100.0", **_TOTALS)],
    "members": [
        _row("member", "Bob", "80.0", "84.6", **_LARGE),
        _row("member", "", "20.0", "15.4", **_SMALL),
    ],
    "shared": [_row("integration", "Mail", "100.0", "100.0", **_SMALL)],
    "plan": {
        "name": "Team",
        "included_tokens": 60_000_000,
        "used_tokens": 10_000,
        "used_percent": "0.0",
    },
    "invoice_preview": {
        "currency": "EUR",
        "is_lower_bound": False,
        "net_total": "19.03",
        "tax_total": "3.62",
        "total": "22.65",
        "lines": [
            {
                "kind": "base_fee",
                "service_period": "2026-11",
                "description": "Team",
                "tokens": 0,
                "amount": "19.00",
            },
            {
                "kind": "usage",
                "service_period": "2026-11",
                "description": "",
                "tokens": 10_000,
                "amount": "0.03",
            },
        ],
    },
    "budgets": {"count": 1, "worst": None},
}
