"""The known fields of Bedrock's Converse responses.

After the API reference (docs.aws.amazon.com/bedrock/latest/APIReference: API_runtime_TokenUsage,
API_runtime_CacheDetail, API_runtime_ConverseMetrics, API_runtime_ServiceTier).
"""

from msgspec import Struct

from usage.formats.numbers import Milliseconds, Tokens, Word


class CacheDetail(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Tokens written to the cache for one time to live: "5m" or "1h"."""

    ttl: Word = None
    input_tokens: Tokens = None


class TokenUsage(Struct, frozen=True, omit_defaults=True, rename="camel"):
    input_tokens: Tokens = None
    output_tokens: Tokens = None
    cache_read_input_tokens: Tokens = None
    cache_write_input_tokens: Tokens = None
    cache_details: list[CacheDetail] | None = None


class Metrics(Struct, frozen=True, omit_defaults=True, rename="camel"):
    latency_ms: Milliseconds = None


class ServiceTier(Struct, frozen=True, omit_defaults=True):
    type: Word = None


class Response(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A response without what it says. It does not name its model."""

    usage: TokenUsage
    metrics: Metrics | None = None
    service_tier: ServiceTier | None = None
