"""CloudEvents → events: the data is a native event, the envelope its id and time."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from usage.decoding import MalformedBatch, Rejected, event_of, fault_of
from usage.events import Event
from usage.formats.cloudevents.payload import CloudEvent
from usage.formats.protocol import Arrival
from usage.validation import Fault

SINGLE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
BINARY: Final = "application/json"
_ENVELOPE: Final = {"transaction_id": "id", "occurred_at": "time"}
_ATTRIBUTES: Final = ("specversion", "id", "source", "type", "time")

_batch = msgspec.json.Decoder(list[msgspec.Raw])
_single = msgspec.json.Decoder(CloudEvent)
_object = msgspec.json.Decoder(dict[str, Any])


def decode(arrival: Arrival) -> Sequence[Event | Rejected]:
    """The events of a body: one, a batch of them, or one whose envelope stands in the headers (binary mode).

    Raises ``MalformedBatch`` when the body is no JSON of that form or holds too many.
    """
    try:
        if arrival.content_type == BATCH:
            elements = _batch.decode(arrival.body)
            if len(elements) > arrival.limit:
                raise MalformedBatch(
                    f"the batch holds {len(elements)} events; send at most {arrival.limit} at a time"
                )
            return [_element(bytes(element)) for element in elements]
        if arrival.content_type == BINARY:
            return [_from_headers(arrival)]
        return [_element(arrival.body)]
    except msgspec.DecodeError as error:
        raise MalformedBatch(str(error)) from None
    except UnicodeDecodeError as error:
        raise MalformedBatch(f"the body is not UTF-8: {error}") from None
    except RecursionError:
        raise MalformedBatch("the body is nested too deeply") from None


def _element(element: bytes) -> Event | Rejected:
    try:
        return _event(_single.decode(element))
    except msgspec.ValidationError as error:
        return Rejected(_id(element), fault_of(error))


def _from_headers(arrival: Arrival) -> Event | Rejected:
    attributes = {
        name: unquote(arrival.headers[f"ce-{name}"])
        for name in _ATTRIBUTES
        if f"ce-{name}" in arrival.headers
    }
    try:
        envelope = msgspec.convert(attributes | {"data": _object.decode(arrival.body)}, CloudEvent)
    except msgspec.ValidationError as error:
        field, reason = fault_of(error)
        return Rejected(
            attributes.get("id", "")[:200], Fault(f"ce-{field}" if field in _ATTRIBUTES else field, reason)
        )
    return _event(envelope)


def _event(envelope: CloudEvent) -> Event | Rejected:
    """The data with the envelope's id and time where it has none of its own."""
    if not envelope.specversion.startswith("1."):
        return Rejected(envelope.id[:200], Fault("specversion", "is not 1.0"))
    if envelope.data is None:
        reason = "is no JSON; send data" if envelope.data_base64 is not None else "is missing"
        field = "data_base64" if envelope.data_base64 is not None else "data"
        return Rejected(envelope.id[:200], Fault(field, reason))
    said = {"transaction_id": envelope.id}
    if envelope.time is not None:
        said["occurred_at"] = envelope.time
    found = event_of(said | envelope.data)
    if isinstance(found, Event):
        return found
    field, reason = found.fault
    if field in _ENVELOPE and field not in envelope.data:
        return Rejected(found.transaction_id, Fault(_ENVELOPE[field], reason))
    return Rejected(found.transaction_id, Fault(f"data.{field}", reason))


def _id(element: bytes) -> str:
    try:
        found = _object.decode(element).get("id", "")
    except msgspec.DecodeError:
        return ""
    return found[:200] if isinstance(found, str) else ""
