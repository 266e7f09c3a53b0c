"""The SQL of the keys of events: they are inserted before anything else, and tell what is new. Pure.

``{organization}`` and the other names in braces are left to fill in with literals.
"""

from typing import Final

from usage.identity import UNKNOWN_FINGERPRINT
from usage.staged_columns import STAGED

KEY_INSERT: Final = (
    "INSERT INTO usage_event_key (organization_id, transaction_id, fingerprint, event_id, period, received_at) "
    f"SELECT {{organization}}::bigint, transaction_id, fingerprint, id, period, '{{received_at}}' FROM {STAGED} "
    "ORDER BY transaction_id ON CONFLICT DO NOTHING"
)
"""The keys of what is staged, in sorted order; one that stands, or that a rival commits first, stays as it is."""

REMOVE_KNOWN: Final = (
    f"DELETE FROM {STAGED} s USING usage_event_key k WHERE k.organization_id = {{organization}} "
    "AND k.transaction_id = s.transaction_id AND k.event_id <> s.id RETURNING s.id, "
    f"k.fingerprint IN (s.fingerprint, '\\x{UNKNOWN_FINGERPRINT.hex()}')"
)
"""Takes out of the staging table what is known: (id, whether it was the same event).

Run after the keys were inserted: only then does its snapshot show what a rival committed meanwhile.
"""

KEY_OF_ONE: Final = (
    "INSERT INTO usage_event_key (organization_id, transaction_id, fingerprint, event_id, period, received_at) VALUES "
    "({organization}, {transaction_id}, {fingerprint}, {id}, {period}, '{received_at}') ON CONFLICT DO NOTHING"
)
SAME_AS_KNOWN: Final = (
    f"SELECT fingerprint IN ({{fingerprint}}, '\\x{UNKNOWN_FINGERPRINT.hex()}') FROM usage_event_key "
    "WHERE organization_id = {organization} AND transaction_id = {transaction_id}"
)
"""Whether the event that stands under an id is the same; the values are literals."""
