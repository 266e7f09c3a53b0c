"""Files of every dialect and none: what they say is read, what they do not say is told."""

import codecs
import gzip
import io
import tracemalloc
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.real_data import REAL_DATA, needs_real_data
from tests.usage.imports.reading import find_format, read
from tests.usage.imports.scene import HEADER, as_csv, call
from usage.decoding import Rejected
from usage.events import Event
from usage.imports.limits import LONGEST_RECORD
from usage.imports.mapping import FieldMapping, suggest_mapping
from usage.imports.records import read_records
from usage.imports.rows import ReadRow, RowReader, VoidRow
from usage.imports.safe_csv import safe_cell, safe_csv
from usage.imports.sniffing import FileFormat
from usage.imports.unpacking import FileFault, decoded, lines, unpacked

BERLIN = ZoneInfo("Europe/Berlin")


def faults(rows: Iterable[ReadRow]) -> list[tuple[int, str, str]]:
    return [(row.line, *row.item.fault) for row in rows if isinstance(row.item, Rejected)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_dialects(delimiter: str, encoding: str, found: str, line_end: str) -> None:
    rows = [call(1, user="Jürgen"), call(2, user='a "quoted", name;\nwith | all\tof it')]
    content = as_csv(rows, delimiter=delimiter).decode().replace("\n", line_end).encode(encoding)
    form = find_format(content)
    assert (form.encoding, form.delimiter, form.columns) == (found, delimiter, tuple(HEADER.split(",")))
    events = [row.item for row in read(content)]
    assert [event.member_id for event in events] == ["Jürgen", 'a "quoted", name;\nwith | all\tof it']


def test_latin_1_where_windows_has_no_sign() -> None:
    assert find_format(as_csv([call(1)]) + "row-2,2026,\x81ü".encode("latin-1")).encoding == "latin-1"


def test_one_odd_byte_at_the_end_of_a_long_file_is_seen() -> None:
    content = as_csv(call(number) for number in range(9_000)) + as_csv([call(1, user="é")])[
        -60:
    ].decode().encode("cp1252")
    assert len(content) > 300_000
    assert find_format(content).encoding == "cp1252"


def test_rows_of_other_lengths_are_told_with_their_lines() -> None:
    content = as_csv([call(1)]) + b"\n  \nrow-2,too,short\n" + as_csv([call(3)]).splitlines()[1] + b",,\n"
    rows = read(content)
    assert faults(rows) == [(5, "row", "has 3 cells where the header has 7")]
    assert [row.line for row in rows] == [2, 5, 6]
    assert isinstance(rows[2].item, Event)


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    content = as_csv(call(number) for number in range(4)).replace(b"row-1", b'"row-1')
    rows = read(content)
    assert [row.transaction_id for row in rows] == ["row-0", "", "row-2", "row-3"]
    assert [line for line, _field, _reason in faults(rows)] == [3]


def test_a_line_of_ten_megabytes_costs_one_row() -> None:
    content = as_csv([call(1), call(2, user="x" * 10_000_000), call(3)])
    rows = read(content)
    assert faults(rows) == [(3, "row", "is longer than a row may be")]
    assert [row.transaction_id for row in rows] == ["row-1", "", "row-3"]
    content = b'{"transaction_id": "a", "occurred_at": "2026-05-01T00:00:00Z", "x": "%s"}\n{}' % (
        b"y" * 10_000_000
    )
    sample = find_format(b'{"occurred_at": 1}')
    reader = RowReader(form=sample, mapping=FieldMapping(columns={"occurred_at": "occurred_at"}))
    found = [reader.read(record) for record in read_records(lines(decoded([content], "utf-8-sig")), sample)]
    assert [reason for _line, _field, reason in faults(found)] == [
        "is longer than a row may be",
        "is missing",
    ]


def test_nul_and_broken_bytes_cost_one_row_each() -> None:
    content = as_csv([call(1, user="a\0b"), call(2), call(3, user="@@")]).replace(b"@@", b"\xff\xfe")
    form = FileFormat(kind="csv", encoding="utf-8-sig", columns=tuple(HEADER.split(",")))
    reader = RowReader(form=form, mapping=suggest_mapping(form.columns, time_zone="UTC"))
    rows = [reader.read(record) for record in read_records(lines(decoded([content], "utf-8-sig")), form)]
    assert faults(rows) == [
        (2, "row", "holds the NUL character"),
        (4, "member_id", "holds bytes that the file's encoding does not have"),
    ]
    json_row = read(b'{"transaction_id": "a\\u0000", "occurred_at": "2026-05-01T00:00:00Z"}')
    assert faults(json_row) == [(1, "transaction_id", "holds the NUL character")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[1, 2]", "is no JSON object"),
        (b'{"occurred_at": "2026', "is no JSON: Input data was truncated"),
        (b'{"a": ' * 50_000 + b"1" + b"}" * 50_000, "is nested too deeply"),
    ],
)
def test_lines_that_are_no_json_objects(line: bytes, reason: str) -> None:
    rows = read(b'{"transaction_id": "a", "occurred_at": "2026-05-01T00:00:00Z"}\n' + line)
    assert faults(rows) == [(2, "row", reason)]


def test_raw_json_is_mapped_step_by_step() -> None:
    content = (
        b'{"id": 7, "created": 1772355600, "model": "gpt-4o", "user": null, "usage": {"prompt_tokens": 12, '
        b'"completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}}}'
    )
    (row,) = read(content)
    assert isinstance(row.item, Event)
    assert (row.item.transaction_id, row.item.input_tokens, row.item.output_tokens) == ("7", 12, 3)
    assert (row.item.cache_read_input_tokens, row.item.member_id) == (4, "")
    assert row.item.occurred_at == datetime(2026, 3, 1, 9, tzinfo=UTC)


def test_gzip_in_any_number_of_members() -> None:
    content = as_csv(call(number) for number in range(50))
    packed = gzip.compress(content[:500]) + gzip.compress(content[500:]) + b"\0" * 512
    assert b"".join(unpacked([packed[:1], packed[1:]])) == content
    with pytest.raises(FileFault, match="too early"):
        list(unpacked([gzip.compress(content)[:-9]]))
    with pytest.raises(FileFault, match="damaged"):
        list(unpacked([b"\x1f\x8b\x08\x00" + b"rubbish" * 9]))


def test_a_gzip_bomb_ends_at_the_limit_in_little_memory() -> None:
    packed = gzip.compress(bytes(64 * 1024 * 1024), 9)
    tracemalloc.start()
    with pytest.raises(FileFault, match="more than 16 MB"):
        for _piece in unpacked([packed], limit=16 * 1024 * 1024):
            pass
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


def test_memory_does_not_grow_with_the_file() -> None:
    """20 MB are read within 3: a row without an id of its own costs some bytes in a table, whatever its length."""
    rows = 30_000
    columns = ("timestamp", "model", "user", "prompt_tokens", "notes")

    def pieces() -> Iterator[bytes]:
        yield ",".join(columns).encode() + b"\n"
        for number in range(rows):
            yield b"2026-05-20T12:00:00Z,gpt-4o,member-%d,%d,%s\n" % (number, number, b"n" * 600)

    form = FileFormat(kind="csv", encoding="utf-8-sig", columns=columns)
    reader = RowReader(form=form, mapping=suggest_mapping(columns, time_zone="UTC"))
    tracemalloc.start()
    for record in read_records(lines(decoded(pieces(), form.encoding)), form):
        reader.skip(record)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * 1024 * 1024


def test_voids_and_uncached_input() -> None:
    content = as_csv(
        [
            ["a", "", "", "", "yes", "Twice"],
            ["b", "2026-05-01T00:00:00Z", 10, 30, "", ""],
            ["", "", "", "", "x", ""],
        ],
        header="id,timestamp,uncached input tokens,cached_tokens,void,reason",
    )
    void, event, wrong = (row.item for row in read(content))
    assert void == VoidRow("a", "Twice")
    assert isinstance(event, Event) and (event.input_tokens, event.cache_read_input_tokens) == (40, 30)
    assert isinstance(wrong, Rejected)


def test_ids_follow_from_rows_whatever_the_order_of_columns() -> None:
    there = as_csv([["2026-05-01T00:00:00Z", 1], ["2026-05-01T00:00:00Z", 1]], header="time,input_tokens")
    back = as_csv([[1, "2026-05-01T00:00:00Z"]], header="input_tokens,time")
    first, second = (row.transaction_id for row in read(there))
    assert second == f"{first}:2"
    assert [row.transaction_id for row in read(back)] == [first]


@needs_real_data
def test_formulas_are_inert() -> None:
    payloads = [line for line in (REAL_DATA / "csv_injection.txt").read_text().splitlines() if line.strip()]
    assert len(payloads) > 5
    for payload in (*payloads, " =1+1", "\t=1", "＝1+1"):
        cell = safe_cell(payload)
        assert cell.lstrip("\t\r\n ")[:1] not in tuple("=+-@"), payload
        assert cell.endswith(payload)
    text = "".join(safe_csv([[payload, 5] for payload in payloads]))
    assert text.startswith("\ufeff") and text.count("\r\n") == len(payloads)
    assert text.encode().startswith(codecs.BOM_UTF8)


def test_lines_are_bounded_while_they_are_read() -> None:
    found = list(lines(io.StringIO("a" * (LONGEST_RECORD + 5) + "\nb"), longest=10))
    assert [(line.number, line.text, line.is_whole) for line in found] == [
        (1, "a" * 10, False),
        (2, "b", True),
    ]
