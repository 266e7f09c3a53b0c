"""Breakdowns, members, and days beside others, as the API's document shows them."""

from typing import Any, Final

_ABOUT: Final[dict[str, Any]] = {
    "as_of": "2026-11-18T15:30:00Z",
    "time_zone": "Europe/Berlin",
    "currency": "USD",
    "is_whole_organization": True,
    "days": {"first": "2026-11-01", "last": "2026-11-18"},
    "is_partial": True,
    "compared": {"first": "2026-11-01", "last": "2026-11-17"},
    "previous": {"first": "2026-10-01", "last": "2026-10-17"},
}
_ALL: Final[dict[str, Any]] = {
    "calls": 5,
    "input_tokens": 4000,
    "output_tokens": 1000,
    "total_tokens": 5000,
    "contracted_cost": "0.02",
    "unpriced_events": 0,
    "unpriced_tokens": 0,
}
_SOME: Final = {
    **_ALL,
    "calls": 4,
    "input_tokens": 3200,
    "output_tokens": 800,
    "total_tokens": 4000,
    "contracted_cost": "0.016",
}
_REST: Final = {
    **_ALL,
    "calls": 1,
    "input_tokens": 800,
    "output_tokens": 200,
    "total_tokens": 1000,
    "contracted_cost": "0.004",
}
_CHANGE: Final = {
    "tokens": 5000,
    "previous_tokens": 4000,
    "tokens_percent": "25.0",
    "contracted_cost": "0.02",
    "previous_contracted_cost": "0.016",
    "cost_percent": "25.0",
}
_NEW: Final = {
    "tokens": 1000,
    "previous_tokens": 0,
    "tokens_percent": None,
    "contracted_cost": "0.004",
    "previous_contracted_cost": "0",
    "cost_percent": None,
}
_SAME: Final = {
    "tokens": 4000,
    "previous_tokens": 4000,
    "tokens_percent": "0.0",
    "contracted_cost": "0.016",
    "previous_contracted_cost": "0.016",
    "cost_percent": "0.0",
}


def _named(entity: str, external_id: str, name: str) -> dict[str, Any]:
    return {
        "kind": "named",
        "entity": entity,
        "value": external_id,
        "external_id": external_id,
        "name": name,
        "detail": "",
        "is_placeholder": False,
        "entries": 1,
        "measures": _SOME,
        "share_of_tokens": "80.0",
        "share_of_cost": "80.0",
        "change": _SAME,
    }


def _unattributed(entity: str) -> dict[str, Any]:
    return {
        **_named(entity, "", ""),
        "kind": "unattributed",
        "value": "unattributed",
        "measures": _REST,
        "share_of_tokens": "20.0",
        "share_of_cost": "20.0",
        "change": _NEW,
    }


def _breakdown(entity: str, external_id: str, name: str) -> dict[str, Any]:
    rows = [_named(entity, external_id, name), _unattributed(entity)]
    return {**_ABOUT, "by": entity, "total": _ALL, "change": _CHANGE, "rows": rows}


MEMBERS: Final = {
    **_ABOUT,
    "total": _ALL,
    "change": _CHANGE,
    "member_count": 1,
    "count": 1,
    "members": [
        {
            "row": _named("member", "bob", "Bob"),
            "last_active_on": "2026-11-18",
            "favourite_model": {
                "name": "GPT-4o",
                "provider_name": "openai",
                "value": "openai/gpt-4o",
                "tokens": 3500,
            },
            "chats_begun": 2,
        }
    ],
    "unattributed": _unattributed("member"),
    "page": {
        "next": "https://ledger.example/api/v1/usage/members?cursor=WyJjb3N0IiwiNyIs",
        "previous": None,
    },
}
DEPARTMENTS: Final = _breakdown("department", "research", "Research")
PROJECTS: Final = _breakdown("project", "atlas", "Atlas")
BREAKDOWN: Final = _breakdown("feature", "chat", "chat")
COMPARE: Final[dict[str, Any]] = {**_ABOUT, "total": _ALL, "change": _CHANGE}
