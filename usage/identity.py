"""What makes an event the same event, and the ids that follow from the client's own ids."""

from datetime import UTC
from hashlib import blake2b
from typing import Final
from uuid import UUID

import msgspec

from usage.events import Event

FINGERPRINT_VERSION: Final = b"\x01"
UNKNOWN_FINGERPRINT: Final = b"\x00"
"""Of a key that was made anew from its event: what was sent cannot be told from what was stored."""
NIL: Final = UUID(int=0)

_encoder = msgspec.json.Encoder()
_sorted = msgspec.json.Encoder(order="deterministic")


def fingerprint(event: Event) -> bytes:
    """A versioned 17-byte hash of the known fields as they were sent: a version byte and 16 bytes of BLAKE2b.

    Defaults are left out, so a field that a later version adds does not change it; times are compared as
    instants; titles and file names are descriptions, not facts, and do not count.
    """
    changes: dict[str, object] = {}
    if event.occurred_at.tzinfo is not UTC:
        changes["occurred_at"] = event.occurred_at.astimezone(UTC)
    if event.conversation_title:
        changes["conversation_title"] = ""
    if event.usage is not None:
        # Sorted, since a database that kept it may have changed the order of its fields.
        changes["usage"] = msgspec.Raw(_sorted.encode(event.usage))
    if event.files:
        changes["files"] = [msgspec.structs.replace(file, name="") for file in event.files]
    canonical = msgspec.structs.replace(event, **changes) if changes else event
    return FINGERPRINT_VERSION + blake2b(_encoder.encode(canonical), digest_size=16).digest()


def derived_id(organization_id: int, kind: str, external_id: str) -> str:
    """The id (32 hex digits) of a chat, message or file: the same client id in one organization is one thing.

    Derived rather than looked up, so that ingest needs no query and a replay finds the same rows.
    """
    return blake2b(f"{organization_id}\0{kind}\0{external_id}".encode(), digest_size=16).hexdigest()
