"""Anthropic's usage → our quantities. The input comes in three numbers that do not overlap; ours is their sum."""

from typing import Final

from usage.formats.anthropic.payload import Iteration, Response, Usage
from usage.formats.numbers import part
from usage.formats.protocol import Normalised, UnfitUsage

_ORDINARY: Final = ("", "standard")


def normalise(response: Response) -> Normalised:
    """What a message says of the call. Raises ``UnfitUsage`` for parts that are larger than their whole.

    Tokens of a compaction are charged and not in the numbers of the message: they are added. Fast mode has a price of
    its own, so it is a tier here.
    """
    usage = response.usage
    if usage.input_tokens is None:
        raise UnfitUsage("input_tokens", "is missing")
    tier = usage.service_tier or ""
    if usage.speed == "fast":
        tier = "fast" if tier in _ORDINARY else f"{tier}-fast"
    tokens = _tokens(usage, "")
    for index, iteration in enumerate(usage.iterations or ()):
        if iteration.type == "compaction":
            more = _tokens(iteration, f"iterations.{index}.")
            tokens = [one + other for one, other in zip(tokens, more, strict=True)]
    input_tokens, read, written, one_hour, output_tokens = tokens
    thinking = usage.output_tokens_details.thinking_tokens if usage.output_tokens_details else None
    return Normalised(
        response_model=response.model or "",
        response_id=response.id or "",
        service_tier=tier,
        input_tokens=input_tokens,
        cache_read_input_tokens=read,
        cache_creation_input_tokens=written,
        cache_creation_1h_input_tokens=one_hour,
        output_tokens=output_tokens,
        reasoning_output_tokens=part(
            thinking,
            of=usage.output_tokens or 0,
            field="output_tokens_details.thinking_tokens",
            whole="output_tokens",
        ),
        web_search_calls=(usage.server_tool_use.web_search_requests or 0) if usage.server_tool_use else 0,
    )


def _tokens(usage: Usage | Iteration, path: str) -> list[int]:
    """Input with both caches, read from a cache, written to one, of that for an hour; output."""
    written = usage.cache_creation_input_tokens
    one_hour = 0
    if usage.cache_creation is not None:
        one_hour = usage.cache_creation.ephemeral_1h_input_tokens or 0
        by_time = one_hour + (usage.cache_creation.ephemeral_5m_input_tokens or 0)
        if written is None:
            written = by_time
        if by_time > written:
            raise UnfitUsage(
                f"{path}cache_creation", "is part of cache_creation_input_tokens and cannot be larger"
            )
    written = written or 0
    read = usage.cache_read_input_tokens or 0
    return [(usage.input_tokens or 0) + read + written, read, written, one_hour, usage.output_tokens or 0]
