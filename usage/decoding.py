"""Bytes of a request → events, each decoded on its own where the batch as a whole does not decode."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from usage.events import Event
from usage.formats.raw_usage import UnreadableUsage, reduced
from usage.validation import Fault, find_fault, find_forbidden_text


class MalformedBatch(Exception):
    """The body is no JSON array of events and no NDJSON; says where it breaks."""


class Rejected(NamedTuple):
    """An element of a batch that is no valid event."""

    transaction_id: str
    fault: Fault


_batch = msgspec.json.Decoder(list[Event])
_line = msgspec.json.Decoder(Event)
_raw_batch = msgspec.json.Decoder(list[msgspec.Raw])
_object = msgspec.json.Decoder(dict[str, Any])
_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_WHOLE = re.compile(r"expected int >= (?P<least>\d+)")
_INDEX = re.compile(r"\[(\d+)\]")


def decode_batch(body: bytes, *, limit: int) -> list[Event | Rejected]:
    """All events of ``body`` (a JSON array, or one JSON object per line), in order, with what is wrong with each.

    Raises MalformedBatch when the body cannot be taken apart or holds more than ``limit`` events.
    """
    stripped = body.lstrip()
    try:
        decoded = _decode_whole(stripped)
    except RecursionError:
        raise MalformedBatch("the body is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise MalformedBatch(f"the body is not UTF-8: {error}") from None
    if len(decoded) > limit:
        raise MalformedBatch(f"the batch holds {len(decoded)} events; send at most {limit} at a time")
    suspicious = b"\\u0000" in body
    return [
        event if isinstance(event, Rejected) else validated(event, suspicious=suspicious) for event in decoded
    ]


def _decode_whole(body: bytes) -> list[Event | Rejected]:
    is_array = body.startswith(b"[")
    try:
        return list(_batch.decode(body) if is_array else _line.decode_lines(body))
    except (msgspec.ValidationError, msgspec.DecodeError):
        return _decode_array(body) if is_array else _decode_lines(body)


def _decode_array(body: bytes) -> list[Event | Rejected]:
    try:
        elements = _raw_batch.decode(body)
    except msgspec.DecodeError as error:
        raise MalformedBatch(str(error)) from None
    return [_decode_element(bytes(element)) for element in elements]


def _decode_lines(body: bytes) -> list[Event | Rejected]:
    decoded: list[Event | Rejected] = []
    for number, line in enumerate(body.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            decoded.append(_decode_element(line))
        except MalformedBatch as error:
            raise MalformedBatch(f"line {number}: {error}") from None
    return decoded


def _decode_element(element: bytes) -> Event | Rejected:
    try:
        return _line.decode(element)
    except msgspec.ValidationError as error:
        return Rejected(_transaction_id(element), fault_of(error))
    except msgspec.DecodeError as error:
        raise MalformedBatch(str(error)) from None


def _transaction_id(element: bytes) -> str:
    try:
        found = _object.decode(element).get("transaction_id", "")
    except (msgspec.DecodeError, RecursionError):
        return ""
    return found[:200] if isinstance(found, str) else ""


def fault_of(error: msgspec.ValidationError) -> Fault:
    """The field and the reason in what msgspec says of an event that it could not convert."""
    text = str(error)
    missing = re.match(r"Object missing required field `(?P<field>[^`]+)`", text)
    path = _PATH.search(text)
    prefix = _INDEX.sub(r".\1", path["path"]).strip(".") if path else ""
    reason = text[: path.start()] if path else text
    if missing:
        field = f"{prefix}.{missing['field']}" if prefix else missing["field"]
        return Fault(field, "is missing")
    reason = reason[0].lower() + reason[1:].replace("`", "")
    return Fault(prefix or "event", _WHOLE.sub(r"must be a whole number from \g<least>", reason))


def event_of(fields: Mapping[str, Any]) -> Event | Rejected:
    """The event that an adapter has put together, decoded and validated like one that was sent."""
    try:
        event = msgspec.convert(fields, Event)
    except msgspec.ValidationError as error:
        found = fields.get("transaction_id", "")
        return Rejected(found[:200] if isinstance(found, str) else "", fault_of(error))
    return validated(event, suspicious=True)


def validated(event: Event, *, suspicious: bool) -> Event | Rejected:
    """The event, or what is wrong with it. ``suspicious`` tells whether it may hold the character NUL.

    A raw usage object is reduced to its known fields, and the rules are held against what it means.
    """
    known = meant = event
    if event.usage is not None:
        try:
            known, meant = reduced(event)
        except UnreadableUsage as error:
            return Rejected(event.transaction_id, Fault(error.field, error.reason))
    fault = find_fault(meant) or (find_forbidden_text(known) if suspicious else None)
    return Rejected(event.transaction_id, fault) if fault else known
