"""The known fields of Gemini's responses.

After the API reference (ai.google.dev/api/generate-content, "UsageMetadata"; cloud.google.com, Vertex AI v1
"UsageMetadata" with its traffic types) and the types of the google-genai packages for the Live API.
"""

from msgspec import Struct

from usage.formats.numbers import Name, Tokens, Word


class ModalityTokens(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Tokens of one kind of content: TEXT, IMAGE, DOCUMENT, VIDEO, AUDIO."""

    modality: Word = None
    token_count: Tokens = None


class UsageMetadata(Struct, frozen=True, omit_defaults=True, rename="camel"):
    prompt_token_count: Tokens = None
    cached_content_token_count: Tokens = None
    candidates_token_count: Tokens = None
    # What the Live API calls the candidates.
    response_token_count: Tokens = None
    thoughts_token_count: Tokens = None
    tool_use_prompt_token_count: Tokens = None
    prompt_tokens_details: list[ModalityTokens] | None = None
    cache_tokens_details: list[ModalityTokens] | None = None
    candidates_tokens_details: list[ModalityTokens] | None = None
    response_tokens_details: list[ModalityTokens] | None = None
    tool_use_prompt_tokens_details: list[ModalityTokens] | None = None
    total_token_count: Tokens = None
    service_tier: Word = None
    traffic_type: Word = None


class Response(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A response without what it says."""

    usage_metadata: UsageMetadata
    model_version: Name = None
    response_id: Name = None
