"""Rules between the fields of an event. Each part must fit into the whole that it is a part of."""

from typing import Final, NamedTuple

import msgspec

from usage.enums import Correction
from usage.events import Event

_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9990
_RESERVED_PREFIXES: Final = tuple(f"{kind.value}:" for kind in Correction if kind.value)


class Fault(NamedTuple):
    """What is wrong with an event: the field, and a sentence for the person who sends it."""

    field: str
    reason: str


def find_fault(event: Event) -> Fault | None:
    """The first rule that ``event`` breaks, or None. Types and single ranges were checked while decoding."""
    if event.transaction_id.startswith(_RESERVED_PREFIXES):
        reserved = event.transaction_id.partition(":")[0]
        return Fault("transaction_id", f"starts with {reserved}:, which is reserved for corrections")
    if not _FIRST_YEAR <= event.occurred_at.year <= _LAST_YEAR:
        return Fault("occurred_at", f"lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    cached = event.cache_read_input_tokens + event.cache_creation_input_tokens
    if cached + event.audio_input_tokens + event.image_input_tokens > event.input_tokens:
        return Fault(
            "input_tokens", "must include cached, cache-write, audio and image tokens, whose sum is larger"
        )
    if event.cache_creation_1h_input_tokens > event.cache_creation_input_tokens:
        return Fault(
            "cache_creation_1h_input_tokens", "is part of cache_creation_input_tokens and cannot be larger"
        )
    if event.reasoning_output_tokens + event.audio_output_tokens > event.output_tokens:
        return Fault("output_tokens", "must include reasoning and audio tokens, whose sum is larger")
    if event.tool_call_tokens > event.output_tokens:
        return Fault("tool_call_tokens", "is part of output_tokens and cannot be larger")
    if event.composition is not None and event.composition.total() > event.input_tokens:
        return Fault("composition", "its parts add up to more than input_tokens")
    if event.files and (fault := _find_file_fault(event)):
        return fault
    if len(event.tools) > 1 and len({tool.name for tool in event.tools}) < len(event.tools):
        return Fault("tools", "names a tool twice")
    return None


def _find_file_fault(event: Event) -> Fault | None:
    for index, file in enumerate(event.files):
        if file.cache_read_tokens > file.tokens:
            return Fault(f"files.{index}.cache_read_tokens", "is part of tokens and cannot be larger")
    if sum(file.tokens for file in event.files) > event.input_tokens:
        return Fault("files", "their tokens add up to more than input_tokens")
    if sum(file.cache_read_tokens for file in event.files) > event.cache_read_input_tokens:
        return Fault("files", "their cached tokens add up to more than cache_read_input_tokens")
    if len({file.file_id for file in event.files}) < len(event.files):
        return Fault("files", "names a file twice")
    return None


def find_forbidden_text(event: Event) -> Fault | None:
    """A field that holds the NUL character, which no database text can hold. Called only where one was seen."""
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, str) and "\0" in value:
            return Fault(name, "holds the NUL character")
    for index, tool in enumerate(event.tools):
        if "\0" in tool.name:
            return Fault(f"tools.{index}.name", "holds the NUL character")
    if event.usage is not None and b"\\u0000" in msgspec.json.encode(event.usage):
        return Fault("usage", "holds the NUL character")
    for index, file in enumerate(event.files):
        if "\0" in file.file_id + file.name:
            return Fault(f"files.{index}", "holds the NUL character")
    return None
