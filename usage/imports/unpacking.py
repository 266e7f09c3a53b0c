"""Bytes of a file → its lines. Everything is bounded: what is unpacked, and what is held of one line."""

import codecs
import io
import zlib
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from usage.imports.limits import LONGEST_RECORD, MAX_UNPACKED

GZIP: Final = b"\x1f\x8b"
_PIECE: Final = 256 * 1024


class FileFault(ValueError):
    """The file as a whole cannot be read. The message is a sentence for the person who brought it."""


class Line(NamedTuple):
    """A line without its end. ``is_whole`` is False where it is longer than a row may be; the rest is left out."""

    number: int
    text: str
    is_whole: bool = True


def unpacked(chunks: Iterable[bytes], *, limit: int = MAX_UNPACKED) -> Iterator[bytes]:
    """The bytes themselves, or what is packed in them, in pieces; any number of gzip members one after another.

    Raises ``FileFault`` for broken gzip and for more than ``limit`` bytes.
    """
    chunks = iter(chunks)
    first = next(chunks, b"")
    while 0 < len(first) < len(GZIP) and (more := next(chunks, b"")):
        first += more
    pieces = _chained(first, chunks)
    total = 0
    for piece in _inflated(pieces) if first.startswith(GZIP) else pieces:
        total += len(piece)
        if total > limit:
            raise FileFault(_("The file holds more than %(limit)s MB.") % {"limit": limit // 1024**2})
        yield piece


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            left = chunk
            while left:
                if member.eof:
                    # Some programs fill up with zeros behind the last member.
                    if not (left := left.lstrip(b"\0")):
                        break
                    member = zlib.decompressobj(wbits=31)
                if piece := member.decompress(left, _PIECE):
                    yield piece
                left = member.unused_data if member.eof else member.unconsumed_tail
    except zlib.error as error:
        raise FileFault(_("The gzip file is damaged: %(reason)s") % {"reason": str(error)}) from None
    if not member.eof:
        raise FileFault(_("The gzip file ends too early; it was not uploaded or written in full."))


def decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Text with every line ended by a line feed, without a byte order mark.

    A byte that the encoding does not have becomes a lone surrogate, which no valid row can hold: the row is at
    fault, not the file. UTF-16 raises ``FileFault`` instead, since nothing behind a broken pair can be trusted.
    """
    errors = "strict" if encoding.startswith("utf-16") else "surrogateescape"
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(errors), translate=True)
    try:
        for chunk in chunks:
            if text := decoder.decode(chunk):
                yield text
        if text := decoder.decode(b"", final=True):
            yield text
    except UnicodeError as error:
        raise FileFault(
            _("The file is not %(encoding)s: %(reason)s") % {"encoding": encoding, "reason": str(error)}
        ) from None


def lines(texts: Iterable[str], *, longest: int = LONGEST_RECORD) -> Iterator[Line]:
    """The lines with their numbers from 1 on, never more than ``longest`` characters of one."""
    number, held, is_whole = 1, "", True
    for text in texts:
        *ended, rest = text.split("\n")
        for part in ended:
            whole = held + part if is_whole else held
            yield Line(number, whole[:longest], is_whole and len(whole) <= longest)
            number, held, is_whole = number + 1, "", True
        if is_whole:
            held += rest
            if len(held) > longest:
                held, is_whole = held[:longest], False
    if held:
        yield Line(number, held, is_whole)
