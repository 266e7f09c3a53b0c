"""Lines → records: the cells of a row by column, or what is wrong with the row. One bad row spoils no other."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from django.utils.translation import gettext as _

from usage.imports.limits import LONGEST_RECORD, MAX_COLUMNS, MAX_MISREAD
from usage.imports.sniffing import FileFormat
from usage.imports.unpacking import FileFault, Line
from usage.validation import Fault

_decoder = msgspec.json.Decoder()
_DEEPEST: Final = 4


class Record(NamedTuple):
    """A row: the line that it begins on, and its cells by column, or its fault."""

    line: int
    cells: Mapping[str, Any]
    fault: Fault | None = None


def read_records(lines: Iterable[Line], form: FileFormat) -> Iterator[Record]:
    """The rows below the header, or one per JSON line; blank lines are no rows. Raises ``FileFault``."""
    return _csv_records(lines, form) if form.kind == "csv" else _json_records(lines)


class _Feed:
    """Gives lines to the CSV reader and remembers which of them the row at hand has taken."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._again: deque[Line] = deque()
        self._misread = 0
        self._length = 0
        self.taken: list[Line] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        self._length += len(line.text) + 1
        if not line.is_whole or self._length > LONGEST_RECORD:
            raise csv.Error(_("is longer than a row may be"))
        if "\0" in line.text:
            raise csv.Error(_("holds the NUL character"))
        return f"{line.text}\n"

    def begin(self) -> None:
        self.taken, self._length = [], 0

    def give_back(self) -> None:
        """The row at hand is none: what it took behind its first line is read again as rows of its own."""
        self._misread += self._length
        if self._misread > MAX_MISREAD:
            raise FileFault(_("The quotes in this file do not fit together."))
        self._again.extendleft(reversed(self.taken[1:]))


def _csv_records(lines: Iterable[Line], form: FileFormat) -> Iterator[Record]:
    csv.field_size_limit(LONGEST_RECORD)
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=form.delimiter, strict=True)
    is_header = True
    while True:
        feed.begin()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            feed.give_back()
            # The reader holds what it has read of the row; a new one begins with the next line.
            reader = csv.reader(feed, delimiter=form.delimiter, strict=True)
            is_header = _checked_header(feed, is_header)
            yield Record(feed.taken[0].number, {}, Fault("row", str(error)))
            continue
        if not any(cell.strip() for cell in row):
            continue
        if is_header:
            is_header = False
            continue
        yield _csv_record(feed.taken[0].number, row, form.columns)


def _checked_header(feed: _Feed, is_header: bool) -> bool:
    if is_header:
        raise FileFault(_("The first line names no columns."))
    return False


def _csv_record(number: int, row: list[str], columns: tuple[str, ...]) -> Record:
    if len(row) > len(columns) and not any(cell.strip() for cell in row[len(columns) :]):
        row = row[: len(columns)]
    if len(row) != len(columns):
        reason = _("has %(cells)s cells where the header has %(columns)s") % {
            "cells": len(row),
            "columns": len(columns),
        }
        return Record(number, {}, Fault("row", reason))
    return Record(
        number, {column: cell for column, text in zip(columns, row, strict=True) if (cell := text.strip())}
    )


def _json_records(lines: Iterable[Line]) -> Iterator[Record]:
    for line in lines:
        if line.is_whole and not line.text.strip():
            continue
        yield _json_record(line)


def _json_record(line: Line) -> Record:
    if not line.is_whole:
        return Record(line.number, {}, Fault("row", _("is longer than a row may be")))
    try:
        found = _decoder.decode(line.text)
    except UnicodeError:
        return Record(line.number, {}, Fault("row", _("holds bytes that the file's encoding does not have")))
    except msgspec.DecodeError as error:
        return Record(line.number, {}, Fault("row", _("is no JSON: %(reason)s") % {"reason": str(error)}))
    except RecursionError:
        return Record(line.number, {}, Fault("row", _("is nested too deeply")))
    if not isinstance(found, dict):
        return Record(line.number, {}, Fault("row", _("is no JSON object")))
    return Record(line.number, found)


def json_value(cells: Mapping[str, Any], column: str) -> Any:
    """The value of a column of a JSON row: by its own name, or step by step, as in ``usage.prompt_tokens``."""
    if column in cells:
        return cells[column]
    found: Any = cells
    for step in column.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return None
        found = found[step]
    return found


def json_columns(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The columns of JSON rows in the order in which they appear: names of values, objects step by step."""
    names: dict[str, None] = {}
    for row in rows:
        for name in _paths(row, "", _DEEPEST):
            names.setdefault(name)
    return tuple(names)[:MAX_COLUMNS]


def _paths(value: Mapping[str, Any], prefix: str, depth: int) -> Iterator[str]:
    for key, inner in value.items():
        name = f"{prefix}{key}"
        yield name
        if isinstance(inner, dict) and depth:
            yield from _paths(inner, f"{name}.", depth - 1)
