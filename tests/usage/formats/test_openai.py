import pytest

from tests.usage.formats.responses import fault, meant


def test_details_may_be_missing_or_null() -> None:
    usage = {
        "prompt_tokens": 8,
        "completion_tokens": 2,
        "prompt_tokens_details": None,
        "completion_tokens_details": {"reasoning_tokens": None},
    }
    assert meant("openai", usage) == {"input_tokens": 8, "output_tokens": 2}
    assert meant("openai", {"prompt_tokens": 8, "total_tokens": 8}) == {"input_tokens": 8}


def test_xai_counts_reasoning_beside_the_output_and_its_total_says_so() -> None:
    usage = {
        "prompt_tokens": 32,
        "completion_tokens": 9,
        "total_tokens": 135,
        "prompt_tokens_details": {"text_tokens": 32, "audio_tokens": 0, "cached_tokens": 6},
        "completion_tokens_details": {"reasoning_tokens": 94, "audio_tokens": 0},
    }
    assert meant("xai", usage) == {
        "input_tokens": 32,
        "cache_read_input_tokens": 6,
        "output_tokens": 103,
        "reasoning_output_tokens": 94,
    }


def test_realtime_says_which_of_the_cached_tokens_were_audio() -> None:
    usage = {
        "total_tokens": 253,
        "input_tokens": 132,
        "output_tokens": 121,
        "input_token_details": {
            "text_tokens": 119,
            "audio_tokens": 13,
            "image_tokens": 0,
            "cached_tokens": 64,
            "cached_tokens_details": {"text_tokens": 60, "audio_tokens": 4, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
    }
    assert meant("openai", usage) == {
        "input_tokens": 132,
        "cache_read_input_tokens": 64,
        "audio_input_tokens": 9,
        "output_tokens": 121,
        "audio_output_tokens": 91,
    }


def test_text_is_taken_to_be_cached_before_audio_where_nothing_else_is_said() -> None:
    details = {"cached_tokens": 50, "audio_tokens": 80}
    said = meant("openai", {"prompt_tokens": 100, "prompt_tokens_details": details})
    assert said == {"input_tokens": 100, "cache_read_input_tokens": 50, "audio_input_tokens": 50}


@pytest.mark.parametrize(
    ("usage", "means"),
    [
        (
            {
                "type": "tokens",
                "input_tokens": 14,
                "input_token_details": {"text_tokens": 0, "audio_tokens": 14},
                "output_tokens": 45,
                "total_tokens": 59,
            },
            {"input_tokens": 14, "audio_input_tokens": 14, "output_tokens": 45},
        ),
        ({"type": "duration", "seconds": 9}, {"audio_seconds": 9}),
        ({"type": "duration", "seconds": 8.5}, {"audio_seconds": 9}),
    ],
)
def test_a_transcription_comes_by_tokens_or_by_seconds(
    usage: dict[str, object], means: dict[str, int]
) -> None:
    assert meant("openai", usage) == means


def test_cache_writes_that_gateways_report_are_part_of_the_prompt() -> None:
    details = {"cached_tokens": 10, "cache_write_tokens": 20}
    assert meant("openrouter", {"prompt_tokens": 100, "prompt_tokens_details": details}) == {
        "input_tokens": 100,
        "cache_read_input_tokens": 10,
        "cache_creation_input_tokens": 20,
    }


def test_older_deepseek_has_its_own_word_for_what_was_cached() -> None:
    usage = {"prompt_tokens": 100, "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36}
    assert meant("deepseek", usage) == {"input_tokens": 100, "cache_read_input_tokens": 64}


@pytest.mark.parametrize(
    ("usage", "field"),
    [
        ({}, "usage.prompt_tokens"),
        ({"output_tokens": 4}, "usage.input_tokens"),
        ({"prompt_tokens": 5, "completion_tokens": -1}, "usage.completion_tokens"),
        ({"prompt_tokens": "5"}, "usage.prompt_tokens"),
        ({"prompt_tokens": 5.5}, "usage.prompt_tokens"),
        ({"prompt_tokens": 1e308}, "usage.prompt_tokens"),
        ({"prompt_tokens": True}, "usage.prompt_tokens"),
        ({"prompt_tokens": 5, "prompt_tokens_details": []}, "usage.prompt_tokens_details"),
        (
            {"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 6}},
            "usage.prompt_tokens_details.cached_tokens",
        ),
        (
            {"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 3}},
            "usage.prompt_tokens_details.cache_write_tokens",
        ),
        (
            {"input_tokens": 5, "output_tokens": 1, "output_tokens_details": {"reasoning_tokens": 2}},
            "usage.output_tokens_details.reasoning_tokens",
        ),
        ({"usage": {"prompt_tokens": -5}}, "usage.usage.prompt_tokens"),
        ({"usage": {"prompt_tokens": 5}, "model": 7}, "usage.model"),
        ({"usage": {"prompt_tokens": 5}, "model": "m" * 201}, "usage.model"),
    ],
)
def test_a_fault_is_named_in_the_words_of_the_provider(usage: dict[str, object], field: str) -> None:
    found, reason = fault("openai", usage)
    assert found == field
    assert reason and "`" not in reason
