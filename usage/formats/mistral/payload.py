"""The known fields of Mistral's responses.

After the API reference (docs.mistral.ai/api, "UsageInfo"), the page on audio, and the genai-prices package for what was
read from a cache, which stands in one of three places.
"""

from msgspec import Struct

from usage.formats.numbers import Name, Tokens


class InputDetails(Struct, frozen=True, omit_defaults=True):
    cached_tokens: Tokens = None


class OutputDetails(Struct, frozen=True, omit_defaults=True):
    reasoning_tokens: Tokens = None


class Usage(Struct, frozen=True, omit_defaults=True):
    prompt_tokens: Tokens = None
    completion_tokens: Tokens = None
    prompt_audio_seconds: Tokens = None
    num_cached_tokens: Tokens = None
    prompt_tokens_details: InputDetails | None = None
    prompt_token_details: InputDetails | None = None
    completion_tokens_details: OutputDetails | None = None


class Response(Struct, frozen=True, omit_defaults=True):
    """A response without what it says."""

    usage: Usage
    id: Name = None
    model: Name = None
