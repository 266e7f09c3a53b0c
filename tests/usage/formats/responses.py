"""Providers' responses as their documentation shows them, and what they mean in our terms.

Ids, models and structure are those of the documented examples; content is left in to show that it does not matter.
"""

from typing import Any, Final, NamedTuple

from msgspec.structs import asdict

from usage.decoding import Rejected, event_of
from usage.events import Event
from usage.formats.raw_usage import plain

AT: Final = "2026-05-20T12:00:00Z"


def sent(provider_name: str, usage: Any, **fields: Any) -> Event | Rejected:
    """An event with a usage object, as it comes out of the decoder."""
    return event_of(
        {"transaction_id": "t", "occurred_at": AT, "provider_name": provider_name, "usage": usage} | fields
    )


def meant(provider_name: str, usage: Any, **fields: Any) -> dict[str, Any]:
    """What the usage object of an event adds to it or changes."""
    event = sent(provider_name, usage, **fields)
    assert isinstance(event, Event), event
    was = asdict(event)
    return {
        name: value for name, value in asdict(plain(event)).items() if name != "usage" and value != was[name]
    }


def fault(provider_name: str, usage: Any, **fields: Any) -> tuple[str, str]:
    """The field and reason of a usage object that is refused."""
    event = sent(provider_name, usage, **fields)
    assert isinstance(event, Rejected), event
    return event.fault.field, event.fault.reason


class Documented(NamedTuple):
    """A whole response, the fields of an event that it stands for, and what genai-prices calls the interface."""

    provider: str
    flavor: str
    response: dict[str, Any]
    means: dict[str, Any]


CHAT: Final = Documented(
    "openai",
    "chat",
    {
        "id": "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG",
        "object": "chat.completion",
        "created": 1741570283,
        "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello!"}}],
        "usage": {
            "prompt_tokens": 2006,
            "completion_tokens": 300,
            "total_tokens": 2306,
            "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 128,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 40,
                "rejected_prediction_tokens": 10,
            },
        },
        "service_tier": "default",
        "system_fingerprint": "fp_50cad350e4",
    },
    {
        "response_model": "gpt-4o-2024-08-06",
        "response_id": "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG",
        "service_tier": "default",
        "input_tokens": 2006,
        "cache_read_input_tokens": 1920,
        "output_tokens": 300,
        "reasoning_output_tokens": 128,
    },
)
CHAT_WITH_AUDIO: Final = Documented(
    "openai",
    "chat",
    {
        "model": "gpt-4o-audio-preview-2024-10-01",
        "usage": {
            "prompt_tokens": 110,
            "completion_tokens": 90,
            "total_tokens": 200,
            "prompt_tokens_details": {"cached_tokens": 0, "text_tokens": 30, "audio_tokens": 80},
            "completion_tokens_details": {"reasoning_tokens": 0, "text_tokens": 25, "audio_tokens": 65},
        },
    },
    {
        "response_model": "gpt-4o-audio-preview-2024-10-01",
        "input_tokens": 110,
        "audio_input_tokens": 80,
        "output_tokens": 90,
        "audio_output_tokens": 65,
    },
)
RESPONSES: Final = Documented(
    "openai",
    "responses",
    {
        "id": "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
        "object": "response",
        "status": "completed",
        "model": "gpt-5-2025-08-07",
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "Under the stars"}]}],
        "service_tier": "flex",
        "usage": {
            "input_tokens": 328,
            "input_tokens_details": {"cached_tokens": 128},
            "output_tokens": 87,
            "output_tokens_details": {"reasoning_tokens": 64},
            "total_tokens": 415,
        },
    },
    {
        "response_model": "gpt-5-2025-08-07",
        "response_id": "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
        "service_tier": "flex",
        "input_tokens": 328,
        "cache_read_input_tokens": 128,
        "output_tokens": 87,
        "reasoning_output_tokens": 64,
    },
)
MESSAGES: Final = Documented(
    "anthropic",
    "default",
    {
        "id": "msg_013Zva2CMHLNnXjNJJKqJ2EF",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": [{"type": "text", "text": "Hi! My name is Claude."}],
        "stop_reason": "end_turn",
        "usage": {
            "input_tokens": 2048,
            "cache_read_input_tokens": 1800,
            "cache_creation_input_tokens": 248,
            "cache_creation": {"ephemeral_5m_input_tokens": 148, "ephemeral_1h_input_tokens": 100},
            "output_tokens": 503,
            "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1},
            "service_tier": "standard",
            "inference_geo": "not_available",
        },
    },
    {
        "response_model": "claude-sonnet-4-5-20250929",
        "response_id": "msg_013Zva2CMHLNnXjNJJKqJ2EF",
        "service_tier": "standard",
        "input_tokens": 4096,
        "cache_read_input_tokens": 1800,
        "cache_creation_input_tokens": 248,
        "cache_creation_1h_input_tokens": 100,
        "output_tokens": 503,
        "web_search_calls": 2,
    },
)
GEMINI: Final = Documented(
    "google",
    "default",
    {
        "candidates": [{"content": {"parts": [{"text": "Sure."}], "role": "model"}, "finishReason": "STOP"}],
        "modelVersion": "gemini-2.5-flash",
        "responseId": "8vLsaMCQC7Xhz7IPuO7JuQQ",
        "usageMetadata": {
            "promptTokenCount": 1500,
            "cachedContentTokenCount": 1000,
            "candidatesTokenCount": 200,
            "thoughtsTokenCount": 350,
            "toolUsePromptTokenCount": 80,
            "totalTokenCount": 2130,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 1142},
                {"modality": "IMAGE", "tokenCount": 258},
                {"modality": "AUDIO", "tokenCount": 100},
            ],
            "cacheTokensDetails": [
                {"modality": "TEXT", "tokenCount": 940},
                {"modality": "AUDIO", "tokenCount": 60},
            ],
            "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": 200}],
            "toolUsePromptTokensDetails": [{"modality": "TEXT", "tokenCount": 80}],
            "trafficType": "ON_DEMAND",
        },
    },
    {
        "response_model": "gemini-2.5-flash",
        "response_id": "8vLsaMCQC7Xhz7IPuO7JuQQ",
        "service_tier": "standard",
        "input_tokens": 1580,
        "cache_read_input_tokens": 1000,
        "audio_input_tokens": 40,
        "image_input_tokens": 258,
        "output_tokens": 550,
        "reasoning_output_tokens": 350,
    },
)
MISTRAL: Final = Documented(
    "mistral",
    "default",
    {
        "id": "cmpl-e5cc70bb28c444948073e77776eb30ef",
        "object": "chat.completion",
        "model": "mistral-small-latest",
        "usage": {
            "prompt_tokens": 16,
            "completion_tokens": 34,
            "total_tokens": 50,
            "prompt_tokens_details": {"cached_tokens": 8},
        },
        "choices": [{"index": 0, "message": {"content": "Claude Monet", "role": "assistant"}}],
    },
    {
        "response_model": "mistral-small-latest",
        "response_id": "cmpl-e5cc70bb28c444948073e77776eb30ef",
        "input_tokens": 16,
        "cache_read_input_tokens": 8,
        "output_tokens": 34,
    },
)
CONVERSE: Final = Documented(
    "aws",
    "default",
    {
        "output": {"message": {"role": "assistant", "content": [{"text": "Here are three songs."}]}},
        "stopReason": "end_turn",
        "usage": {
            "inputTokens": 125,
            "outputTokens": 60,
            "totalTokens": 1285,
            "cacheReadInputTokens": 900,
            "cacheWriteInputTokens": 200,
            "cacheDetails": [{"ttl": "1h", "inputTokens": 150}, {"ttl": "5m", "inputTokens": 50}],
        },
        "metrics": {"latencyMs": 1175},
        "serviceTier": {"type": "flex"},
    },
    {
        "service_tier": "flex",
        "duration_ms": 1175,
        "input_tokens": 1225,
        "cache_read_input_tokens": 900,
        "cache_creation_input_tokens": 200,
        "cache_creation_1h_input_tokens": 150,
        "output_tokens": 60,
    },
)
DOCUMENTED: Final = (CHAT, CHAT_WITH_AUDIO, RESPONSES, MESSAGES, GEMINI, MISTRAL, CONVERSE)
