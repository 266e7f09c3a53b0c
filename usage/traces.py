"""Public traces of model calls, read as one kind of record. Pure: lines in, frozen records out.

Two formats: the Azure LLM inference traces (CSV: TIMESTAMP, ContextTokens, GeneratedTokens) and the Mooncake
traces (JSON lines: timestamp in milliseconds, input_length, output_length, hash_ids of the prompt's blocks of
512 tokens).
"""

import csv
import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Annotated, Final

import msgspec
from django.utils.translation import gettext as _
from msgspec import Meta, Struct

BLOCK_TOKENS: Final = 512
LONGEST_LINE: Final = 16 * 1024 * 1024
"""Characters. A trace has no such line; something else has, and should not fill the memory."""

UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Where a trace begins that counts time from its own start."""

_AZURE_COLUMNS: Final = ("TIMESTAMP", "ContextTokens", "GeneratedTokens")
_MOST_TOKENS: Final = 1_000_000_000_000
_Tokens = Annotated[int, Meta(ge=0, le=_MOST_TOKENS)]


class TraceFormat(enum.StrEnum):
    """The kinds of trace that can be read."""

    AZURE = "azure"
    MOONCAKE = "mooncake"

    @property
    def is_dated(self) -> bool:
        """Whether its moments are real ones; others count from ``UNDATED``."""
        return self is TraceFormat.AZURE


class TraceError(ValueError):
    """A line is not what its format says. The message is a sentence that names the line."""


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """One model call of a trace. ``input_tokens`` include the cached ones; ``line`` counts from 1."""

    line: int
    moment: datetime
    input_tokens: int
    cache_read_input_tokens: int
    output_tokens: int


class _MooncakeRow(Struct):
    timestamp: Annotated[int, Meta(ge=0, le=10**13)]
    input_length: _Tokens
    output_length: _Tokens
    hash_ids: list[int]


def detect_format(first_line: str) -> TraceFormat:
    """What a file's first line says about its format. Raises ``TraceError``."""
    if first_line.lstrip().startswith("{"):
        return TraceFormat.MOONCAKE
    if _columns(first_line) >= set(_AZURE_COLUMNS):
        return TraceFormat.AZURE
    raise TraceError(
        _(
            "Line 1 is neither the header of an Azure trace (%(columns)s) nor a JSON object of a "
            "Mooncake trace."
        )
        % {"columns": ", ".join(_AZURE_COLUMNS)}
    )


def read_trace(lines: Iterable[str], trace_format: TraceFormat | None = None) -> Iterator[TraceRequest]:
    """The requests in file order; without a format the first line decides. Raises ``TraceError``."""
    lines = iter(lines)
    first = next(lines, "")
    if not first.strip():
        raise TraceError(_("Line 1 is empty; a trace begins there."))
    found = trace_format or detect_format(first)
    reader = _read_azure if found is TraceFormat.AZURE else _read_mooncake
    yield from reader(chain([first], lines))


def _columns(line: str) -> set[str]:
    return {name.strip() for name in line.lstrip("\ufeff").split(",")}


def _read_azure(lines: Iterator[str]) -> Iterator[TraceRequest]:
    header = [name.strip() for name in next(lines).lstrip("\ufeff").split(",")]
    missing = [name for name in _AZURE_COLUMNS if name not in header]
    if missing:
        raise TraceError(_("Line 1 lacks the columns %(names)s.") % {"names": ", ".join(missing)})
    positions = [header.index(name) for name in _AZURE_COLUMNS]
    for number, line in _numbered(lines, first=2):
        fields = next(csv.reader([line]))
        try:
            moment, context, generated = (fields[position] for position in positions)
            request = TraceRequest(number, _moment(moment), _tokens(context), 0, _tokens(generated))
        except (ValueError, IndexError) as error:
            raise TraceError(
                _("Line %(line)s is not a request of an Azure trace: %(text)s")
                % {"line": number, "text": line.strip()[:80]}
            ) from error
        yield request


def _read_mooncake(lines: Iterator[str]) -> Iterator[TraceRequest]:
    decode = msgspec.json.Decoder(_MooncakeRow).decode
    seen: set[int] = set()
    for number, line in _numbered(lines, first=1):
        try:
            row = decode(line)
        except msgspec.DecodeError as error:
            raise TraceError(
                _("Line %(line)s is not a request of a Mooncake trace: %(reason)s")
                % {"line": number, "reason": str(error)}
            ) from error
        cached = cached_tokens(row.hash_ids, input_tokens=row.input_length, seen=seen)
        seen.update(row.hash_ids)
        moment = UNDATED + timedelta(milliseconds=row.timestamp)
        yield TraceRequest(number, moment, row.input_length, cached, row.output_length)


def cached_tokens(blocks: list[int], *, input_tokens: int, seen: set[int]) -> int:
    """How many tokens of a prompt lie in blocks that an earlier request had.

    Blocks have 512 tokens, the last one what is left of the input.
    """
    return sum(
        min(BLOCK_TOKENS, max(0, input_tokens - position * BLOCK_TOKENS))
        for position, block in enumerate(blocks)
        if block in seen
    )


def _numbered(lines: Iterator[str], *, first: int) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers."""
    for number, line in enumerate(lines, first):
        if len(line) >= LONGEST_LINE:
            raise TraceError(_("Line %(line)s is too long for a trace.") % {"line": number})
        if line.strip():
            yield number, line


def _moment(text: str) -> datetime:
    """Azure's moments name no zone and mean UTC; their tenths of microseconds are cut off."""
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _tokens(text: str) -> int:
    # int() alone would let "1_000" and "+5" pass.
    if not (text.strip().isascii() and text.strip().isdigit()):
        raise ValueError(text)
    if (tokens := int(text[:20])) > _MOST_TOKENS:
        raise ValueError(text)
    return tokens
