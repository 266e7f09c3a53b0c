"""Spans of calls that failed, that have odd times, or that cannot be right."""

from typing import Any

import pytest

from tests.usage.formats.otlp.spans import CHAT, attributes, decoded, event_of, span
from usage.decoding import Rejected


def test_errors() -> None:
    assert event_of(CHAT | {"error.type": "timeout"}, status={"code": 2}).error_type == "timeout"
    assert event_of(CHAT, status={"code": 2, "message": "secret"}).error_type == "error"
    assert event_of(CHAT, status={"code": 1}).error_type == ""
    assert event_of(CHAT | {"error.type": "x" * 500}).error_type == "x" * 100


@pytest.mark.parametrize(
    ("sent", "changed", "field"),
    [
        ({"gen_ai.usage.input_tokens": -1}, {}, "input_tokens"),
        ({"gen_ai.usage.input_tokens": 1.5}, {}, "input_tokens"),
        ({"gen_ai.usage.output_tokens": "many"}, {}, "output_tokens"),
        ({"gen_ai.usage.output_tokens": True}, {}, "output_tokens"),
        ({"gen_ai.usage.output_tokens": 2**62}, {}, "output_tokens"),
        ({"user.id": "a\0b"}, {}, "member_id"),
        ({"user.id": "a" * 201}, {}, "member_id"),
        ({"token_ledger.hold_id": "none"}, {}, "hold_id"),
        ({}, {"endTimeUnixNano": "0"}, "end_time_unix_nano"),
        ({}, {"traceId": "00" * 16}, "span_id"),
        ({}, {"spanId": "ab"}, "span_id"),
    ],
)
def test_a_call_that_cannot_be_right_is_rejected_for_itself(
    sent: dict[str, Any], changed: dict[str, Any], field: str
) -> None:
    wrong, right = decoded(span(CHAT | sent, **changed), span())
    assert isinstance(wrong, Rejected) and wrong.fault.field == field, wrong
    assert not isinstance(right, Rejected)


def test_times_that_make_no_duration() -> None:
    assert event_of(CHAT, startTimeUnixNano="0").duration_ms == 0
    assert event_of(CHAT, startTimeUnixNano="1").duration_ms == 0
    assert event_of(CHAT, startTimeUnixNano=str(2**63)).duration_ms == 0
    for seconds in (float("nan"), float("inf"), -1.0, "soon"):
        sent = {"gen_ai.server.time_to_first_token": seconds}
        (event,) = decoded(span(CHAT | sent)) if isinstance(seconds, str) else [event_of_number(seconds)]
        assert not isinstance(event, Rejected) and event.time_to_first_token_ms is None


def event_of_number(seconds: float) -> Any:
    """protobuf's JSON names what is no ordinary number."""
    named = {float("inf"): "Infinity"}.get(seconds, "NaN" if seconds != seconds else seconds)
    odd = {"key": "gen_ai.server.time_to_first_token", "value": {"doubleValue": named}}
    (event,) = decoded(span(attributes=[*attributes(CHAT), odd]))
    return event
