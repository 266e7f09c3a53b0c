"""An answer of ``GET /api/v1/usage/timeseries``, as the document of the API shows it: hours, with failures."""

from typing import Any, Final


def _measures(calls: int, tokens: int, cost: str, failures: int | None = None) -> dict[str, Any]:
    return {
        "calls": calls,
        "input_tokens": tokens * 4 // 5,
        "output_tokens": tokens // 5,
        "total_tokens": tokens,
        "contracted_cost": cost,
        "unpriced_events": 0,
        "unpriced_tokens": 0,
    } | ({} if failures is None else {"failures": failures})


def _row(kind: str, value: str, name: str, entries: int, measures: dict[str, Any]) -> dict[str, Any]:
    share = "80.0" if kind == "named" else "20.0"
    return {
        "kind": kind,
        "entity": "model",
        "value": value,
        "external_id": name,
        "name": name,
        "detail": value.partition("/")[0],
        "is_placeholder": False,
        "entries": entries,
        "measures": measures,
        "share_of_tokens": share,
        "share_of_cost": share,
        "change": None,
    }


def _hour(start: str, *, is_partial: bool) -> dict[str, Any]:
    day = "2026-11-18"
    return {"first": day, "last": day, "is_partial": is_partial, "is_cut": False, "hour_start": start}


TIMESERIES: Final[dict[str, Any]] = {
    "as_of": "2026-11-18T00:30:00Z",
    "time_zone": "Europe/Berlin",
    "currency": "USD",
    "is_whole_organization": True,
    "days": {"first": "2026-11-18", "last": "2026-11-18"},
    "is_partial": True,
    "compared": None,
    "previous": None,
    "bucket": "hour",
    "by": "model",
    "steps": [
        _hour("2026-11-18T00:00:00+01:00", is_partial=False),
        _hour("2026-11-18T01:00:00+01:00", is_partial=True),
    ],
    "totals": [_measures(5, 5000, "0.02", 1), _measures(5, 5000, "0.02", 0)],
    "series": [
        {
            "row": _row("named", "openai/gpt-4o", "gpt-4o", 1, _measures(8, 8000, "0.032")),
            "measures": [_measures(4, 4000, "0.016", 1), _measures(4, 4000, "0.016", 0)],
        },
        {
            "row": _row("other", "", "", 2, _measures(2, 2000, "0.008")),
            "measures": [_measures(1, 1000, "0.004", 0), _measures(1, 1000, "0.004", 0)],
        },
    ],
    "page": {"next": None, "previous": None},
}
