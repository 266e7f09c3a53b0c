"""Keeps what could not be stored, once per event however often it is sent."""

from collections.abc import Sequence
from typing import Final

import msgspec
from django.db.backends.utils import CursorWrapper

from usage.delivery import Delivery
from usage.placement import Displaced
from usage.staging import new_event_ids

_COLUMNS: Final = (
    "organization_id, id, transaction_id, fingerprint, reason, detail, facts, source, api_key_id, times, "
    "first_received_at, last_received_at, status, resolved_by"
)
_KEEP: Final = (
    f"INSERT INTO usage_quarantine ({_COLUMNS}) SELECT {{organization}}, id, transaction_id, fingerprint, reason, "
    "detail, facts, %(source)s, %(api_key_id)s, 1, %(received_at)s, %(received_at)s, 'open', '' "
    "FROM unnest(%(ids)s::uuid[], %(transaction_ids)s::text[], %(fingerprints)s::bytea[], %(reasons)s::text[], "
    "%(details)s::text[], %(facts)s::jsonb[]) "
    "AS waiting(id, transaction_id, fingerprint, reason, detail, facts) ORDER BY transaction_id, reason, fingerprint "
    "ON CONFLICT (organization_id, transaction_id, reason, fingerprint) DO UPDATE SET "
    "times = usage_quarantine.times + 1, last_received_at = EXCLUDED.last_received_at"
)


def keep_quarantined(
    cursor: CursorWrapper,
    waiting: Sequence[Displaced],
    delivery: Delivery,
) -> None:
    """Keep displaced and conflicting events inside the caller's transaction; one sent again only counts on."""
    if not waiting:
        return
    once = {(item.event.transaction_id, item.reason, item.fingerprint): item for item in waiting}.values()
    cursor.execute(
        _KEEP.replace("{organization}", str(delivery.organization_id)),
        {
            "source": delivery.source.value,
            "api_key_id": delivery.api_key_id,
            "received_at": delivery.received_at,
            "ids": new_event_ids(count=len(once), received_at=delivery.received_at),
            "transaction_ids": [item.event.transaction_id for item in once],
            "fingerprints": [item.fingerprint for item in once],
            "reasons": [str(item.reason) for item in once],
            "details": [item.detail for item in once],
            "facts": [msgspec.json.encode(item.event).decode() for item in once],
        },
    )
