"""Recorded calls of several providers and call types, in our own terms."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.usage.formats.litellm.recorded import decoded, recorded
from usage.decoding import MalformedBatch, Rejected
from usage.events import Event
from usage.formats.litellm.adapter import decode
from usage.formats.protocol import Arrival

CALLS: list[tuple[str, dict[str, Any]]] = [
    (
        "openai",
        {
            "transaction_id": "litellm:chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
            "provider_name": "openai",
            "request_model": "gpt-4o",
            "response_model": "gpt-4o-2024-08-06",
            "response_id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
            "operation_name": "chat",
            "service_tier": "default",
            "member_id": "bob",
            "department_id": "team-research",
            "project_id": "project-search",
            "feature": "chat",
            "input_tokens": 2006,
            "cache_read_input_tokens": 1920,
            "output_tokens": 300,
            "time_to_first_token_ms": None,
            "reported_cost": "0.005615",
        },
    ),
    (
        "anthropic",
        {
            "provider_name": "anthropic",
            "request_model": "claude-sonnet-4-5",
            "response_model": "claude-sonnet-4-5-20250929",
            "conversation_id": "chat-42",
            "service_tier": "standard",
            "input_tokens": 2458,
            "cache_read_input_tokens": 1800,
            "cache_creation_input_tokens": 248,
            "cache_creation_1h_input_tokens": 100,
            "output_tokens": 503,
            "web_search_calls": 2,
            "reported_cost": "0.03047",
        },
    ),
    (
        "gemini",
        {
            "provider_name": "gemini",
            "response_model": "gemini-2.5-flash",
            "input_tokens": 1264,
            "cache_read_input_tokens": 1024,
            # 258 tokens are a picture; what is left beside the cached ones cannot be more than 240.
            "image_input_tokens": 240,
            "output_tokens": 321,
            "reasoning_output_tokens": 300,
        },
    ),
    (
        "responses",
        {
            "operation_name": "chat",
            "response_id": "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
            "response_model": "o3-2025-04-16",
            "service_tier": "flex",
            "input_tokens": 360,
            "cache_read_input_tokens": 128,
            "output_tokens": 870,
            "reasoning_output_tokens": 640,
        },
    ),
    (
        "audio",
        {
            "input_tokens": 119,
            "audio_input_tokens": 100,
            "output_tokens": 63,
            "audio_output_tokens": 48,
        },
    ),
    (
        "embedding",
        {
            "transaction_id": "litellm:7ec6ad8e-40ac-4df3-85ce-eb35976bcdce",
            "operation_name": "embeddings",
            "response_model": "text-embedding-3-small",
            "input_tokens": 8,
            "output_tokens": 0,
            "reported_cost": "0.00000016",
        },
    ),
    ("stream", {"response_model": "gpt-4o-mini", "duration_ms": 28, "time_to_first_token_ms": 15}),
    ("azure", {"provider_name": "azure", "request_model": "our-deployment", "response_model": "gpt-4o-2024-08-06"}),
    ("router", {"request_model": "gpt-4o", "response_model": "gpt-4o-2024-08-06"}),
    # LiteLLM could not tell what it cost, and says 0.
    ("image", {"operation_name": "image_generation", "response_model": "dall-e-3", "reported_cost": ""}),
    (
        "failure",
        {
            "transaction_id": "litellm:844fc650-5929-4779-b5cb-a9a05cf79410:failed-1795459508527532",
            "error_type": "RateLimitError",
            "response_model": "gpt-4o",
            "input_tokens": 0,
            "calls": 1,
            "reported_cost": "0",
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected"), CALLS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_recorded_call_in_our_terms(name: str, expected: dict[str, Any]) -> None:
    (event,) = decoded(recorded(name))
    assert isinstance(event, Event), event
    assert {field: getattr(event, field) for field in expected} == expected


def test_a_call_happened_when_it_ended() -> None:
    (event,) = decoded(recorded("openai", endTime=1795459507.174749))
    assert event.occurred_at == datetime(2026, 11, 23, 18, 45, 7, 174749, tzinfo=UTC)
    assert event.duration_ms == 471


def test_an_answer_of_litellms_own_cache_is_no_call_and_has_no_tokens() -> None:
    sent = recorded("openai")
    (event,) = decoded(
        sent | {"id": f"{sent['id']}_cache_hit1795459507.1", "cache_hit": True, "response_cost": 0.0}
    )
    assert (event.calls, event.input_tokens, event.output_tokens, event.reported_cost) == (0, 0, 0, "0")
    # Else data health would report the answer as one call that came from two sources.
    assert event.response_id == ""


def who(**metadata: Any) -> tuple[str, str, str]:
    sent = recorded("openai", end_user="visitor-7")
    (event,) = decoded(sent | {"metadata": sent["metadata"] | metadata})
    return event.member_id, event.department_id, event.project_id


def test_the_end_user_stands_in_for_a_key_that_belongs_to_nobody() -> None:
    assert who() == ("bob", "team-research", "project-search")
    assert who(user_api_key_user_id=None)[0] == "visitor-7"
    assert who(user_api_key_user_id="default_user_id")[0] == "visitor-7"
    assert who(user_api_key_team_id=None, user_api_key_project_id=None)[1:] == ("", "")


def test_the_client_may_send_our_own_words_in_its_metadata() -> None:
    sent = recorded("openai")
    words = {"feature": "search", "platform": "ios", "conversation_id": "c-1", "message_id": "m-1"}
    (event,) = decoded(sent | {"metadata": sent["metadata"] | {"requester_metadata": words}})
    assert {name: getattr(event, name) for name in words} == words


def test_a_router_may_write_its_alias_over_the_model_that_answered() -> None:
    sent = recorded("router", model="bedrock/us.amazon.nova-lite-v1:0", custom_llm_provider="bedrock")
    sent["response"]["model"] = "house-model"
    sent["hidden_params"]["litellm_model_name"] = None
    (event,) = decoded(sent)
    assert event.response_model == "us.amazon.nova-lite-v1:0"


def test_cached_tokens_beside_the_prompt_are_added_to_it_once() -> None:
    usage = {"prompt_tokens": 10, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 200}
    (event,) = decoded(recorded("openai", prompt_tokens=10) | {"metadata": {"usage_object": usage}})
    assert (event.input_tokens, event.cache_read_input_tokens, event.cache_creation_input_tokens) == (
        1210,
        1000,
        200,
    )


def test_retries_that_share_an_id_are_calls_of_their_own() -> None:
    first, again = decoded(
        recorded("failure"), recorded("failure", startTime=1795459509.5, endTime=1795459509.6)
    )
    assert first.transaction_id != again.transaction_id
    (same,) = decoded(recorded("failure"))
    assert same == first


def test_an_id_that_is_too_long_stays_one_of_a_kind() -> None:
    one, other = decoded(recorded("openai", id="x" * 300 + "1"), recorded("openai", id="x" * 300 + "2"))
    assert len(one.transaction_id) <= 200 and one.transaction_id != other.transaction_id


def test_transcriptions_are_counted_in_seconds() -> None:
    sent = recorded("openai", call_type="atranscription", prompt_tokens=0, completion_tokens=0)
    (event,) = decoded(sent | {"metadata": None, "response": {"text": "Good morning", "duration": 29.6}})
    assert (event.operation_name, event.audio_seconds) == ("transcription", 30)


@pytest.mark.parametrize(
    "call_type", ["acreate_file", "list_mcp_tools", "avector_store_search", "pass_through_endpoint"]
)
def test_what_calls_no_model_is_left_out(call_type: str) -> None:
    silent = {
        "call_type": call_type,
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "metadata": None,
        "response": "{}",
    }
    assert decoded(recorded("openai", **silent), None) == []


def test_unknown_call_types_that_report_tokens_count() -> None:
    (event,) = decoded(recorded("openai", call_type="adream"))
    assert (event.operation_name, event.input_tokens) == ("dream", 2006)


def test_only_the_organization_of_the_header_is_taken() -> None:
    other = recorded("azure")
    other["metadata"]["user_api_key_org_id"] = "org-other"
    assert [event.provider_name for event in decoded(recorded("openai"), other)] == ["openai", "azure"]
    taken = decoded(recorded("openai"), other, x_litellm_organization="org-acme")
    assert [event.provider_name for event in taken] == ["openai"]


def test_one_bad_payload_does_not_hold_up_the_others() -> None:
    bad, missing, good, late = decoded(
        recorded("openai", prompt_tokens=-1),
        {"id": "x"},
        recorded("azure"),
        recorded("openai", endTime=1e300),
    )
    assert isinstance(bad, Rejected) and bad.fault.field == "prompt_tokens"
    assert bad.transaction_id == "litellm:chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT"
    assert isinstance(missing, Rejected) and missing.fault == ("startTime", "is missing")
    assert isinstance(good, Event)
    assert isinstance(late, Rejected) and late.fault.field == "endTime"


def body(content: bytes, *, limit: int = 10) -> Any:
    return decode(Arrival(content, "application/json", {}, limit))


def test_lines_and_a_single_payload_are_understood_too() -> None:
    one, two = recorded("openai"), recorded("azure")
    both = decoded(one, two)
    assert body(f"{json.dumps(one)}\n{json.dumps(two)}\n".encode()) == both
    assert body(json.dumps(one, indent=2).encode()) == both[:1]
    assert body(json.dumps(one).encode()) == both[:1]
    assert body(b"[]") == []
    faulty = f"{json.dumps(one)}\n\n{json.dumps(two | {'startTime': 'x'})}".encode()
    assert [type(found) for found in body(faulty)] == [Event, Rejected]


@pytest.mark.parametrize("content", [b"[", b"{", b"nothing", b"[1, ", b"[" * 100_000, b'{"a": 1}\n{'])
def test_what_cannot_be_taken_apart(content: bytes) -> None:
    with pytest.raises(MalformedBatch):
        body(content)


def test_a_batch_is_no_larger_than_the_limit() -> None:
    with pytest.raises(MalformedBatch):
        decoded(recorded("openai"), recorded("azure"), limit=1)
