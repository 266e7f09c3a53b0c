"""Bedrock's usage → our quantities. The input comes in three numbers that do not overlap; ours is their sum."""

from usage.formats.bedrock.payload import Response
from usage.formats.numbers import part
from usage.formats.protocol import Normalised, UnfitUsage


def normalise(response: Response) -> Normalised:
    """What a response says of the call. Raises ``UnfitUsage`` for parts that are larger than their whole."""
    usage = response.usage
    if usage.input_tokens is None:
        raise UnfitUsage("inputTokens", "is missing")
    read, written = usage.cache_read_input_tokens or 0, usage.cache_write_input_tokens or 0
    one_hour = sum(detail.input_tokens or 0 for detail in usage.cache_details or () if detail.ttl == "1h")
    return Normalised(
        service_tier=(response.service_tier.type or "") if response.service_tier else "",
        duration_ms=(response.metrics.latency_ms or 0) if response.metrics else 0,
        input_tokens=usage.input_tokens + read + written,
        cache_read_input_tokens=read,
        cache_creation_input_tokens=written,
        cache_creation_1h_input_tokens=part(
            one_hour, of=written, field="cacheDetails", whole="cacheWriteInputTokens"
        ),
        output_tokens=usage.output_tokens or 0,
    )
