"""Our own reading of the binary encoding finds what the generated classes find, and no bytes break it."""

import json
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import example, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as GeneratedSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from tests.usage.formats.otlp.spans import CHAT, as_protobuf, request, span
from usage.decoding import MalformedBatch, Rejected
from usage.formats.otlp import ENVELOPE, json_spans, wire
from usage.formats.otlp.adapter import JSON, PROTOBUF
from usage.formats.otlp.attributes import PLACES
from usage.formats.otlp.spans import Collected, Span, Unreadable, of_resource
from usage.formats.protocol import Arrival

INT64 = st.integers(-(2**63), 2**63 - 1)
SCALARS = st.one_of(
    st.builds(AnyValue, string_value=st.text(max_size=300)),
    st.builds(AnyValue, int_value=INT64),
    st.builds(AnyValue, double_value=st.floats(allow_nan=False)),
    st.builds(AnyValue, bool_value=st.booleans()),
    st.builds(AnyValue, bytes_value=st.binary(max_size=5)),
    st.just(AnyValue()),
)
KEYS = st.one_of(st.sampled_from(sorted(PLACES)), st.text(max_size=200))
ATTRIBUTES = st.lists(st.builds(KeyValue, key=KEYS, value=SCALARS), max_size=8)
SPANS = st.builds(
    GeneratedSpan,
    trace_id=st.binary(max_size=20),
    span_id=st.binary(max_size=10),
    name=st.text(max_size=200),
    flags=st.integers(0, 2**32 - 1),
    start_time_unix_nano=st.integers(0, 2**64 - 1),
    end_time_unix_nano=st.integers(0, 2**64 - 1),
    attributes=ATTRIBUTES,
    events=st.lists(st.builds(GeneratedSpan.Event, name=st.text(), attributes=ATTRIBUTES), max_size=2),
    status=st.builds(Status, code=st.sampled_from(Status.StatusCode.values())),
)


@st.composite
def messages(draw: st.DrawFn) -> ExportTraceServiceRequest:
    message = ExportTraceServiceRequest()
    for _group in range(draw(st.integers(0, 2))):
        group = message.resource_spans.add()
        group.resource.attributes.extend(draw(ATTRIBUTES))
        for _scope in range(draw(st.integers(0, 2))):
            group.scope_spans.add(schema_url="u").spans.extend(draw(st.lists(SPANS, max_size=3)))
    return message


def collected(attributes: Any) -> dict[str, Any]:
    into = Collected()
    for one in attributes:
        if (place := PLACES.get(one.key)) is not None:
            name = one.value.WhichOneof("value")
            into.add(place, getattr(one.value, name) if name and name != "bytes_value" else None)
    return into.found


@settings(max_examples=150)
@given(messages())
def test_it_finds_what_the_generated_classes_find(message: ExportTraceServiceRequest) -> None:
    expected = [
        (
            of_resource(collected(group.resource.attributes)),
            Span(
                one.trace_id.hex(),
                one.span_id.hex(),
                one.start_time_unix_nano,
                one.end_time_unix_nano,
                one.status.code == 2,
                collected(one.attributes),
            ),
        )
        for group in message.resource_spans
        for scope in group.scope_spans
        for one in scope.spans
    ]
    assert list(wire.read_spans(message.SerializeToString())) == expected


WORDS = (
    *("resourceSpans", "scopeSpans", "spans", "resource", "attributes", "traceId", "key", "value"),
    *("status", "code", "endTimeUnixNano", "stringValue", "intValue"),
)
WHOLE = as_protobuf(request(span(), span(CHAT | {"user.id": "böb"}), resource={"service.name": "a"}))


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=200), st.tuples(st.integers(0, len(WHOLE)), st.binary(max_size=3))))
@example(b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")
@example(b"\x0b\x0c")
@example(b"\x00\x00")
def test_any_bytes_are_spans_or_unreadable(sent: bytes | tuple[int, bytes]) -> None:
    if isinstance(sent, tuple):  # whole, but for a few bytes somewhere
        at, other = sent
        sent = WHOLE[:at] + other + WHOLE[at + len(other) :]
    try:
        found = ENVELOPE.decode(Arrival(sent, PROTOBUF, {}, 100))
    except MalformedBatch:
        return
    for one in found:
        assert one.transaction_id.startswith("otlp:")


@pytest.mark.parametrize("length", range(1, len(WHOLE), 7))
def test_a_body_that_was_cut_is_unreadable(length: int) -> None:
    with pytest.raises(DecodeError):
        ExportTraceServiceRequest.FromString(WHOLE[:length])
    with pytest.raises(Unreadable):
        list(wire.read_spans(WHOLE[:length]))


@settings(max_examples=300)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(WORDS),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_spans_or_unreadable(sent: Any) -> None:
    for body in (sent, {"resourceSpans": [{"scopeSpans": [{"spans": [sent]}]}]}):
        try:
            found = list(json_spans.read_spans(json.dumps(body).encode()))
        except Unreadable:
            continue
        for _said, one in found:
            assert isinstance(one, Span | Rejected)


def wrapped(inner: bytes, *numbers: int) -> bytes:
    """``inner`` as a field of a message that is itself one, from the inside out."""
    for number in numbers:
        size, head = len(inner), [number << 3 | 2]
        while size > 0x7F:
            head.append(size & 0x7F | 0x80)
            size >>= 7
        inner = bytes([*head, size]) + inner
    return inner


@pytest.mark.parametrize(
    "numbers", [(), (1,), (2, 1), (2, 2, 1)], ids=["groups", "resource", "scopes", "spans"]
)
def test_millions_of_nothing_are_refused_at_every_depth(numbers: tuple[int, ...]) -> None:
    empty = {(): b"\x0a\x00", (1,): b"\x0a\x00", (2, 1): b"\x12\x00", (2, 2, 1): b"\x4a\x00"}[numbers]
    body = wrapped(empty * 1_100_000, *numbers)
    with pytest.raises(Unreadable, match="more than 1000000 fields"):
        list(wire.read_spans(body))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"resourceSpans": 1}',
        b'{"resourceSpans": [' + b"{}," * 2_000_001 + b"{}]}",
        b'{"resourceSpans": ' + b"[" * 100_000,
        b'{"a": ' + b"[" * 100_000,
    ],
    ids=["nothing", "a list", "cut", "no text", "a number", "millions", "deep", "deep and unknown"],
)
def test_json_that_is_no_request(body: bytes) -> None:
    with pytest.raises(MalformedBatch):
        ENVELOPE.decode(Arrival(body, JSON, {}, 100))


def test_more_calls_than_a_request_may_hold() -> None:
    body = as_protobuf(request(*(span() for _ in range(4))))
    assert len(ENVELOPE.decode(Arrival(body, PROTOBUF, {}, 4))) == 4
    with pytest.raises(MalformedBatch, match="more than 3"):
        ENVELOPE.decode(Arrival(body, PROTOBUF, {}, 3))
