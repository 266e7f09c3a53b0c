"""Data health's answer as the documentation shows it."""

from typing import Any, Final

_COUNTS: Final[dict[str, int]] = {
    "received": 1204,
    "stored": 1150,
    "duplicate": 50,
    "conflict": 1,
    "quarantined": 2,
    "invalid": 1,
    "late": 0,
    "unattributed": 310,
    "unpriced": 4,
}

EXAMPLE: Final[dict[str, Any]] = {
    "as_of": "2026-11-23T09:30:00Z",
    "time_zone": "UTC",
    "first_day": "2026-11-23",
    "last_day": "2026-11-23",
    "totals": _COUNTS,
    "receipts": [
        {
            "source": "native",
            "key_name": "Gateway",
            "key_prefix": "tl_live_8Kq2",
            "day": "2026-11-23",
            "counts": _COUNTS,
            "last_received_at": "2026-11-23T09:29:58Z",
            "last_occurred_at": "2026-11-23T09:29:57Z",
        }
    ],
    "waiting": 2,
    "waiting_conflicts": 1,
    "keys": [
        {
            "name": "Gateway",
            "prefix": "tl_live_8Kq2",
            "scopes": ["usage:write"],
            "state": "active",
            "last_received_at": "2026-11-23T09:29:58Z",
            "last_occurred_at": "2026-11-23T09:29:57Z",
            "last_used_on": "2026-11-23",
        }
    ],
    "sightings": {
        "count": 1,
        "doubled_tokens": 1350,
        "doubled_cost": "0.0045",
        "doubled_unpriced": 0,
        "calls": [
            {
                "provider_name": "openai",
                "response_id": "chatcmpl-9x2",
                "member": "Bob",
                "local_date": "2026-11-23",
                "doubled_tokens": 1350,
                "doubled_cost": "0.0045",
                "doubled_unpriced": 0,
                "events": [
                    {
                        "transaction_id": transaction_id,
                        "source": "native",
                        "key_name": name,
                        "key_prefix": prefix,
                        "received_at": received_at,
                        "occurred_at": "2026-11-23T09:12:30Z",
                        "tokens": 1350,
                        "contracted_cost": "0.0045",
                        "is_voided": False,
                    }
                    for transaction_id, name, prefix, received_at in (
                        ("gateway-118", "Gateway", "tl_live_8Kq2", "2026-11-23T09:12:33Z"),
                        ("app-118", "App", "tl_live_Zt01", "2026-11-23T09:13:00Z"),
                    )
                ],
            }
        ],
    },
    "sightings_as_of": "2026-11-23T09:15:00Z",
    "findings": [
        {
            "kind": "unattributed",
            "severity": "notice",
            "count": 310,
            "title": "310 events name no member",
            "meaning": "It counts for the organization, and in the row “Unattributed” of its members.",
            "advice": "Send member_id with every call that a person caused. Calls of services need none.",
        }
    ],
    "team": {
        "members": [
            {
                "external_id": "bob",
                "name": "Bob",
                "role": "member",
                "left_at": None,
                "merged_into": "",
                "spans": [
                    {"department": "Research", "starts_at": "2026-03-01T00:00:00Z", "ends_at": None},
                ],
            }
        ],
        "shared": [
            {
                "kind": "project",
                "external_id": "atlas",
                "name": "Atlas",
                "calls": 310,
                "total_tokens": 418500,
                "contracted_cost": "1.395",
                "unpriced_events": 0,
            }
        ],
        "billing": None,
        "rights": [{"label": "See usage of the whole organization", "is_granted": True}],
    },
}

BAD_DAY: Final[dict[str, Any]] = {
    "type": "about:blank",
    "title": "Bad Request",
    "status": 400,
    "detail": "A day is written like 2026-11-23.",
    "instance": "/api/v1/usage/health",
    "errors": [{"field": "from", "reason": "A day is written like 2026-11-23."}],
}
