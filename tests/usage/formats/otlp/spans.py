"""Export requests as clients send them, in both encodings."""

import json
from itertools import count
from typing import Any

from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from usage.decoding import Rejected
from usage.events import Event
from usage.formats.otlp import ENVELOPE
from usage.formats.otlp.adapter import JSON, PROTOBUF
from usage.formats.protocol import Arrival

ENDED_AT = 1_779_278_400_123_456_789
"""Noon of 20 May 2026, and a little."""
CHAT: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 100,
}

_numbers = count(1)


def value(plain: Any) -> dict[str, Any]:
    """An ``AnyValue`` in JSON."""
    if isinstance(plain, bool):
        return {"boolValue": plain}
    if isinstance(plain, int):
        return {"intValue": str(plain)}
    if isinstance(plain, float):
        return {"doubleValue": plain}
    if isinstance(plain, list):
        return {"arrayValue": {"values": [value(one) for one in plain]}}
    return {"stringValue": plain}


def attributes(plain: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value(one)} for key, one in plain.items()]


def span(plain: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    """A span of 1.5 seconds with these attributes (those of a chat if none are given) and an id of its own."""
    number = next(_numbers)
    fields: dict[str, Any] = {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "name": "call",
        "kind": 3,
        "startTimeUnixNano": str(ENDED_AT - 1_500_000_000),
        "endTimeUnixNano": str(ENDED_AT),
        "attributes": attributes(CHAT if plain is None else plain),
    }
    return fields | changed


def request(*spans: dict[str, Any], resource: dict[str, Any] | None = None) -> dict[str, Any]:
    of = {"attributes": attributes(resource or {})}
    return {
        "resourceSpans": [{"resource": of, "scopeSpans": [{"scope": {"name": "lib"}, "spans": list(spans)}]}]
    }


def as_json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def as_protobuf(body: dict[str, Any]) -> bytes:
    """The same in the binary encoding, by the generated classes."""
    return _message(body).SerializeToString()


def _message(body: dict[str, Any]) -> ExportTraceServiceRequest:
    message = ParseDict(_without_ids(body), ExportTraceServiceRequest())
    spans = (
        one for group in body["resourceSpans"] for scope in group["scopeSpans"] for one in scope["spans"]
    )
    made = (one for group in message.resource_spans for scope in group.scope_spans for one in scope.spans)
    for sent, one in zip(spans, made, strict=True):
        one.trace_id, one.span_id = bytes.fromhex(sent["traceId"]), bytes.fromhex(sent["spanId"])
    return message


def _without_ids(body: Any) -> Any:
    """protobuf's own JSON reader takes ids for base64."""
    if isinstance(body, dict):
        return {
            key: _without_ids(one)
            for key, one in body.items()
            if key not in ("traceId", "spanId", "parentSpanId")
        }
    return [_without_ids(one) for one in body] if isinstance(body, list) else body


def decoded(*spans: dict[str, Any], resource: dict[str, Any] | None = None) -> list[Event | Rejected]:
    """What both encodings of these spans give, which is the same."""
    body = request(*spans, resource=resource)
    by_json = ENVELOPE.decode(Arrival(as_json(body), JSON, {}, 10_000))
    by_protobuf = ENVELOPE.decode(Arrival(as_protobuf(body), PROTOBUF, {}, 10_000))
    assert list(by_json) == list(by_protobuf)
    return list(by_json)


def event_of(plain: dict[str, Any], *, resource: dict[str, Any] | None = None, **changed: Any) -> Event:
    """The one event that one span becomes."""
    (event,) = decoded(span(plain, **changed), resource=resource)
    assert isinstance(event, Event), event
    return event
