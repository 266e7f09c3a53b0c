"""What spans of different instrumentations say in our own terms: attribute names of today and of before."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.usage.formats.otlp.spans import CHAT, decoded, event_of, span
from usage.decoding import Rejected
from usage.formats.otlp.attributes import NAMES

TODAY = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "gen_ai.response.model": "claude-sonnet-4-5-20250929",
    "gen_ai.response.id": "msg_01",
    "gen_ai.response.finish_reasons": ["end_turn"],
    "gen_ai.response.time_to_first_chunk": 0.4321,
    "gen_ai.conversation.id": "conv-7",
    "gen_ai.request.temperature": 0.2,
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.cache_read.input_tokens": 600,
    "gen_ai.usage.cache_creation.input_tokens": 100,
    "gen_ai.usage.output_tokens": 200,
    "gen_ai.usage.reasoning.output_tokens": 50,
    "server.address": "api.anthropic.com",
    "server.port": 443,
    "user.id": "bob",
}


def test_names_of_today() -> None:
    event = event_of(TODAY, traceId="5B8EFFF798038103D269B633813FC60C", spanId="EEE19B7EC3C1B174")
    assert (
        msgspec.structs.asdict(event).items()
        >= {
            "transaction_id": "otlp:5b8efff798038103d269b633813fc60c:eee19b7ec3c1b174",
            "occurred_at": datetime(2026, 5, 20, 12, 0, 0, 123456, tzinfo=UTC),
            "duration_ms": 1500,
            "operation_name": "chat",
            "provider_name": "anthropic",
            "request_model": "claude-sonnet-4-5",
            "response_model": "claude-sonnet-4-5-20250929",
            "response_id": "msg_01",
            "conversation_id": "conv-7",
            "member_id": "bob",
            "time_to_first_token_ms": 432,
            "input_tokens": 1000,
            "cache_read_input_tokens": 600,
            "cache_creation_input_tokens": 100,
            "output_tokens": 200,
            "reasoning_output_tokens": 50,
            "error_type": "",
        }.items()
    )


BEFORE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "gen_ai.system, prompt and completion tokens": (
        {
            "gen_ai.system": "OpenAI",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.model": "gpt-4o-2024-08-06",
            "gen_ai.usage.prompt_tokens": 12,
            "gen_ai.usage.completion_tokens": 3,
            "gen_ai.usage.cache_read_input_tokens": 8,
            "llm.request.type": "chat",
            "llm.usage.total_tokens": 15,
            "gen_ai.prompt.0.content": "What is the answer?",
            "gen_ai.completion.0.content": "42",
        },
        {
            "provider_name": "OpenAI",
            "response_model": "gpt-4o-2024-08-06",
            "operation_name": "chat",
            "input_tokens": 12,
            "cache_read_input_tokens": 8,
            "output_tokens": 3,
        },
    ),
    "no operation, plain names": (
        {
            "gen_ai.system": "cohere",
            "gen_ai.request.model": "command-r",
            "prompt_tokens": 5,
            "completion_tokens": 6,
        },
        {"provider_name": "cohere", "operation_name": "", "input_tokens": 5, "output_tokens": 6},
    ),
    "numbers as texts and fractions": (
        CHAT | {"gen_ai.usage.input_tokens": "70", "gen_ai.usage.output_tokens": 7.0},
        {"input_tokens": 70, "output_tokens": 7},
    ),
    "OpenAI's tier of the answer": (
        CHAT | {"openai.request.service_tier": "auto", "gen_ai.openai.response.service_tier": "flex"},
        {"service_tier": "flex"},
    ),
    "OpenInference LLM": (
        {
            "openinference.span.kind": "LLM",
            "llm.provider": "azure",
            "llm.system": "openai",
            "llm.model_name": "gpt-4o-audio-preview",
            "llm.token_count.prompt": 900,
            "llm.token_count.prompt_details.cache_read": 300,
            "llm.token_count.prompt_details.cache_write": 100,
            "llm.token_count.prompt_details.audio": 50,
            "llm.token_count.completion": 80,
            "llm.token_count.completion_details.reasoning": 20,
            "llm.token_count.completion_details.audio": 30,
            "llm.token_count.total": 980,
            "session.id": "s-1",
            "enduser.id": "ann",
            "input.value": "secret question",
        },
        {
            "provider_name": "azure",
            "request_model": "gpt-4o-audio-preview",
            "operation_name": "chat",
            "input_tokens": 900,
            "cache_read_input_tokens": 300,
            "cache_creation_input_tokens": 100,
            "audio_input_tokens": 50,
            "output_tokens": 80,
            "reasoning_output_tokens": 20,
            "audio_output_tokens": 30,
            "conversation_id": "s-1",
            "member_id": "ann",
        },
    ),
    "OpenInference EMBEDDING": (
        {
            "openinference.span.kind": "EMBEDDING",
            "llm.system": "openai",
            "embedding.model_name": "text-embedding-3-small",
            "llm.token_count.prompt": 9,
        },
        {"request_model": "text-embedding-3-small", "operation_name": "embeddings", "input_tokens": 9},
    ),
    "modalities, their cached parts counted as cached": (
        CHAT
        | {
            "gen_ai.usage.cache_read.input_tokens": 400,
            "gen_ai.usage.audio.input_tokens": 300,
            "gen_ai.usage.audio.cache_read.input_tokens": 100,
            "gen_ai.usage.image.input_tokens": 250,
            "gen_ai.usage.audio.output_tokens": 60,
        },
        {
            "input_tokens": 1000,
            "cache_read_input_tokens": 400,
            "audio_input_tokens": 200,
            "image_input_tokens": 250,
            "audio_output_tokens": 60,
        },
    ),
}


@pytest.mark.parametrize("name", BEFORE)
def test_names_of_before_and_of_others(name: str) -> None:
    sent, expected = BEFORE[name]
    event = event_of(sent)
    assert {field: getattr(event, field) for field in expected} == expected


def test_of_two_names_the_newer_counts_in_either_order() -> None:
    both = {"gen_ai.usage.prompt_tokens": 1, "gen_ai.usage.input_tokens": 2}
    for order in (both, dict(reversed(both.items()))):
        assert event_of({"gen_ai.operation.name": "chat"} | order).input_tokens == 2


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        # Anthropic's own numbers, as older instrumentations handed them on: input without what was cached.
        ((20, 600, 100, 50, 0), (720, 50)),
        # The same call by the convention.
        ((720, 600, 100, 50, 0), (720, 50)),
        # Gemini's own numbers: the answer without the thoughts.
        ((20, 0, 0, 50, 200), (20, 250)),
        ((20, 0, 0, 250, 200), (20, 250)),
    ],
)
def test_parts_that_were_left_out_of_their_whole_are_added(
    sent: tuple[int, ...], expected: tuple[int, int]
) -> None:
    names = (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.reasoning_tokens",
    )
    event = event_of(CHAT | dict(zip(names, sent, strict=True)))
    assert (event.input_tokens, event.output_tokens) == expected


AROUND: dict[str, dict[str, Any]] = {
    "an agent": CHAT | {"gen_ai.operation.name": "invoke_agent"},
    "a workflow": CHAT | {"gen_ai.operation.name": "invoke_workflow"},
    "a tool": CHAT | {"gen_ai.operation.name": "execute_tool"},
    "a retrieval": CHAT | {"gen_ai.operation.name": "retrieval"},
    "an operation of tomorrow": CHAT | {"gen_ai.operation.name": "negotiate"},
    "OpenInference's agent": CHAT | {"openinference.span.kind": "AGENT"},
    "OpenInference's chain": {"openinference.span.kind": "CHAIN", "llm.token_count.prompt": 5},
    "a wrapper": CHAT | {"traceloop.span.kind": "workflow"},
    "a rerank": {"gen_ai.system": "cohere", "gen_ai.request.model": "r", "llm.request.type": "rerank"},
    "an agent without operation": {
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.agent.name": "helper",
        "gen_ai.usage.input_tokens": 5,
    },
    "sums without a provider": {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 5},
    "a web server": {"http.request.method": "POST", "url.path": "/"},
    "nothing": {},
}


@pytest.mark.parametrize("name", AROUND)
def test_what_is_no_call_of_a_model_is_passed_over(name: str) -> None:
    assert decoded(span(AROUND[name], traceId="00" * 16, endTimeUnixNano="0")) == []
    (event,) = decoded(span(AROUND[name]), span(), span(AROUND[name]))
    assert not isinstance(event, Rejected)


def test_an_agent_may_be_named_on_the_calls_inside_it() -> None:
    assert event_of(CHAT | {"gen_ai.agent.name": "helper"}).input_tokens == 1000


def test_resource_and_own_attributes_say_who_and_where() -> None:
    hold = "019ab0d5-1c60-7000-8f3b-2f9f3f1b8a10"
    resource = {
        "service.name": "helpdesk",
        "token_ledger.project_id": "atlas",
        "token_ledger.department_id": "support",
        "token_ledger.platform": "api",
        "token_ledger.feature": "chat",
        "deployment.environment.name": "production",
    }
    own = {
        "token_ledger.member_id": "bob",
        "user.id": "someone else",
        "token_ledger.feature": "agents",
        "token_ledger.conversation_id": "c-1",
        "token_ledger.message_id": "m-1",
        "token_ledger.hold_id": hold,
    }
    event = event_of(CHAT | own, resource=resource)
    assert (event.integration_id, event.project_id, event.department_id) == ("helpdesk", "atlas", "support")
    assert (event.platform, event.feature, event.member_id) == ("api", "agents", "bob")
    assert (event.conversation_id, event.message_id, event.hold_id) == ("c-1", "m-1", UUID(hold))
    nameless = event_of(CHAT, resource={"service.name": "unknown_service:python"})
    assert nameless.integration_id == ""


def test_no_attribute_says_two_things() -> None:
    names = [name for group in NAMES.values() for name in group]
    assert len(names) == len(set(names))
