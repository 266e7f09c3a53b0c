"""Each provider's documented response in our terms, held against the numbers that a second library reads from it."""

import pytest
from genai_prices import extract_usage

from tests.usage.formats.responses import CHAT, DOCUMENTED, GEMINI, MESSAGES, Documented, meant
from usage.model_matching import PROVIDER_ALIASES

every_response = pytest.mark.parametrize(
    "documented", DOCUMENTED, ids=lambda one: f"{one.provider}-{one.flavor}"
)


@every_response
def test_what_a_response_means(documented: Documented) -> None:
    assert meant(documented.provider, documented.response) == documented.means


@every_response
def test_the_usage_object_alone_means_the_same_quantities(documented: Documented) -> None:
    holder = "usageMetadata" if documented.provider == "google" else "usage"
    said = meant(documented.provider, documented.response[holder])
    whole = {name: value for name, value in documented.means.items() if name.endswith(("_tokens", "_calls"))}
    assert {name: value for name, value in said.items() if name.endswith(("_tokens", "_calls"))} == whole


@every_response
def test_a_second_library_reads_the_same(documented: Documented) -> None:
    """genai-prices, whose prices we start from, has readers of its own. Its audio includes what was cached."""
    model = documented.means.get("response_model", "anthropic.claude-sonnet-4-5-20250929-v1:0")
    theirs = extract_usage(
        documented.response | {"model": model},
        provider_id=documented.provider,
        api_flavor=documented.flavor,
    ).usage
    cached_audio = 60 if documented is GEMINI else 0
    read = {
        "input_tokens": theirs.input_tokens,
        "cache_read_input_tokens": theirs.cache_read_tokens,
        "cache_creation_input_tokens": theirs.cache_write_tokens,
        "audio_input_tokens": (theirs.input_audio_tokens or 0) - cached_audio,
        "output_tokens": theirs.output_tokens,
        "reasoning_output_tokens": theirs.output_reasoning_tokens,
        "audio_output_tokens": theirs.output_audio_tokens,
        "web_search_calls": theirs.web_searches,
    }
    assert {name: value or 0 for name, value in read.items()} == {
        name: documented.means.get(name, 0) for name in read
    }


def test_cached_tokens_count_once_whether_the_provider_includes_them_or_not() -> None:
    """4,000 tokens of which 3,000 were cached: OpenAI says 4,000 and 3,000, Anthropic 1,000 and 3,000."""
    openai = meant("openai", {"prompt_tokens": 4000, "prompt_tokens_details": {"cached_tokens": 3000}})
    anthropic = meant("anthropic", {"input_tokens": 1000, "cache_read_input_tokens": 3000})
    assert openai == anthropic == {"input_tokens": 4000, "cache_read_input_tokens": 3000}


def test_reasoning_counts_once_whether_the_provider_includes_it_or_not() -> None:
    """500 tokens of which 400 were thought: OpenAI says 500 and 400, Gemini 100 and 400."""
    openai = meant(
        "openai",
        {
            "prompt_tokens": 10,
            "completion_tokens": 500,
            "completion_tokens_details": {"reasoning_tokens": 400},
        },
    )
    gemini = meant("google", {"promptTokenCount": 10, "candidatesTokenCount": 100, "thoughtsTokenCount": 400})
    expected = {"input_tokens": 10, "output_tokens": 500, "reasoning_output_tokens": 400}
    assert openai == gemini == expected


@pytest.mark.parametrize(
    ("documented", "spellings"),
    [
        (CHAT, ("OpenAI", *PROVIDER_ALIASES["openai"], *PROVIDER_ALIASES["azure"], "vllm", "XAI")),
        (MESSAGES, ("claude", "Anthropic", "aws.bedrock", "vertex_ai", "azure")),
        (GEMINI, PROVIDER_ALIASES["google"]),
    ],
)
def test_a_provider_is_known_by_all_its_spellings(documented: Documented, spellings: tuple[str, ...]) -> None:
    for spelling in spellings:
        assert meant(spelling, documented.response) == documented.means, spelling
