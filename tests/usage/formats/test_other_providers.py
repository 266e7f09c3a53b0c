"""What is particular to Anthropic, Gemini, Mistral and Bedrock beyond their documented examples."""

from typing import Any

import pytest

from tests.usage.formats.responses import fault, meant


@pytest.mark.parametrize(
    ("usage", "written", "one_hour"),
    [
        ({"cache_creation_input_tokens": 50}, 50, 0),
        ({"cache_creation_input_tokens": 50, "cache_creation": None}, 50, 0),
        ({"cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30}}, 50, 30),
        (
            {"cache_creation_input_tokens": 50, "cache_creation": {"ephemeral_1h_input_tokens": 50}},
            50,
            50,
        ),
    ],
)
def test_cache_writes_of_anthropic_are_told_apart_by_time(
    usage: dict[str, Any], written: int, one_hour: int
) -> None:
    said = meant("anthropic", {"input_tokens": 10, "output_tokens": 1} | usage)
    assert said["input_tokens"] == 10 + written
    assert said["cache_creation_input_tokens"] == written
    assert said.get("cache_creation_1h_input_tokens", 0) == one_hour


@pytest.mark.parametrize(
    ("service_tier", "speed", "tier"),
    [
        ("standard", None, "standard"),
        ("priority", None, "priority"),
        ("batch", "standard", "batch"),
        (None, None, ""),
        ("standard", "fast", "fast"),
        ("priority", "fast", "priority-fast"),
    ],
)
def test_the_tier_of_anthropic(service_tier: str | None, speed: str | None, tier: str) -> None:
    said = meant("anthropic", {"input_tokens": 1, "service_tier": service_tier, "speed": speed})
    assert said.get("service_tier", "") == tier


def test_a_compaction_is_charged_beside_the_message() -> None:
    usage = {
        "input_tokens": 23000,
        "output_tokens": 1000,
        "iterations": [
            {
                "type": "compaction",
                "input_tokens": 180000,
                "output_tokens": 3500,
                "cache_read_input_tokens": 7,
            },
            {"type": "message", "input_tokens": 23000, "output_tokens": 1000},
        ],
    }
    assert meant("anthropic", usage) == {
        "input_tokens": 203007,
        "cache_read_input_tokens": 7,
        "output_tokens": 4500,
    }


def test_thinking_is_part_of_the_output_of_anthropic() -> None:
    usage = {"input_tokens": 1, "output_tokens": 90, "output_tokens_details": {"thinking_tokens": 70}}
    assert meant("anthropic", usage) == {
        "input_tokens": 1,
        "output_tokens": 90,
        "reasoning_output_tokens": 70,
    }


@pytest.mark.parametrize(
    ("metadata", "tier"),
    [
        ({"trafficType": "ON_DEMAND"}, "standard"),
        ({"trafficType": "ON_DEMAND_PRIORITY"}, "priority"),
        ({"trafficType": "ON_DEMAND_FLEX"}, "flex"),
        ({"trafficType": "PROVISIONED_THROUGHPUT"}, "provisioned_throughput"),
        ({"trafficType": "TRAFFIC_TYPE_UNSPECIFIED"}, ""),
        ({"serviceTier": "flex"}, "flex"),
        ({"serviceTier": "SERVICE_TIER_PRIORITY"}, "priority"),
        ({"serviceTier": "unspecified"}, ""),
    ],
)
def test_the_tier_of_gemini(metadata: dict[str, str], tier: str) -> None:
    assert meant("google", {"promptTokenCount": 1} | metadata).get("service_tier", "") == tier


def test_the_live_interface_of_gemini_has_another_word_for_the_answer() -> None:
    metadata = {
        "promptTokenCount": 20,
        "responseTokenCount": 60,
        "totalTokenCount": 80,
        "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 50}],
    }
    assert meant("google", metadata) == {
        "input_tokens": 20,
        "output_tokens": 60,
        "audio_output_tokens": 50,
    }


def test_pages_of_documents_are_images() -> None:
    details = [{"modality": "DOCUMENT", "tokenCount": 516}, {"modality": "VIDEO", "tokenCount": 9}]
    said = meant("google", {"promptTokenCount": 600, "promptTokensDetails": details})
    assert said == {"input_tokens": 600, "image_input_tokens": 516}


def test_audio_of_mistral_comes_in_seconds() -> None:
    usage = {"prompt_audio_seconds": 203, "prompt_tokens": 4, "total_tokens": 3264, "completion_tokens": 635}
    assert meant("mistral", usage) == {"input_tokens": 4, "output_tokens": 635, "audio_seconds": 203}


@pytest.mark.parametrize(
    "place",
    [
        {"num_cached_tokens": 12},
        {"prompt_tokens_details": {"cached_tokens": 12}},
        {"prompt_token_details": {"cached_tokens": 12}},
        {"num_cached_tokens": 12, "prompt_tokens_details": {"cached_tokens": 12}},
    ],
)
def test_what_mistral_read_from_a_cache_counts_once_wherever_it_stands(place: dict[str, Any]) -> None:
    assert meant("mistral", {"prompt_tokens": 20} | place) == {
        "input_tokens": 20,
        "cache_read_input_tokens": 12,
    }


def test_a_measured_duration_comes_before_the_latency_of_bedrock() -> None:
    response = {"usage": {"inputTokens": 5, "outputTokens": 1}, "metrics": {"latencyMs": 40}}
    assert meant("bedrock", response)["duration_ms"] == 40
    assert "duration_ms" not in meant("bedrock", response, duration_ms=90)


@pytest.mark.parametrize(
    ("provider", "usage", "field"),
    [
        ("anthropic", {"output_tokens": 1, "cache_read_input_tokens": 1}, "usage.input_tokens"),
        (
            "anthropic",
            {
                "input_tokens": 1,
                "cache_creation_input_tokens": 9,
                "cache_creation": {"ephemeral_1h_input_tokens": 10},
            },
            "usage.cache_creation",
        ),
        (
            "anthropic",
            {"input_tokens": 1, "server_tool_use": {"web_search_requests": -1}},
            "usage.server_tool_use.web_search_requests",
        ),
        ("google", {"candidatesTokenCount": 3}, "usage.promptTokenCount"),
        (
            "google",
            {"promptTokenCount": 3, "cachedContentTokenCount": 4},
            "usage.cachedContentTokenCount",
        ),
        (
            "google",
            {"promptTokenCount": 3, "promptTokensDetails": [{"modality": "TEXT"}, {"tokenCount": "x"}]},
            "usage.promptTokensDetails.1.tokenCount",
        ),
        (
            "google",
            {"usageMetadata": {"promptTokenCount": 3, "thoughtsTokenCount": -1}},
            "usage.usageMetadata.thoughtsTokenCount",
        ),
        ("mistral", {"prompt_tokens": 3, "num_cached_tokens": 4}, "usage.num_cached_tokens"),
        ("aws", {"outputTokens": 3}, "usage.inputTokens"),
        (
            "aws",
            {"inputTokens": 3, "cacheWriteInputTokens": 1, "cacheDetails": [{"ttl": "1h", "inputTokens": 2}]},
            "usage.cacheDetails",
        ),
    ],
)
def test_a_fault_is_named_in_the_words_of_the_provider(
    provider: str, usage: dict[str, Any], field: str
) -> None:
    assert fault(provider, usage)[0] == field
