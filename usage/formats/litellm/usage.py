"""LiteLLM's usage object → our quantities. It is the same for every provider: cached tokens are part of the input."""

from usage.formats.litellm.payload import (
    CachedDetails,
    CacheWrites,
    InputDetails,
    OutputDetails,
    Payload,
    Response,
    Usage,
)
from usage.formats.protocol import Normalised

_NO_INPUT = InputDetails()
_NO_OUTPUT = OutputDetails()
_NO_WRITES = CacheWrites()
_NOT_CACHED = CachedDetails()
_TRANSCRIPTION = "transcription"


def quantities(payload: Payload, call_type: str) -> Normalised:
    """The tokens, searches and seconds of a call. Nothing where LiteLLM answered out of its own response cache."""
    if payload.cache_hit:
        return Normalised()
    usage = usage_of(payload)
    details = usage.prompt_tokens_details or _NO_INPUT
    said = _input(usage, details, payload.prompt_tokens) | _output(usage, payload.completion_tokens)
    searches = (
        usage.server_tool_use.web_search_requests if usage.server_tool_use else None,
        details.web_search_requests,
    )
    said["web_search_calls"] = max(found or 0 for found in searches)
    if call_type == _TRANSCRIPTION:
        said["audio_seconds"] = _seconds(payload, usage)
    return said


def usage_of(payload: Payload) -> Usage:
    """The usage object of a call, wherever this version of LiteLLM put it."""
    metadata = payload.metadata
    if metadata and metadata.usage_object:
        return metadata.usage_object
    response = payload.response
    return (response.usage if isinstance(response, Response) else None) or Usage()


def _input(usage: Usage, details: InputDetails, prompt_tokens: int | None) -> Normalised:
    total = usage.prompt_tokens or prompt_tokens or 0
    read = usage.cache_read_input_tokens or details.cached_tokens or 0
    written = (
        usage.cache_creation_input_tokens or details.cache_creation_tokens or details.cache_write_tokens or 0
    )
    if read + written > total:
        # Some adapters of LiteLLM leave a provider's cached tokens beside the prompt: they cannot be part of it.
        total += read + written
    kept = details.cache_creation_token_details or _NO_WRITES
    cached = details.cached_tokens_details or _NOT_CACHED
    room = total - read - written
    # A cached picture is counted as cached: it is charged once, at the price of cached input.
    audio = min(room, max(0, (details.audio_tokens or 0) - (cached.audio_tokens or 0)))
    image = min(room - audio, max(0, (details.image_tokens or 0) - (cached.image_tokens or 0)))
    return Normalised(
        input_tokens=total,
        cache_read_input_tokens=read,
        cache_creation_input_tokens=written,
        cache_creation_1h_input_tokens=min(written, kept.ephemeral_1h_input_tokens or 0),
        audio_input_tokens=audio,
        image_input_tokens=image,
    )


def _output(usage: Usage, completion_tokens: int | None) -> Normalised:
    details = usage.completion_tokens_details or _NO_OUTPUT
    total = usage.completion_tokens or completion_tokens or 0
    reasoning, audio = details.reasoning_tokens or 0, details.audio_tokens or 0
    return Normalised(
        # xAI and Perplexity count reasoning beside the completion instead of within.
        output_tokens=total if reasoning + audio <= total else total + reasoning,
        reasoning_output_tokens=reasoning,
        audio_output_tokens=audio,
    )


def _seconds(payload: Payload, usage: Usage) -> int:
    """To the nearest second, as it is charged; transcriptions that are charged by tokens have none."""
    if usage.prompt_tokens or payload.prompt_tokens:
        return 0
    said = usage.seconds
    if said is None and isinstance(payload.response, Response):
        duration = payload.response.duration
        said = float(duration) if isinstance(duration, int | float) and 0 <= duration < 1e9 else None
    return int((said or 0) + 0.5)
