"""Spans stored a second over OTLP, beside the same calls as native events: one server, interleaved rounds.

The calls are those of the native sample. What a span cannot say in the conventions (composition, files, tools) is left
out of both, so both store the same columns; ``otlp_ratio_whole`` compares with the whole native events.
A span has 17 attributes, of which 7 are noise, and a request is of one resource, as a batch processor sends it. The
bodies are encoded before the clock starts, as native ones are.
"""

import json
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks.database import Server
from benchmarks.product import Events, Installation, Options, Organization, installation, parts_of
from benchmarks.sample import usage_events
from benchmarks.web import BenchmarkProblem, Clients, Web

OTLP_PATH: Final = "/api/v1/ingest/otlp/v1/traces"
EVENTS_PATH: Final = "/api/v1/usage/events"
ELSEWHERE: Final = (76, 157)
"""Spans a second that two well-known trace stores keep on a like machine."""
UNSAYABLE: Final = ("composition", "files", "tools", "tool_call_tokens", "conversation_title", "message_id")
SAID: Final = {
    "operation_name": "gen_ai.operation.name",
    "provider_name": "gen_ai.provider.name",
    "request_model": "gen_ai.request.model",
    "response_model": "gen_ai.response.model",
    "response_id": "gen_ai.response.id",
    "conversation_id": "gen_ai.conversation.id",
    "member_id": "user.id",
    "input_tokens": "gen_ai.usage.input_tokens",
    "cache_read_input_tokens": "gen_ai.usage.cache_read.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "reasoning_output_tokens": "gen_ai.usage.reasoning.output_tokens",
    "error_type": "error.type",
    "department_id": "token_ledger.department_id",
    "project_id": "token_ledger.project_id",
    "feature": "token_ledger.feature",
    "platform": "token_ledger.platform",
    "integration_id": "token_ledger.integration_id",
}
NOISE: Final[dict[str, Any]] = {
    "server.address": "api.example.com",
    "server.port": 443,
    "gen_ai.request.temperature": 0.2,
    "gen_ai.request.max_tokens": 4096,
    "gen_ai.output.type": "text",
    "thread.id": 140_223_118_374_656,
    "gen_ai.response.finish_reasons": ["stop"],
}


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Events a second, and microseconds of processor time of web and PostgreSQL per event."""

    rate: float
    server_us: float


class Side:
    """One way in: the connections that send its batches."""

    def __init__(
        self,
        parts: ExitStack,
        *,
        on: Server,
        to: Web,
        writers: Sequence[Organization],
        path: str,
        content_type: str,
    ) -> None:
        headers = [writer.headers | {"Content-Type": content_type} for writer in writers]
        self.clients = Clients(to, path=path, headers=headers, count=len(writers))
        self.on = on
        self.web = to
        parts.callback(self.clients.close)

    def turn(self, batches: Sequence[bytes], *, count: int) -> Turn:
        before = self._processor_seconds()
        seconds = self.clients.send(batches, expected=200).seconds
        return Turn(rate=count / seconds, server_us=(self._processor_seconds() - before) / count * 1e6)

    def _processor_seconds(self) -> float:
        return self.web.processor_seconds() + self.on.processor_seconds()


@dataclass(frozen=True, kw_only=True)
class Way:
    """A name, the side that sends and the encoder of a batch."""

    name: str
    side: Side
    encode: Callable[[Events], bytes]


def measure_otlp(on: Server, options: Options) -> dict[str, Any]:
    """Rates of both encodings and of native events, and their ratios."""
    share = -(-options.events // options.rounds)
    with ExitStack() as parts:
        product = installation(parts, on=on, name="otlp")
        served = product.serve(parts, workers=options.workers)
        ways = list(_ways(parts, on, served, product.organizations * options.workers))
        sent = 0
        rounds: list[dict[str, Turn]] = []
        for number in range(options.rounds + 1):
            # The first round makes members and models known.
            size = share if number else options.batch * options.workers
            order = ways if number % 2 else ways[::-1]
            turns = {way.name: _volley(way, number, size, options.batch) for way in order}
            sent += size * len(ways)
            if number:
                rounds.append(turns)
                print(_words(number, turns), flush=True)
        _check(product, sent=sent)
    return _figures(rounds)


def _ways(parts: ExitStack, on: Server, served: Web, writers: Sequence[Organization]) -> Iterator[Way]:
    for name, path, content_type, encode in (
        ("native", EVENTS_PATH, "application/json", _native),
        ("native_whole", EVENTS_PATH, "application/json", _native_whole),
        ("otlp", OTLP_PATH, "application/x-protobuf", _protobuf),
        ("otlp_json", OTLP_PATH, "application/json", _json),
    ):
        side = Side(parts, on=on, to=served, writers=writers, path=path, content_type=content_type)
        yield Way(name=name, side=side, encode=encode)


def _volley(way: Way, number: int, size: int, batch: int) -> Turn:
    """The same calls on every way, under ids of its own."""
    end = datetime.now(UTC) - timedelta(minutes=5)
    events = list(usage_events(size, prefix=f"{way.name}-{number}", end=end, seed=number))
    return way.side.turn([way.encode(part) for part in parts_of(events, batch)], count=size)


def _native(events: Events) -> bytes:
    return _native_whole([{k: v for k, v in event.items() if k not in UNSAYABLE} for event in events])


def _native_whole(events: Events) -> bytes:
    return json.dumps(events, separators=(",", ":")).encode()


def _spans(events: Events) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Ids and times of each event's span, and its attributes."""
    for event in events:
        ids = random.Random(event["transaction_id"])
        ended_at = int(datetime.fromisoformat(event["occurred_at"]).timestamp() * 1_000_000) * 1000
        head = {
            "trace_id": ids.randbytes(16),
            "span_id": ids.randbytes(8),
            "parent_span_id": ids.randbytes(8),
            "start_time_unix_nano": ended_at - event["duration_ms"] * 1_000_000,
            "end_time_unix_nano": ended_at,
        }
        said = {name: event[field] for field, name in SAID.items() if field in event}
        first_token = {"gen_ai.response.time_to_first_chunk": event["time_to_first_token_ms"] / 1000}
        yield head, NOISE | said | first_token


def _protobuf(events: Events) -> bytes:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.add(key="service.name").value.string_value = "assistant"
    scope = group.scope_spans.add()
    for head, attributes in _spans(events):
        span = scope.spans.add(name="chat", kind=3, **head)
        for key, value in attributes.items():
            into = span.attributes.add(key=key).value
            match value:
                case str():
                    into.string_value = value
                case int():
                    into.int_value = value
                case float():
                    into.double_value = value
                case list():
                    into.array_value.values.add(string_value=value[0])
    return request.SerializeToString()


def _json(events: Events) -> bytes:
    spans = [
        {
            "traceId": head["trace_id"].hex(),
            "spanId": head["span_id"].hex(),
            "parentSpanId": head["parent_span_id"].hex(),
            "name": "chat",
            "kind": 3,
            "startTimeUnixNano": str(head["start_time_unix_nano"]),
            "endTimeUnixNano": str(head["end_time_unix_nano"]),
            "attributes": [{"key": key, "value": _json_value(value)} for key, value in attributes.items()],
        }
        for head, attributes in _spans(events)
    ]
    service = [{"key": "service.name", "value": {"stringValue": "assistant"}}]
    groups = [{"resource": {"attributes": service}, "scopeSpans": [{"spans": spans}]}]
    return json.dumps({"resourceSpans": groups}, separators=(",", ":")).encode()


def _json_value(value: Any) -> dict[str, Any]:
    match value:
        case str():
            return {"stringValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
    return {"arrayValue": {"values": [_json_value(one) for one in value]}}


def _check(product: Installation, *, sent: int) -> None:
    with product.on.connect(product.database) as connection:
        (stored,) = connection.execute("SELECT count(*) FROM usage_event").fetchone() or (0,)
    if stored != sent:
        raise BenchmarkProblem(f"{stored} of {sent} events and spans were stored")


def _words(number: int, turns: dict[str, Turn]) -> str:
    rates = {name: f"{turn.rate:,.0f}" for name, turn in turns.items()}
    return (
        f"round {number}: {rates['otlp']} spans/s as protobuf, {rates['otlp_json']} as JSON; {rates['native']} native "
        f"events/s, {rates['native_whole']} with everything they can say; processor per event: "
        f"{turns['otlp'].server_us:.0f} and {turns['native'].server_us:.0f} µs"
    )


def _figures(rounds: Sequence[dict[str, Turn]]) -> dict[str, Any]:
    def rate(way: str) -> float:
        return statistics.median(turns[way].rate for turns in rounds)

    def ratio(of: str, to: str) -> float:
        return round(statistics.median(turns[of].rate / turns[to].rate for turns in rounds), 3)

    def processor_ratio(of: str, to: str) -> float:
        pairs = [(turns[of].server_us, turns[to].server_us) for turns in rounds]
        return round(statistics.median(native / (spans or 1) for spans, native in pairs), 3)

    return {
        "otlp_ratio": ratio("otlp", "native"),
        "otlp_processor_ratio": processor_ratio("otlp", "native"),
        "otlp_ratio_whole": ratio("otlp", "native_whole"),
        "otlp_json_ratio": ratio("otlp_json", "native"),
        "otlp_spans_per_s": round(rate("otlp")),
        "otlp_json_spans_per_s": round(rate("otlp_json")),
        "otlp_native_events_per_s": round(rate("native")),
        "otlp_speedup_over_trace_stores": [round(rate("otlp") / other) for other in ELSEWHERE],
    }
