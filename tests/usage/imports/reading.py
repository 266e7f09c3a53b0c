"""Reads a file in memory as an import would."""

from typing import Any

import msgspec

from usage.imports.mapping import find_mapping_faults, suggest_mapping
from usage.imports.records import json_columns, read_records
from usage.imports.rows import ReadRow, RowReader
from usage.imports.sniffing import EncodingWatch, FileFormat, sniff
from usage.imports.unpacking import decoded, lines, unpacked


def find_format(content: bytes) -> FileFormat:
    watch = EncodingWatch()
    pieces = list(unpacked([content]))
    for piece in pieces:
        watch.see(piece)
    form = sniff(pieces, watch.encoding())
    if form.kind == "jsonl":
        records = read_records(lines(decoded(pieces, form.encoding)), form)
        form = msgspec.structs.replace(form, columns=json_columns(record.cells for record in records))
    return form


def read(content: bytes, **mapping: Any) -> list[ReadRow]:
    """All rows, mapped as the names of the columns suggest."""
    form = find_format(content)
    chosen = msgspec.structs.replace(suggest_mapping(form.columns, time_zone="UTC"), **mapping)
    assert find_mapping_faults(chosen, form.columns) == []
    reader = RowReader(form=form, mapping=chosen)
    texts = decoded(unpacked([content]), form.encoding)
    return [reader.read(record) for record in read_records(lines(texts), form)]
