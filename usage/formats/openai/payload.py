"""The known fields of OpenAI's responses: chat completions, embeddings, responses, realtime, transcriptions.

After the API reference (platform.openai.com/docs/api-reference: "The chat completion object", "The response object",
"Realtime server events: response.done", "Create transcription") and the extractors of the genai-prices package.
"""

from msgspec import Struct

from usage.formats.numbers import Name, Seconds, Tokens, Word


class CachedDetails(Struct, frozen=True, omit_defaults=True):
    """Realtime only: what the cached tokens were."""

    audio_tokens: Tokens = None
    image_tokens: Tokens = None


class InputDetails(Struct, frozen=True, omit_defaults=True):
    """Parts of the input. They overlap: cached tokens may be audio tokens."""

    cached_tokens: Tokens = None
    cache_write_tokens: Tokens = None
    audio_tokens: Tokens = None
    image_tokens: Tokens = None
    cached_tokens_details: CachedDetails | None = None


class OutputDetails(Struct, frozen=True, omit_defaults=True):
    """Parts of the output. Accepted and rejected predictions are charged as the output that they are part of."""

    reasoning_tokens: Tokens = None
    audio_tokens: Tokens = None


class Usage(Struct, frozen=True, omit_defaults=True):
    """Of chat completions (prompt, completion), or of responses, realtime and transcriptions (input, output)."""

    prompt_tokens: Tokens = None
    completion_tokens: Tokens = None
    prompt_tokens_details: InputDetails | None = None
    completion_tokens_details: OutputDetails | None = None
    input_tokens: Tokens = None
    output_tokens: Tokens = None
    input_tokens_details: InputDetails | None = None
    output_tokens_details: OutputDetails | None = None
    # Realtime and transcriptions spell it without the "s".
    input_token_details: InputDetails | None = None
    output_token_details: OutputDetails | None = None
    total_tokens: Tokens = None
    # Older DeepSeek.
    prompt_cache_hit_tokens: Tokens = None
    # Transcriptions that are charged by time.
    seconds: Seconds = None


class Response(Struct, frozen=True, omit_defaults=True):
    """A response without what it says."""

    usage: Usage
    id: Name = None
    model: Name = None
    service_tier: Word = None
