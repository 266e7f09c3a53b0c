"""A CloudEvent as far as it matters here, after the CloudEvents specification 1.0 and its JSON event format."""

from typing import Any

from msgspec import Struct


class CloudEvent(Struct, frozen=True):
    """One event in its envelope. Other attributes (``datacontenttype``, ``subject``, extensions) change nothing."""

    specversion: str
    id: str
    source: str
    type: str
    time: str | None = None
    data: dict[str, Any] | None = None
    data_base64: str | None = None
