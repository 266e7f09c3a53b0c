"""Which attributes of spans say what: the names of today first, those of earlier conventions and of others behind."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Place(NamedTuple):
    """What an attribute says, and how far down it stands among those that say the same: the lowest counts."""

    field: str
    rank: int


# Fields in capital letters only decide what kind of span it is.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "OPERATION": ("gen_ai.operation.name",),
    "KIND": ("openinference.span.kind",),
    "WRAPPER": ("traceloop.span.kind",),
    "REQUEST_TYPE": ("llm.request.type",),
    "AROUND": ("gen_ai.agent.name", "gen_ai.agent.id", "gen_ai.workflow.name", "gen_ai.tool.name"),
    "provider_name": ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "llm.vendor"),
    "request_model": (
        "gen_ai.request.model",
        "llm.request.model_name",
        "llm.request.model",
        "llm.model_name",
        "embedding.model_name",
    ),
    "response_model": ("gen_ai.response.model", "llm.response.model_name", "llm.response.model"),
    "response_id": ("gen_ai.response.id", "llm.response.id"),
    "conversation_id": ("token_ledger.conversation_id", "gen_ai.conversation.id", "session.id"),
    "message_id": ("token_ledger.message_id",),
    "member_id": ("token_ledger.member_id", "user.id", "enduser.id", "usage.user.id"),
    "department_id": ("token_ledger.department_id",),
    "project_id": ("token_ledger.project_id",),
    "integration_id": ("token_ledger.integration_id", "service.name"),
    "feature": ("token_ledger.feature",),
    "platform": ("token_ledger.platform",),
    "hold_id": ("token_ledger.hold_id",),
    "service_tier": ("openai.response.service_tier", "gen_ai.openai.response.service_tier"),
    "error_type": ("error.type",),
    "first_token_seconds": (
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.response.time_to_first_token",
        "gen_ai.server.time_to_first_token",
    ),
    "input_tokens": (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.token_count.prompt",
        "llm.usage.prompt_tokens",
        "prompt_tokens",
    ),
    "output_tokens": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.token_count.completion",
        "llm.usage.completion_tokens",
        "completion_tokens",
    ),
    "cache_read_input_tokens": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.details.cache_read_tokens",
        "gen_ai.usage.details.cache_read_input_tokens",
        "gen_ai.usage.details.cached_tokens",
        "llm.token_count.prompt_details.cache_read",
        "llm.usage.cache_read_input_tokens",
    ),
    "cache_creation_input_tokens": (
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.cache_write_input_tokens",
        "gen_ai.usage.details.cache_write_tokens",
        "gen_ai.usage.details.cache_creation_input_tokens",
        "llm.token_count.prompt_details.cache_write",
        "llm.usage.cache_creation_input_tokens",
    ),
    "reasoning_output_tokens": (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.details.reasoning_tokens",
        "llm.token_count.completion_details.reasoning",
        "llm.usage.reasoning_tokens",
    ),
    "audio_input_tokens": (
        "gen_ai.usage.audio.input_tokens",
        "gen_ai.usage.details.input_audio_tokens",
        "llm.token_count.prompt_details.audio",
    ),
    "cached_audio_tokens": ("gen_ai.usage.audio.cache_read.input_tokens",),
    "image_input_tokens": ("gen_ai.usage.image.input_tokens",),
    "cached_image_tokens": ("gen_ai.usage.image.cache_read.input_tokens",),
    "audio_output_tokens": (
        "gen_ai.usage.audio.output_tokens",
        "gen_ai.usage.details.output_audio_tokens",
        "llm.token_count.completion_details.audio",
    ),
}

OF_RESOURCES: Final = frozenset(
    ("member_id", "department_id", "project_id", "integration_id", "feature", "platform", "conversation_id")
)
"""What the resource may say for all of its spans."""

PLACES: Final[Mapping[str, Place]] = {
    name: Place(field, rank) for field, names in NAMES.items() for rank, name in enumerate(names)
}
COUNTS: Final = frozenset(field for field in NAMES if field.endswith("_tokens"))
"""Fields that hold a whole number of tokens."""

INFERENCE: Final[Mapping[str, str]] = {
    name: name
    for name in (
        "chat",
        "text_completion",
        "generate_content",
        "embeddings",
        "image_generation",
        "speech",
        "transcription",
    )
} | {
    "completion": "text_completion",
    "embedding": "embeddings",
    "responses": "chat",
    "acompletion": "chat",
    "aresponses": "chat",
    "atext_completion": "text_completion",
    "aembedding": "embeddings",
}
"""Operations that are one call of a model, in the words of several conventions → in those of today."""

INFERENCE_KINDS: Final[Mapping[str, str]] = {"LLM": "chat", "EMBEDDING": "embeddings"}
"""OpenInference's kinds of spans that are one call of a model."""
