"""The known fields of LiteLLM's ``StandardLoggingPayload``. Messages, answers and tool arguments are none of them.

After ``litellm/types/utils.py`` and recorded calls of litellm 1.106. What LiteLLM leaves empty is null there.
"""

from typing import Annotated, Any

from msgspec import Meta, Raw, Struct, field

Tokens = Annotated[int, Meta(ge=0, le=1_000_000_000_000)] | None
Seconds = Annotated[float, Meta(ge=0, le=1_000_000_000)] | None
Dollars = Annotated[float, Meta(ge=0, lt=1_000_000_000_000)] | None
Text = str | None


class CacheWrites(Struct, frozen=True):
    """Tokens written to the provider's cache, by how long they are kept there."""

    ephemeral_1h_input_tokens: Tokens = None


class CachedDetails(Struct, frozen=True):
    """What the cached tokens were."""

    audio_tokens: Tokens = None
    image_tokens: Tokens = None


class InputDetails(Struct, frozen=True):
    """Parts of the input, as OpenAI and Anthropic name them; they overlap."""

    cached_tokens: Tokens = None
    cache_write_tokens: Tokens = None
    cache_creation_tokens: Tokens = None
    cache_creation_token_details: CacheWrites | None = None
    cached_tokens_details: CachedDetails | None = None
    audio_tokens: Tokens = None
    image_tokens: Tokens = None
    web_search_requests: Tokens = None


class OutputDetails(Struct, frozen=True):
    """Parts of the output."""

    reasoning_tokens: Tokens = None
    audio_tokens: Tokens = None


class ServerTools(Struct, frozen=True):
    """What the provider did and charges by the call."""

    web_search_requests: Tokens = None


class Usage(Struct, frozen=True):
    """LiteLLM's own usage object, the same for all providers: ``prompt_tokens`` include cached ones."""

    prompt_tokens: Tokens = None
    completion_tokens: Tokens = None
    prompt_tokens_details: InputDetails | None = None
    completion_tokens_details: OutputDetails | None = None
    cache_read_input_tokens: Tokens = None
    cache_creation_input_tokens: Tokens = None
    server_tool_use: ServerTools | None = None
    service_tier: Text = None
    seconds: Seconds = None


class Metadata(Struct, frozen=True):
    """Who called, by the virtual key of the proxy, and what the client sent along."""

    user_api_key_user_id: Text = None
    user_api_key_team_id: Text = None
    user_api_key_project_id: Text = None
    user_api_key_org_id: Text = None
    user_api_key_end_user_id: Text = None
    spend_logs_metadata: dict[str, Any] | None = None
    requester_metadata: dict[str, Any] | None = None
    usage_object: Usage | None = None


class Hidden(Struct, frozen=True):
    """What LiteLLM sent to the provider."""

    litellm_model_name: Text = None


class Failure(Struct, frozen=True):
    """Why a call failed, without the provider's words: they may quote the prompt."""

    error_class: Text = None
    error_code: Any = None


class Response(Struct, frozen=True):
    """The answer without what it says."""

    id: Any = None
    model: Any = None
    service_tier: Any = None
    usage: Usage | None = None
    duration: Any = None


class Payload(Struct, frozen=True):
    """One call as LiteLLM's callbacks report it. Times are seconds since 1970."""

    id: Text
    start_time: float = field(name="startTime")
    end_time: float = field(name="endTime")
    call_type: Text = None
    status: Text = None
    model: Text = None
    model_group: Text = None
    custom_llm_provider: Text = None
    litellm_call_id: Text = None
    trace_id: Text = None
    session_id: Text = None
    first_token_time: float | None = field(name="completionStartTime", default=None)
    prompt_tokens: Tokens = None
    completion_tokens: Tokens = None
    response_cost: Dollars = None
    response_cost_failure_debug_info: Any = None
    cache_hit: bool | None = None
    end_user: Text = None
    request_tags: list[Any] | None = None
    metadata: Metadata | None = None
    hidden_params: Hidden | None = None
    error_information: Failure | None = None
    response: Response | str | list[Raw] | None = None
