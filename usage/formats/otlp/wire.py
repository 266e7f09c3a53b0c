"""Reads export requests in protobuf's binary encoding.

Written by hand because the generated classes make an object of everything in a body, content included: two bytes of a
hostile one become 170 in memory, its 32 MiB 2.7 GB. This looks only at what is known, in place.
``tests/usage/formats/otlp/test_wire.py`` compares both on any messages.

A message is a row of fields: a tag (number × 8 + wire type), then a varint (type 0), 8 bytes (1), a length and as many
bytes (2), or 4 bytes (5). Fields may come in any order, unknown ones are passed over.
"""

from collections.abc import Iterator
from struct import unpack_from
from typing import Any, Final

from usage.formats.otlp.attributes import PLACES, Place
from usage.formats.otlp.spans import Collected, Found, Span, Unreadable, of_resource

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_TRACE_ID, _SPAN_ID, _ATTRIBUTE, _STATUS = 1 << 3 | _BYTES, 2 << 3 | _BYTES, 9 << 3 | _BYTES, 15 << 3 | _BYTES
_STARTED_AT, _ENDED_AT = 7 << 3 | _FIXED64, 8 << 3 | _FIXED64
_FIRST, _SECOND = 1 << 3 | _BYTES, 2 << 3 | _BYTES
"""Tags of the first and the second field, where they are messages or texts."""
_STRING, _BOOL, _INT, _DOUBLE = 1 << 3 | _BYTES, 2 << 3 | _VARINT, 3 << 3 | _VARINT, 4 << 3 | _FIXED64
_STATUS_CODE: Final = 3 << 3 | _VARINT
_ERROR: Final = 2
_PLACES: Final = {name.encode(): place for name, place in PLACES.items()}
_KeyValue = tuple[Place | None, Any]
_SHORT: Final = 80
_REMEMBERED: Final = 10_000
"""Most attributes of a span stand in the next one too. So short ones are remembered, by their bytes."""
_MOST_FIELDS: Final = 1_000_000
"""In one body, a second or two of work. 10,000 spans with 30 attributes have 450,000."""


class _Budget:
    """How many fields may still be looked at, and what attributes said that were looked at before."""

    __slots__ = ("left", "seen")

    def __init__(self) -> None:
        self.left = _MOST_FIELDS
        self.seen: dict[bytes, _KeyValue] = {}


def read_spans(body: bytes) -> Iterator[tuple[Found, Span]]:
    """Every span of an ``ExportTraceServiceRequest``, with what its resource says. Raises ``Unreadable``."""
    budget = _Budget()
    try:
        for tag, start, end in _fields(body, 0, len(body), budget):
            if tag == _FIRST:
                yield from _of_resource(body, start, end, budget)
    except IndexError:
        raise Unreadable("it ends in the middle of a field") from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"a text in it is not UTF-8: {error}") from None


def _of_resource(body: bytes, start: int, end: int, budget: _Budget) -> Iterator[tuple[Found, Span]]:
    resource = Collected()
    for tag, inner, stop in _fields(body, start, end, budget):
        if tag == _FIRST:
            for attribute, at, until in _fields(body, inner, stop, budget):
                if attribute == _FIRST:
                    _collect(body, at, until, resource, budget)
    said = of_resource(resource.found)
    for tag, inner, stop in _fields(body, start, end, budget):
        if tag == _SECOND:
            for field, at, until in _fields(body, inner, stop, budget):
                if field == _SECOND:
                    yield said, _span(body, at, until, budget)


def _span(body: bytes, start: int, end: int, budget: _Budget) -> Span:
    trace_id = span_id = ""
    started_at = ended_at = 0
    failed = False
    attributes = Collected()
    for tag, at, until in _fields(body, start, end, budget):
        if tag == _ATTRIBUTE:
            _collect(body, at, until, attributes, budget)
        elif tag == _TRACE_ID:
            trace_id = body[at:until].hex()
        elif tag == _SPAN_ID:
            span_id = body[at:until].hex()
        elif tag == _STARTED_AT:
            started_at = unpack_from("<Q", body, at)[0]
        elif tag == _ENDED_AT:
            ended_at = unpack_from("<Q", body, at)[0]
        elif tag == _STATUS:
            for inner, code, _stop in _fields(body, at, until, budget):
                if inner == _STATUS_CODE:
                    failed = _varint(body, code)[0] == _ERROR
    return Span(trace_id, span_id, started_at, ended_at, failed, attributes.found)


def _collect(body: bytes, start: int, end: int, into: Collected, budget: _Budget) -> None:
    """Add a ``KeyValue`` where its key is known."""
    if end - start <= _SHORT:
        sent = body[start:end]
        found = budget.seen.get(sent)
        if found is None:
            found = _key_value(body, start, end, budget)
            if len(budget.seen) < _REMEMBERED:
                budget.seen[sent] = found
    else:
        found = _key_value(body, start, end, budget)
    place, value = found
    if place is not None:
        into.add(place, value)


def _key_value(body: bytes, start: int, end: int, budget: _Budget) -> _KeyValue:
    """The place of a key and the value; the values of unknown keys are not even looked at."""
    if start < end and body[start] == _FIRST and body[start + 1] < 0x80:
        # As every sender writes it: the key first, shorter than 128 bytes, and the value behind it.
        after = start + 2 + body[start + 1]
        if after < end and body[after] == _SECOND:
            place = _PLACES.get(body[start + 2 : after])
            if place is None:
                return None, None
            size, at = body[after + 1], after + 2
            if size > 0x7F:
                size, at = _varint(body, after + 1)
            if at + size == end:
                return place, _any_value(body, at, end, budget)
    place, value = None, None
    for tag, at, until in _fields(body, start, end, budget):
        if tag == _FIRST:
            place = _PLACES.get(body[at:until])
        elif tag == _SECOND:
            value = _any_value(body, at, until, budget)
    return place, value


def _any_value(body: bytes, start: int, end: int, budget: _Budget) -> Any:
    """The text, truth or number of an ``AnyValue``; None for lists, maps and bytes."""
    if (
        end - start < 0x80
        and end - start > 1
        and body[start] == _STRING
        and start + 2 + body[start + 1] == end
    ):
        return body[start + 2 : end].decode()
    value: Any = None
    for tag, at, until in _fields(body, start, end, budget):
        if tag == _STRING:
            value = body[at:until].decode()
        elif tag == _INT:
            number = _varint(body, at)[0] & 0xFFFFFFFFFFFFFFFF
            value = number - (1 << 64) if number >> 63 else number
        elif tag == _DOUBLE:
            value = unpack_from("<d", body, at)[0]
        elif tag == _BOOL:
            value = _varint(body, at)[0] != 0
        else:
            value = None
    return value


def _fields(body: bytes, at: int, end: int, budget: _Budget) -> Iterator[tuple[int, int, int]]:
    """Tag, start and end of the value of every field of the message between ``at`` and ``end``."""
    # Those inside it count themselves: what one message may hold is what was left when it began.
    left = allowed = max(budget.left, 0)
    while at < end:
        if left == 0:
            raise Unreadable(f"it holds more than {_MOST_FIELDS} fields")
        left -= 1
        tag = body[at]
        at += 1
        if tag > 0x7F:
            tag, at = _varint(body, at - 1)
        wire_type = tag & 7
        if wire_type == _BYTES:
            size = body[at]
            at += 1
            if size > 0x7F:
                size, at = _varint(body, at - 1)
            stop = at + size
        elif wire_type == _VARINT:
            stop = _varint(body, at)[1]
        elif wire_type == _FIXED64:
            stop = at + 8
        elif wire_type == _FIXED32:
            stop = at + 4
        else:
            raise Unreadable("it has a field of a kind that OTLP does not use")
        if stop > end or tag < 8:
            raise Unreadable(
                "a field in it is longer than what holds it" if tag >= 8 else "a field has no number"
            )
        yield tag, at, stop
        at = stop
    budget.left -= allowed - left


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where it ends."""
    value = shift = 0
    while True:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise Unreadable("a number in it is too long")
