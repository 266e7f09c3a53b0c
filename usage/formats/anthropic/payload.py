"""The known fields of a message of the Messages API.

After the API reference (platform.claude.com/docs/en/api/messages, "usage") and the pages on prompt caching, the web
search tool, fast mode and compaction.
"""

from msgspec import Struct

from usage.formats.numbers import Calls, Name, Tokens, Word


class CacheCreation(Struct, frozen=True, omit_defaults=True):
    """The tokens written to the cache, by how long they are kept."""

    ephemeral_5m_input_tokens: Tokens = None
    ephemeral_1h_input_tokens: Tokens = None


class ServerToolUse(Struct, frozen=True, omit_defaults=True):
    """Tools that ran at the provider. Fetching pages costs nothing beside the tokens."""

    web_search_requests: Calls = None


class OutputDetails(Struct, frozen=True, omit_defaults=True):
    thinking_tokens: Tokens = None


class Iteration(Struct, frozen=True, omit_defaults=True):
    """One sampling of several behind a message."""

    type: Word = None
    input_tokens: Tokens = None
    cache_creation_input_tokens: Tokens = None
    cache_read_input_tokens: Tokens = None
    cache_creation: CacheCreation | None = None
    output_tokens: Tokens = None


class Usage(Struct, frozen=True, omit_defaults=True):
    input_tokens: Tokens = None
    cache_creation_input_tokens: Tokens = None
    cache_read_input_tokens: Tokens = None
    cache_creation: CacheCreation | None = None
    output_tokens: Tokens = None
    output_tokens_details: OutputDetails | None = None
    server_tool_use: ServerToolUse | None = None
    service_tier: Word = None
    speed: Word = None
    iterations: list[Iteration] | None = None


class Response(Struct, frozen=True, omit_defaults=True):
    """A message without what it says."""

    usage: Usage
    id: Name = None
    model: Name = None
