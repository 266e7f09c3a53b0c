"""OpenAI's usage → our quantities. Cached tokens are part of the input, reasoning tokens of the output."""

from typing import NamedTuple

from usage.formats.numbers import part
from usage.formats.openai.payload import CachedDetails, InputDetails, OutputDetails, Response, Usage
from usage.formats.protocol import Normalised, UnfitUsage

_NO_INPUT = InputDetails()
_NO_OUTPUT = OutputDetails()
_NOT_CACHED = CachedDetails()


class _Spelling(NamedTuple):
    """The numbers of a usage object with the names that they have there."""

    input_name: str
    input_tokens: int
    input_details_name: str
    input_details: InputDetails
    output_name: str
    output_tokens: int
    output_details_name: str
    output_details: OutputDetails


def normalise(response: Response) -> Normalised:
    """What a response says of the call. Raises ``UnfitUsage`` for parts that are larger than their whole.

    Several providers count reasoning beside ``completion_tokens`` instead of within (xAI, Perplexity); the total tells.
    """
    usage = response.usage
    said = Normalised(
        response_model=response.model or "",
        response_id=response.id or "",
        service_tier=response.service_tier or "",
    )
    if usage.seconds is not None and usage.prompt_tokens is None and usage.input_tokens is None:
        # To the nearest second, as it is charged.
        said["audio_seconds"] = int(usage.seconds + 0.5)
        return said
    spelling = _spelling(usage)
    said |= _input(usage, spelling)
    said |= _output(usage, spelling)
    return said


def _spelling(usage: Usage) -> _Spelling:
    if usage.prompt_tokens is not None:
        return _Spelling(
            "prompt_tokens",
            usage.prompt_tokens,
            "prompt_tokens_details",
            usage.prompt_tokens_details or _NO_INPUT,
            "completion_tokens",
            usage.completion_tokens or 0,
            "completion_tokens_details",
            usage.completion_tokens_details or _NO_OUTPUT,
        )
    if usage.input_tokens is None:
        raise UnfitUsage("input_tokens" if usage.output_tokens is not None else "prompt_tokens", "is missing")
    input_end = "tokens_details" if usage.input_tokens_details is not None else "token_details"
    output_end = "tokens_details" if usage.output_tokens_details is not None else "token_details"
    return _Spelling(
        "input_tokens",
        usage.input_tokens,
        f"input_{input_end}",
        usage.input_tokens_details or usage.input_token_details or _NO_INPUT,
        "output_tokens",
        usage.output_tokens or 0,
        f"output_{output_end}",
        usage.output_tokens_details or usage.output_token_details or _NO_OUTPUT,
    )


def _input(usage: Usage, spelling: _Spelling) -> Normalised:
    """Audio and image tokens that were cached are cached input; which ones is only said in realtime.

    Elsewhere as many as fit are taken to be not cached: what is cached is the beginning of the prompt, and that is
    text.
    """
    whole, details, name = spelling.input_tokens, spelling.input_details, spelling.input_details_name
    sent = {
        kind: part(getattr(details, kind), of=whole, field=f"{name}.{kind}", whole=spelling.input_name)
        for kind in ("cached_tokens", "cache_write_tokens", "audio_tokens", "image_tokens")
    }
    cached = sent["cached_tokens"]
    if details.cached_tokens is None:
        cached = part(
            usage.prompt_cache_hit_tokens,
            of=whole,
            field="prompt_cache_hit_tokens",
            whole=spelling.input_name,
        )
    written = part(
        sent["cache_write_tokens"],
        of=whole - cached,
        field=f"{name}.cache_write_tokens",
        whole=f"{spelling.input_name} beside cached_tokens",
    )
    of_cached = details.cached_tokens_details or _NOT_CACHED
    room = whole - cached - written
    audio = min(max(sent["audio_tokens"] - (of_cached.audio_tokens or 0), 0), room)
    image = min(max(sent["image_tokens"] - (of_cached.image_tokens or 0), 0), room - audio)
    return Normalised(
        input_tokens=whole,
        cache_read_input_tokens=cached,
        cache_creation_input_tokens=written,
        audio_input_tokens=audio,
        image_input_tokens=image,
    )


def _output(usage: Usage, spelling: _Spelling) -> Normalised:
    whole, details, name = spelling.output_tokens, spelling.output_details, spelling.output_details_name
    reasoning = details.reasoning_tokens or 0
    if reasoning and usage.total_tokens == spelling.input_tokens + whole + reasoning:
        whole += reasoning
    part(reasoning, of=whole, field=f"{name}.reasoning_tokens", whole=spelling.output_name)
    audio = part(
        details.audio_tokens,
        of=whole - reasoning,
        field=f"{name}.audio_tokens",
        whole=f"{spelling.output_name} beside reasoning_tokens",
    )
    return Normalised(output_tokens=whole, reasoning_output_tokens=reasoning, audio_output_tokens=audio)
