"""Spans → events: which of them are calls of a model, and what they say in our own terms."""

import re
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any, Final

from usage.decoding import MalformedBatch, Rejected, event_of
from usage.events import Event
from usage.formats.otlp import json_spans, wire
from usage.formats.otlp.attributes import COUNTS, INFERENCE, INFERENCE_KINDS
from usage.formats.otlp.spans import Found, Span, Unreadable
from usage.formats.protocol import Arrival, UnfitUsage
from usage.validation import Fault

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_NANOSECOND: Final = 2**64 - 1
_LONGEST: Final = 366 * 24 * 3600 * 10**9
"""Nanoseconds: a start so long before the end is no start, and no reason to lose the call."""
_TRACE_ID: Final = re.compile(r"(?!0{32})[0-9a-f]{32}")
_SPAN_ID: Final = re.compile(r"(?!0{16})[0-9a-f]{16}")
_ERROR_TYPE_LENGTH: Final = 100


def decode(arrival: Arrival) -> list[Event | Rejected]:
    """The calls of models among the spans of an export request, in order; other spans are passed over.

    Raises MalformedBatch when the body cannot be taken apart or holds more than ``arrival.limit`` calls.
    """
    read = wire.read_spans if arrival.content_type == PROTOBUF else json_spans.read_spans
    events: list[Event | Rejected] = []
    try:
        for said, span in read(arrival.body):
            if isinstance(span, Rejected):
                events.append(span)
            elif (operation := inference_operation(span.found)) is not None:
                events.append(_event(span, said, operation))
            if len(events) > arrival.limit:
                raise MalformedBatch(
                    f"it holds more than {arrival.limit} calls of models; send fewer at a time"
                )
    except Unreadable as error:
        raise MalformedBatch(str(error)) from None
    return events


def inference_operation(found: Found) -> str | None:
    """The operation, where the span is one call of a model, and None where it is anything else.

    Spans of agents, tools and chains repeat the tokens of the calls inside them, and may come in a request of their
    own: each is judged by itself alone. What names no operation counts only when it names provider, model and tokens
    and is not said to be about an agent or a tool.
    """
    kind, operation = found.get("KIND"), found.get("OPERATION") or found.get("REQUEST_TYPE")
    by_kind = INFERENCE_KINDS.get(str(kind).upper())
    if (kind and by_kind is None) or "WRAPPER" in found:
        return None
    if operation:
        return INFERENCE.get(str(operation).lower())
    if by_kind:
        return by_kind
    has_model = "request_model" in found or "response_model" in found
    has_tokens = "input_tokens" in found or "output_tokens" in found
    is_call = has_model and has_tokens and "provider_name" in found and "AROUND" not in found
    return "" if is_call else None


def _event(span: Span, said: Found, operation: str) -> Event | Rejected:
    transaction_id = f"otlp:{span.trace_id}:{span.span_id}"[:200]
    if not (_TRACE_ID.fullmatch(span.trace_id) and _SPAN_ID.fullmatch(span.span_id)):
        return Rejected(transaction_id, Fault("span_id", "needs 8 bytes, and its trace 16, not all zero"))
    if not 0 < span.ended_at <= _LAST_NANOSECOND:
        return Rejected(transaction_id, Fault("end_time_unix_nano", "is missing or no such time"))
    fields: dict[str, Any] = {
        **said,
        "transaction_id": transaction_id,
        "occurred_at": _EPOCH + timedelta(microseconds=span.ended_at // 1000),
        "operation_name": operation,
    }
    if 0 <= (duration := span.ended_at - span.started_at) < _LONGEST and span.started_at > 0:
        fields["duration_ms"] = duration // 1_000_000
    if span.failed:
        fields["error_type"] = "error"
    try:
        fields |= _texts(span.found) | _quantities(span.found)
    except UnfitUsage as error:
        return Rejected(transaction_id, Fault(error.field, error.reason))
    return event_of(fields)


def _texts(found: Found) -> dict[str, Any]:
    texts: dict[str, Any] = {
        field: str(value)
        for field, value in found.items()
        if field not in COUNTS and field.islower() and value != ""
    }
    if "error_type" in texts:
        texts["error_type"] = texts["error_type"][:_ERROR_TYPE_LENGTH]
    if seconds := texts.pop("first_token_seconds", None):
        texts["time_to_first_token_ms"] = _milliseconds(seconds)
    return texts


def _milliseconds(seconds: str) -> int | None:
    try:
        number = float(seconds)
    except ValueError:
        return None
    return round(number * 1000) if isfinite(number) and number >= 0 else None


def _quantities(found: Found) -> dict[str, int]:
    """Whole numbers of tokens, each part within its whole.

    The conventions count cached tokens into the input and reasoning into the output. Older instrumentations hand on
    what the provider says, which may leave them out: parts that do not fit in are taken for such and added.
    """
    sent = {field: _whole(field, value) for field, value in found.items() if field in COUNTS}
    cached_audio, cached_image = sent.pop("cached_audio_tokens", 0), sent.pop("cached_image_tokens", 0)
    cached = sent.get("cache_read_input_tokens", 0) + sent.get("cache_creation_input_tokens", 0)
    if cached > sent.get("input_tokens", 0):
        sent["input_tokens"] = sent.get("input_tokens", 0) + cached
    room = sent.get("input_tokens", 0) - cached
    for field, within_cache in (("audio_input_tokens", cached_audio), ("image_input_tokens", cached_image)):
        if field in sent:
            sent[field] = min(max(sent[field] - within_cache, 0), room)
            room -= sent[field]
    reasoning = sent.get("reasoning_output_tokens", 0)
    if reasoning + sent.get("audio_output_tokens", 0) > sent.get("output_tokens", 0):
        sent["output_tokens"] = sent.get("output_tokens", 0) + reasoning
    return sent


def _whole(field: str, value: Any) -> int:
    if type(value) is int and value >= 0:
        return value
    if isinstance(value, float) and value >= 0 and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    raise UnfitUsage(field, "is no whole number of tokens")
