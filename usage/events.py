"""The native event format: what a client may send, decoded and checked by msgspec.

Unknown fields are ignored and message content is not a field, so neither can be stored. Every quantity is a
whole number of tokens, calls, seconds or milliseconds. ``docs/ingest.md`` explains the fields for clients.

Nothing here can refer back to itself, so the garbage collector need not look at it (``gc=False``).
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

Identifier = Annotated[str, Meta(min_length=1, max_length=200)]
OptionalIdentifier = Annotated[str, Meta(max_length=200)]
Label = Annotated[str, Meta(max_length=100)]
ShortLabel = Annotated[str, Meta(max_length=40)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000_000)]
CallCount = Annotated[int, Meta(ge=0, le=1_000_000)]
Instant = Annotated[datetime, Meta(tz=True)]
# The end is told by what does not follow: "$" would let a line feed through.
Dollars = Annotated[str, Meta(pattern=r"^((0|[1-9][0-9]{0,11})(\.[0-9]{1,15})?)?(?![\s\S])", max_length=28)]


class ToolUse(Struct, frozen=True, omit_defaults=True, gc=False):
    """One tool of an event: how often it ran, and the tokens of input and output that were its doing."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    calls: CallCount = 1
    tokens: Count = 0


class FileReference(Struct, frozen=True, omit_defaults=True, gc=False):
    """One file that an event read: the input tokens it took, and how many of them came from the cache.

    ``processed`` marks the call that extracted the file's text; its cost is the file's processing cost.
    """

    file_id: Identifier
    name: OptionalIdentifier = ""
    size_bytes: Count = 0
    extracted_tokens: Count = 0
    tokens: Count = 0
    cache_read_tokens: Count = 0
    processed: bool = False


class Composition(Struct, frozen=True, omit_defaults=True, gc=False):
    """What the input was made of, in tokens. What is missing to the input is shown as "other"."""

    user_text: Count = 0
    context: Count = 0
    files: Count = 0
    system: Count = 0
    tool_results: Count = 0

    def total(self) -> int:
        return self.user_text + self.context + self.files + self.system + self.tool_results


class Event(Struct, frozen=True, omit_defaults=True, gc=False):
    """One model call as a client reports it.

    ``input_tokens`` include cached ones and cache writes, ``output_tokens`` include reasoning;
    ``cache_creation_1h_input_tokens`` are part of ``cache_creation_input_tokens``. ``usage``, the
    provider's own usage object, stands in for the tokens; ``usage.formats.raw_usage`` reads it.
    """

    transaction_id: Identifier
    occurred_at: Instant
    provider_name: Label = ""
    request_model: OptionalIdentifier = ""
    response_model: OptionalIdentifier = ""
    response_id: OptionalIdentifier = ""
    operation_name: Label = ""
    service_tier: ShortLabel = ""
    conversation_id: OptionalIdentifier = ""
    conversation_title: OptionalIdentifier = ""
    message_id: OptionalIdentifier = ""
    member_id: OptionalIdentifier = ""
    department_id: OptionalIdentifier = ""
    project_id: OptionalIdentifier = ""
    integration_id: OptionalIdentifier = ""
    feature: Label = ""
    platform: ShortLabel = ""
    error_type: Label = ""
    hold_id: UUID | None = None
    calls: CallCount = 1
    duration_ms: Count = 0
    time_to_first_token_ms: Count | None = None
    input_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    cache_creation_input_tokens: Count = 0
    cache_creation_1h_input_tokens: Count = 0
    audio_input_tokens: Count = 0
    image_input_tokens: Count = 0
    output_tokens: Count = 0
    reasoning_output_tokens: Count = 0
    audio_output_tokens: Count = 0
    audio_seconds: Count = 0
    web_search_calls: CallCount = 0
    code_run_calls: CallCount = 0
    tool_call_tokens: Count = 0
    composition: Composition | None = None
    tools: Annotated[list[ToolUse], Meta(max_length=50)] = []
    files: Annotated[list[FileReference], Meta(max_length=50)] = []
    reported_cost: Dollars = ""
    usage: dict[str, Any] | None = None
