"""Reads export requests in OTLP's JSON encoding."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from usage.decoding import Rejected, fault_of
from usage.formats.otlp import payload
from usage.formats.otlp.attributes import PLACES
from usage.formats.otlp.spans import Collected, Found, Span, Unreadable, of_resource

_MOST_OBJECTS: Final = 2_000_000
"""In one body: each costs some 60 bytes of memory. 10,000 spans of 30 attributes have 600,000."""
_ERROR: Final = (2, "2", "STATUS_CODE_ERROR")


def read_spans(body: bytes) -> Iterator[tuple[Found, Span | Rejected]]:
    """Every span of an ``ExportTraceServiceRequest``, with what its resource says. Raises ``Unreadable``.

    A span with a wrong type somewhere is rejected for itself.
    """
    if body.count(b"{") > _MOST_OBJECTS:
        raise Unreadable(f"it holds more than {_MOST_OBJECTS} objects")
    try:
        request = payload.export_request.decode(body)
        for group in request.resource_spans or ():
            said = of_resource(_collected(group.resource.attributes if group.resource else None))
            for scope in group.scope_spans or ():
                for raw in scope.spans or ():
                    yield said, _span(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from None
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None


def _span(raw: msgspec.Raw) -> Span | Rejected:
    try:
        span = payload.span.decode(raw)
        return Span(
            (span.trace_id or "").lower(),
            (span.span_id or "").lower(),
            _nanoseconds(span.start_time_unix_nano),
            _nanoseconds(span.end_time_unix_nano),
            span.status is not None and span.status.code in _ERROR,
            _collected(span.attributes),
        )
    except msgspec.ValidationError as error:
        return Rejected("", fault_of(error))


def _collected(attributes: Sequence[payload.KeyValue] | None) -> Found:
    into = Collected()
    for attribute in attributes or ():
        place = PLACES.get(attribute.key)
        if place is not None:
            into.add(place, _plain(payload.any_value.decode(attribute.value)))
    return into.found


def _plain(value: payload.AnyValue | None) -> Any:
    """The text, number or truth that is set; an ``intValue`` may come as text."""
    if value is None:
        return None
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        return value.int_value
    return value.bool_value if value.double_value is None else value.double_value


def _nanoseconds(sent: int | str | None) -> int:
    if isinstance(sent, str):
        return int(sent) if len(sent) <= 20 and sent.isascii() and sent.isdigit() else 0
    return sent or 0
