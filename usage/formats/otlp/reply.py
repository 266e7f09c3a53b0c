"""Answers of the protocol: to an export that was taken, in whole or in part, and to one that was refused.

Both are small messages of one or two fields, in the encoding of the request.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from usage.answers import Outcome
from usage.enums import Answer
from usage.formats.otlp.adapter import JSON, PROTOBUF
from usage.formats.protocol import Arrival, Reply

_REPORTED: Final = 5
_CODES: Final = {400: 3, 401: 16, 403: 7, 405: 12, 408: 4, 411: 3, 413: 8, 415: 3, 422: 3, 429: 8, 503: 14}
"""HTTP status → code of ``google.rpc``; what is not here is 13, internal."""
_INTERNAL: Final = 13

ANSWER_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Empty where every span was taken.",
    "properties": {
        "partialSuccess": {
            "type": "object",
            "properties": {"rejectedSpans": {"type": "string"}, "errorMessage": {"type": "string"}},
        }
    },
}
REFUSAL_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "`google.rpc.Status`",
    "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
}


def answer(arrival: Arrival, outcomes: Sequence[Outcome]) -> Reply:
    """An ``ExportTraceServiceResponse``: empty when all is well, with a partial success where spans were rejected.

    An event in conflict with one that was sent before is rejected too: it was not stored and never will be. One in
    quarantine was taken, so a message alone speaks of it.
    """
    counts = Counter(outcome.answer for outcome in outcomes)
    rejected = counts[Answer.INVALID] + counts[Answer.CONFLICT]
    message = _message(outcomes) if rejected or counts[Answer.QUARANTINED] else ""
    if arrival.content_type == PROTOBUF:
        partial = _varint_field(1, rejected) + _bytes_field(2, _utf8(message))
        return Reply(_bytes_field(1, partial), PROTOBUF)
    # 64-bit numbers are texts in the protocol's JSON.
    said = {"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": message}} if message else {}
    return Reply(msgspec.json.encode(said), JSON)


def refusal(content_type: str, status: int, detail: str) -> Reply:
    """A ``google.rpc.Status``; the status of HTTP says to exporters whether to send again."""
    code = _CODES.get(status, _INTERNAL)
    if content_type == PROTOBUF:
        return Reply(_varint_field(1, code) + _bytes_field(2, _utf8(detail)), PROTOBUF, status)
    said: dict[str, Any] = {"code": code, "message": detail}
    return Reply(msgspec.json.encode(said), JSON, status)


def _message(outcomes: Sequence[Outcome]) -> str:
    reported = [
        f"{outcome.transaction_id or 'a span'}: {outcome.answer.value}, {outcome.field} {outcome.reason}"
        for outcome in outcomes
        if outcome.answer in (Answer.INVALID, Answer.CONFLICT, Answer.QUARANTINED)
    ]
    more = f"; and {len(reported) - _REPORTED} more" if len(reported) > _REPORTED else ""
    return "; ".join(reported[:_REPORTED]) + more


def _utf8(text: str) -> bytes:
    return text.encode(errors="replace")


def _varint_field(number: int, value: int) -> bytes:
    return bytes([number << 3]) + _varint(value) if value else b""


def _bytes_field(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(value)) + value if value else b""


def _varint(value: int) -> bytes:
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])
