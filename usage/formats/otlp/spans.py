"""A span as both encodings give it, reduced to what may count."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from usage.formats.otlp.attributes import OF_RESOURCES, Place

Found = dict[str, Any]
"""Field → value as it was sent: text, number or truth; of several attributes for a field the first in rank."""


class Unreadable(ValueError):
    """The body is no export request; says why."""


class Span(NamedTuple):
    """One span. Ids are hex text in lower case, times nanoseconds since 1970, 0 where none was sent."""

    trace_id: str
    span_id: str
    started_at: int
    ended_at: int
    failed: bool
    found: Found


class Collected:
    """Gathers the known attributes of one span or resource in the order they come."""

    __slots__ = ("found", "ranks")

    def __init__(self) -> None:
        self.found: Found = {}
        self.ranks: dict[str, int] = {}

    def add(self, place: Place, value: object) -> None:
        """Keep ``value`` unless a better attribute said the same; None (a list, a map, nothing) says nothing."""
        field, rank = place
        if value is not None and rank <= self.ranks.get(field, rank):
            self.ranks[field] = rank
            self.found[field] = value


def of_resource(found: Mapping[str, Any]) -> Found:
    """What a resource says for its spans. The name that SDKs give to services without one says nothing."""
    said = {field: str(value) for field, value in found.items() if field in OF_RESOURCES and value != ""}
    if said.get("integration_id", "").startswith("unknown_service"):
        del said["integration_id"]
    return said
