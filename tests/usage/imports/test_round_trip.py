"""Whatever is in a file: the same events come out of it, a count is a count, and no bytes break the reading."""

import json
from hashlib import blake2b

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.usage.event_factories import make_events
from tests.usage.imports.reading import read
from tests.usage.imports.scene import HEADER, as_csv
from usage.events import Event
from usage.imports.digests import DigestTable
from usage.imports.mapping import suggest_mapping
from usage.imports.records import read_records
from usage.imports.rows import RowReader
from usage.imports.sniffing import FileFormat
from usage.imports.unpacking import decoded, lines

COLUMNS = tuple(name for name in Event.__struct_fields__ if name != "usage")


@settings(max_examples=20, deadline=None)
@given(
    keys=st.lists(st.binary(min_size=8, max_size=8).filter(any), max_size=300), extra=st.integers(0, 4_000)
)
def test_a_digest_table_counts_like_a_dictionary(keys: list[bytes], extra: int) -> None:
    table = DigestTable()
    expected: dict[bytes, int] = {}
    for key in [*keys, *(blake2b(bytes([number % 256, number // 256])).digest() for number in range(extra))]:
        expected[key] = expected.get(key, 0) + 1
        assert table.count(key) == expected[key]
    assert all(table.get(key) == times for key, times in expected.items())
    assert len(table) == len(expected)


def _as_cells(event: Event) -> list[object]:
    fields = msgspec.to_builtins(event)
    plain = {name: fields.get(name, "") for name in COLUMNS}
    for name in ("composition", "tools", "files"):
        plain[name] = json.dumps(plain[name]) if plain[name] else ""
    return list(plain.values())


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    names=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=30), min_size=4, max_size=4
    ),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_events_survive_the_way_through_a_file(
    seed: int, names: list[str], delimiter: str, encoding: str
) -> None:
    events = [
        msgspec.structs.replace(event, conversation_title=name.strip(), feature=name.strip())
        for event, name in zip(make_events(4, seed), names, strict=True)
    ]
    header = ",".join(COLUMNS)
    content = as_csv(map(_as_cells, events), header=header, delimiter=delimiter).decode().encode(encoding)
    form = FileFormat(
        kind="csv",
        encoding="utf-8-sig" if encoding == "utf-8" else encoding,
        delimiter=delimiter,
        columns=COLUMNS,
    )
    reader = RowReader(form=form, mapping=suggest_mapping(form.columns, time_zone="UTC"))
    records = read_records(lines(decoded([content], form.encoding)), form)
    assert [reader.read(record).item for record in records] == events
    line_by_line = b"\n".join(msgspec.json.encode(event) for event in events)
    assert [row.item for row in read(line_by_line)] == events


@settings(max_examples=150, deadline=None)
@given(
    content=st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)), cut=st.integers(1, 50)
)
def test_any_bytes_are_read_or_told(content: bytes, cut: int) -> None:
    content = HEADER.encode() + b"\n" + content
    form = FileFormat(kind="csv", encoding="utf-8-sig", columns=tuple(HEADER.split(",")))
    pieces = [content[start : start + cut] for start in range(0, len(content), cut)]
    whole = list(read_records(lines(decoded([content], form.encoding)), form))
    assert list(read_records(lines(decoded(pieces, form.encoding)), form)) == whole
    reader = RowReader(form=form, mapping=suggest_mapping(form.columns, time_zone="UTC"))
    for record in whole:
        row = reader.read(record)
        # What is kept of a row is text that a database can hold.
        kept = json.dumps([row.cells, row.transaction_id], ensure_ascii=False)
        assert "\0" not in kept and kept.encode()
