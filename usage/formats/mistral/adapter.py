"""Mistral's usage → our quantities. Audio is counted in seconds and is not part of the prompt's tokens."""

from usage.formats.mistral.payload import InputDetails, Response, Usage
from usage.formats.numbers import part
from usage.formats.protocol import Normalised, UnfitUsage

_NONE = InputDetails()


def normalise(response: Response) -> Normalised:
    """What a response says of the call. Raises ``UnfitUsage`` for parts that are larger than their whole."""
    usage = response.usage
    if usage.prompt_tokens is None:
        raise UnfitUsage("prompt_tokens", "is missing")
    details = usage.completion_tokens_details
    output_tokens = usage.completion_tokens or 0
    return Normalised(
        response_model=response.model or "",
        response_id=response.id or "",
        input_tokens=usage.prompt_tokens,
        cache_read_input_tokens=_cached(usage),
        output_tokens=output_tokens,
        reasoning_output_tokens=part(
            details.reasoning_tokens if details else None,
            of=output_tokens,
            field="completion_tokens_details.reasoning_tokens",
            whole="completion_tokens",
        ),
        audio_seconds=usage.prompt_audio_seconds or 0,
    )


def _cached(usage: Usage) -> int:
    """The same number in several places is one number."""
    places = {
        "num_cached_tokens": usage.num_cached_tokens,
        "prompt_tokens_details.cached_tokens": (usage.prompt_tokens_details or _NONE).cached_tokens,
        "prompt_token_details.cached_tokens": (usage.prompt_token_details or _NONE).cached_tokens,
    }
    field, cached = next(((field, found) for field, found in places.items() if found), ("", 0))
    return part(cached, of=usage.prompt_tokens or 0, field=field, whole="prompt_tokens")
