"""Examples of the endpoints of patterns and trends, as their answers look."""

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


_NOTHING: Final = _measures(0, 0, 0, "0")
_SOME: Final = _measures(40, 48_000, 8_000, "0.28")
_ANSWERED: Final[dict[str, Any]] = {
    "as_of": "2026-11-29T10:30:00+01:00",
    "time_zone": "Europe/Berlin",
    "currency": "USD",
    "is_whole_organization": True,
    "days": {"first": "2026-11-16", "last": "2026-11-29"},
    "is_partial": True,
    "compared": None,
    "previous": None,
}


def _cell(weekday: int, hour: int) -> dict[str, Any]:
    is_busy = (weekday, hour) == (1, 9)
    return {
        "weekday": weekday,
        "hour": hour,
        "hours": 2,
        "measures": _SOME if is_busy else _NOTHING,
        "average": "28000" if is_busy else "0",
    }


def _day(weekday: int) -> dict[str, Any]:
    is_busy = weekday == 1
    return {
        "weekday": weekday,
        "cells": [_cell(weekday, hour) for hour in range(24)],
        "measures": _SOME if is_busy else _NOTHING,
        "average": "28000" if is_busy else "0",
        "quiet": {"first_hour": 10, "hours": 14} if is_busy else {"first_hour": 0, "hours": 24},
    }


def _row(kind: str, value: str, name: str, detail: str, entries: int = 1) -> dict[str, Any]:
    return {
        "kind": kind,
        "entity": "model",
        "value": value,
        "name": name,
        "detail": detail,
        "entries": entries,
    }


_GPT: Final = _row("named", "openai/gpt-4o", "GPT-4o", "openai")
_PART: Final = {"row": _GPT, "current": "40000", "previous": "10000", "change": "30000"}

HEATMAP: Final[dict[str, Any]] = {
    **_ANSWERED,
    "basis": "tokens",
    "is_departments_only": False,
    "time_zones": ["Europe/Berlin"],
    "total": _SOME,
    "weekdays": [_day(weekday) for weekday in range(1, 8)],
    "busiest_hours": [{"weekday": 1, "hour": 9, "average": "28000"}],
    "busiest_days": [{"weekday": 1, "average": "28000"}],
    "quiet_limit": "41.666666666666667",
    "quiet_every_day": {"first_hour": 10, "hours": 14},
}

TRENDS: Final[dict[str, Any]] = {
    **_ANSWERED,
    "basis": "tokens",
    "by": "model",
    "history_since": "2026-10-26",
    "weeks": [
        {
            "first": "2026-11-23",
            "last": "2026-11-29",
            "is_partial": True,
            "is_cut": False,
            "total": _SOME,
            "on_spikes": _SOME,
        }
    ],
    "week_over_week": {
        "compared": {"first": "2026-11-23", "last": "2026-11-28"},
        "previous": {"first": "2026-11-16", "last": "2026-11-21"},
        "is_whole": False,
        "current_total": _SOME,
        "previous_total": _measures(30, 24_000, 4_000, "0.14"),
        "change": {
            "tokens": 56_000,
            "previous_tokens": 28_000,
            "tokens_percent": "100.0",
            "contracted_cost": "0.28",
            "previous_contracted_cost": "0.14",
            "cost_percent": "100.0",
        },
        "parts": [
            _PART,
            {
                "row": _row("other", "", "", "", 4),
                "current": "16000",
                "previous": "18000",
                "change": "-2000",
            },
        ],
        "driver": _PART,
    },
    "spikes": [
        {
            "day": "2026-11-24",
            "is_partial": False,
            "value": "56000",
            "usual": "9000",
            "compared": ["2026-11-17", "2026-11-10", "2026-11-03", "2026-10-27"],
            "driver": {"row": _GPT, "excess": "41000"},
        }
    ],
    "spikes_found": 1,
    "seasons": {
        "weeks": 4,
        "whole_months": 0,
        "weekdays": [
            {"weekday": weekday, "days": 4, "average": "9000", "index": "100"} for weekday in range(1, 8)
        ],
        "months": [],
    },
}
