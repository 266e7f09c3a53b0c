"""What the input and the output of a message are made of: parts that add up to it exactly. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from usage.figures import share_of


class PartKind(StrEnum):
    """The parts that a message's tokens are told apart by."""

    USER_TEXT = "user_text"
    CONTEXT = "context"
    FILES = "files"
    SYSTEM = "system"
    TOOL_RESULTS = "tool_results"
    OTHER = "other"
    ANSWER = "answer"
    REASONING = "reasoning"
    AUDIO = "audio"
    TOOL_CALLS = "tool_calls"


PART_NAMES: Final[Mapping[PartKind, Promise]] = {
    PartKind.USER_TEXT: _("User's text"),
    PartKind.CONTEXT: _("Conversation so far"),
    PartKind.FILES: _("Files"),
    PartKind.SYSTEM: _("System prompt"),
    PartKind.TOOL_RESULTS: _("Tool results"),
    PartKind.OTHER: _("Other: the client did not say"),
    PartKind.ANSWER: _("Answer"),
    PartKind.REASONING: _("Reasoning"),
    PartKind.AUDIO: _("Audio"),
    PartKind.TOOL_CALLS: _("Tool calls"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part. ``share`` is per cent with one decimal; of all parts, rounded for itself."""

    kind: PartKind
    tokens: int
    share: Decimal | None

    @property
    def name(self) -> Promise:
        return PART_NAMES[self.kind]


class Composed(Protocol):
    """The counts of a message, as ``usage.queries.messages.MessageDetail`` has them."""

    @property
    def input_tokens(self) -> int: ...

    @property
    def user_text_tokens(self) -> int: ...

    @property
    def context_tokens(self) -> int: ...

    @property
    def file_tokens(self) -> int: ...

    @property
    def system_tokens(self) -> int: ...

    @property
    def tool_result_tokens(self) -> int: ...

    @property
    def other_tokens(self) -> int: ...

    @property
    def output_tokens(self) -> int: ...

    @property
    def reasoning_output_tokens(self) -> int: ...

    @property
    def audio_output_tokens(self) -> int: ...

    @property
    def tool_call_tokens(self) -> int: ...


def input_parts(message: Composed) -> tuple[Part, ...]:
    """What the input is made of, the largest part first; together ``input_tokens`` exactly."""
    return _parts(
        (
            (PartKind.USER_TEXT, message.user_text_tokens),
            (PartKind.CONTEXT, message.context_tokens),
            (PartKind.FILES, message.file_tokens),
            (PartKind.SYSTEM, message.system_tokens),
            (PartKind.TOOL_RESULTS, message.tool_result_tokens),
            (PartKind.OTHER, message.other_tokens),
        )
    )


def output_parts(message: Composed) -> tuple[Part, ...]:
    """What the output is made of, the largest part first; together ``output_tokens`` exactly.

    Clients may count a tool call as reasoning too: it is then a part of the reasoning here, and no part of its own.
    """
    left = message.output_tokens
    found = []
    for kind, tokens in (
        (PartKind.REASONING, message.reasoning_output_tokens),
        (PartKind.AUDIO, message.audio_output_tokens),
        (PartKind.TOOL_CALLS, message.tool_call_tokens),
    ):
        part = min(tokens, left)
        found.append((kind, part))
        left -= part
    return _parts((*found, (PartKind.ANSWER, left)))


def _parts(found: Sequence[tuple[PartKind, int]]) -> tuple[Part, ...]:
    """The parts that are there, by size; "other" stands last, whatever its size."""
    there = [(kind, tokens) for kind, tokens in found if tokens]
    there.sort(key=lambda part: (part[0] is PartKind.OTHER, -part[1]))
    whole = sum(tokens for _kind, tokens in there)
    return tuple(Part(kind, tokens, share_of(tokens, whole)) for kind, tokens in there)
