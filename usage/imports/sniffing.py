"""What kind of file it is: format, encoding, delimiter, columns. Says what it is not, in words that help."""

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from usage.imports.limits import MAX_COLUMNS, SAMPLE_BYTES
from usage.imports.unpacking import FileFault, decoded, lines

DELIMITERS: Final = (",", ";", "\t", "|")
ENCODINGS: Final = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1")
"""What can be chosen. The first reads UTF-8 with and without a byte order mark."""
_UNDEFINED_IN_1252: Final = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")
_SIGNATURES: Final = (
    (b"PK\x03\x04", gettext_lazy("This is a workbook or a zip file. Save the sheet as CSV first.")),
    (b"\xd0\xcf\x11\xe0", gettext_lazy("This is an old Excel workbook. Save the sheet as CSV first.")),
    (b"PAR1", gettext_lazy("This is a Parquet file. Write it as CSV or JSON lines first.")),
    (b"%PDF", gettext_lazy("This is a PDF.")),
)
_SAMPLED_LINES: Final = 40


class FileFormat(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be read; ``columns`` are its header, or the fields found in the first JSON lines."""

    kind: Literal["csv", "jsonl"]
    encoding: str
    delimiter: str = ","
    columns: tuple[str, ...] = ()


class EncodingWatch:
    """Finds the encoding of bytes that pass by, whole: one name in Windows-1252 may stand in the last line."""

    def __init__(self) -> None:
        self._head = b""
        self._utf8: Any = codecs.getincrementaldecoder("utf-8")()
        self._is_utf8 = True
        self._is_1252 = True

    def see(self, chunk: bytes) -> None:
        if len(self._head) < SAMPLE_BYTES:
            self._head += chunk[: SAMPLE_BYTES - len(self._head)]
        if self._is_utf8:
            try:
                self._utf8.decode(chunk)
            except UnicodeDecodeError:
                self._is_utf8 = False
        self._is_1252 = self._is_1252 and not any(byte in chunk for byte in _UNDEFINED_IN_1252)

    def encoding(self) -> str:
        """One of ``ENCODINGS``. Raises ``FileFault`` for what is no text."""
        head = self._head
        for signature, sentence in _SIGNATURES:
            if head.startswith(signature):
                raise FileFault(str(sentence))
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if wide := _wide_encoding(head):
            return wide
        if _is_binary(head):
            raise FileFault(_("This is no text file. Usage files are CSV or JSON lines, plain or gzipped."))
        if self._is_utf8:
            return "utf-8-sig"
        return "cp1252" if self._is_1252 else "latin-1"


def _wide_encoding(head: bytes) -> str:
    """UTF-16 without a mark: of text in our alphabet every second byte is NUL."""
    sample = head[:4096]
    half = len(sample) // 2
    if half < 2:
        return ""
    if sample[1::2].count(0) > half * 0.8 and not sample[::2].count(0):
        return "utf-16-le"
    if sample[::2].count(0) > half * 0.8 and not sample[1::2].count(0):
        return "utf-16-be"
    return ""


def _is_binary(head: bytes) -> bool:
    odd = sum(head.count(bytes([byte])) for byte in range(32) if byte not in (9, 10, 12, 13))
    return odd > max(8, len(head) // 20)


def sniff(sample: Sequence[bytes], encoding: str) -> FileFormat:
    """The format of a file by its beginning. Raises ``FileFault`` when it has none that can be read."""
    texts = [line.text for line in lines(_tolerant(sample, encoding)) if line.text.strip()][:_SAMPLED_LINES]
    if not texts:
        raise FileFault(_("The file is empty."))
    first = texts[0].lstrip()
    if first.startswith("["):
        raise FileFault(_("This is one JSON array. Write one JSON object per line; “jq -c '.[]'” does that."))
    if first.startswith("{"):
        return FileFormat(kind="jsonl", encoding=encoding)
    delimiter = find_delimiter(texts)
    return FileFormat(
        kind="csv", encoding=encoding, delimiter=delimiter, columns=header_columns(texts, delimiter)
    )


def _tolerant(sample: Sequence[bytes], encoding: str) -> Iterator[str]:
    """The sample may end in the middle of a character; its last line does not matter."""
    try:
        yield from decoded(sample, encoding)
    except FileFault:
        return


def find_delimiter(texts: Sequence[str]) -> str:
    """The sign that divides the header, and the rows below alike, into the most cells."""

    def score(delimiter: str) -> tuple[int, int]:
        counts = [len(row) for row in _rows(texts, delimiter)]
        if not counts or counts[0] < 2:
            return 0, 0
        return sum(count == counts[0] for count in counts) * 100 // len(counts), counts[0]

    return max(DELIMITERS, key=score)


def _rows(texts: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader((f"{text}\n" for text in texts), delimiter=delimiter)
    except csv.Error:
        return


def header_columns(texts: Sequence[str], delimiter: str) -> tuple[str, ...]:
    """The names in the header, the first row of ``texts``, each made different from the ones before it.

    Raises ``FileFault`` for a header without names or with too many.
    """
    names = next(_rows(texts, delimiter), [])
    if not any(name.strip() for name in names):
        raise FileFault(_("The first line names no columns."))
    if len(names) > MAX_COLUMNS:
        raise FileFault(_("The first line names more than %(most)s columns.") % {"most": MAX_COLUMNS})
    if all(_is_figure(name) for name in names):
        raise FileFault(_("The first line holds figures, not the names of columns."))
    taken: dict[str, int] = {}
    columns = []
    for position, name in enumerate(names, start=1):
        plain = " ".join(name.replace("\0", " ").split())[:200] or _("column %(number)s") % {
            "number": position
        }
        taken[plain] = taken.get(plain, 0) + 1
        columns.append(plain if taken[plain] == 1 else f"{plain} ({taken[plain]})")
    return tuple(columns)


def _is_figure(name: str) -> bool:
    return bool(name.strip()) and name.strip().replace(".", "", 1).replace("-", "", 1).isdigit()
