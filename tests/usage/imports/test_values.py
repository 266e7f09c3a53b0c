"""Cells as people and programs write them: read exactly, or told why not."""

from zoneinfo import ZoneInfo

import pytest

from usage.events import Event
from usage.imports.fields import FIELDS, match_columns
from usage.imports.mapping import FieldMapping, find_mapping_faults, signature
from usage.imports.values import Unreadable, instant, milliseconds, whole_number, yes_or_no

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "options", "number"),
    [
        ("1200", {}, 1200),
        ("1200.0", {}, 1200),
        ("1.2e3", {}, 1200),
        ("1,200", {"thousands": ","}, 1200),
        ("1.234.567", {"thousands": ".", "decimal": ","}, 1_234_567),
        ("1 200", {"thousands": " "}, 1200),
        ("1\u202f200", {"thousands": " "}, 1200),
        ("1'200", {"thousands": "'"}, 1200),
        ("-5", {}, -5),
        (12.0, {}, 12),
    ],
)
def test_numbers(text: object, options: dict[str, str], number: int) -> None:
    assert whole_number(text, **options) == number


@pytest.mark.parametrize(
    "text",
    [
        "1,5",
        "1.5",
        "abc",
        "",
        "NaN",
        "Infinity",
        "1e999999999",
        "1_000",
        "0x10",
        "1.000",
        "٣",
        True,
        None,
        [],
    ],
)
def test_what_is_no_whole_number(text: object) -> None:
    with pytest.raises(Unreadable):
        whole_number(text)


def test_seconds_and_flags() -> None:
    assert milliseconds("1.2345") == 1234
    assert milliseconds("0,5", decimal=",") == 500
    assert [yes_or_no(text) for text in ("Yes", "TRUE", "1", "x", True, "no", "0", "", False)] == [
        True
    ] * 5 + [False] * 4
    with pytest.raises(Unreadable):
        yes_or_no("perhaps")


@pytest.mark.parametrize(
    ("text", "time_format", "expected"),
    [
        ("2026-07-01T10:00:00+02:00", "auto", "2026-07-01T08:00:00+00:00"),
        ("2026-07-01 10:00", "auto", "2026-07-01T08:00:00+00:00"),
        ("2026-07-01 10:00:00 UTC", "auto", "2026-07-01T10:00:00+00:00"),
        ("2023-11-16 18:15:46.6805900", "auto", "2023-11-16T17:15:46.680590+00:00"),
        (1782900000, "auto", "2026-07-01T10:00:00+00:00"),
        ("1782900000123", "auto", "2026-07-01T10:00:00.123000+00:00"),
        (1782900000.25, "auto", "2026-07-01T10:00:00.250000+00:00"),
        ("01.07.2026 10:00", "dmy", "2026-07-01T08:00:00+00:00"),
        ("1/7/26, 10:00:05.5", "dmy", "2026-07-01T08:00:05.500000+00:00"),
        ("7/1/2026 12:30 AM", "mdy", "2026-06-30T22:30:00+00:00"),
        ("07/01/2026 12:30 PM Z", "mdy", "2026-07-01T12:30:00+00:00"),
        ("1782900000000000000", "unix_ns", "2026-07-01T10:00:00+00:00"),
        # An hour that comes twice is the first of the two.
        ("2026-10-25 02:30", "auto", "2026-10-25T00:30:00+00:00"),
    ],
)
def test_times(text: object, time_format: str, expected: str) -> None:
    assert instant(text, time_format=time_format, zone=BERLIN).isoformat() == expected


@pytest.mark.parametrize(
    ("text", "time_format"),
    [
        ("2026-03-29 02:30", "auto"),
        ("31.02.2026 10:00", "dmy"),
        ("13/13/2026", "mdy"),
        ("yesterday", "auto"),
        ("-5", "unix_s"),
        ("1e18", "unix_s"),
        ("99999999999999999999", "auto"),
        (None, "auto"),
        ([], "auto"),
    ],
)
def test_what_is_no_time(text: object, time_format: str) -> None:
    with pytest.raises(Unreadable):
        instant(text, time_format=time_format, zone=BERLIN)


def test_columns_are_known_by_many_names() -> None:
    azure = ("TIMESTAMP", "ContextTokens", "GeneratedTokens")
    assert match_columns(azure) == {
        "occurred_at": "TIMESTAMP",
        "input_tokens": "ContextTokens",
        "output_tokens": "GeneratedTokens",
    }
    known = tuple(name for name in Event.__struct_fields__ if name != "usage")
    assert match_columns(known) == {name: name for name in known}


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        (FieldMapping(), "occurred_at"),
        (FieldMapping(columns={"occurred_at": "time", "nonsense": "id"}), "nonsense"),
        (FieldMapping(columns={"occurred_at": "gone"}), "occurred_at"),
        (FieldMapping(columns={"occurred_at": "time", "void": "id"}), "transaction_id"),
        (FieldMapping(columns={"occurred_at": "time"}, constants={"input_tokens": "3"}), "input_tokens"),
        (FieldMapping(columns={"occurred_at": "time"}, constants={"feature": "a\0"}), "feature"),
        (FieldMapping(columns={"occurred_at": "time"}, time_zone="Mars/Olympus"), "time_zone"),
        (FieldMapping(columns={"occurred_at": "time"}, time_zone="../../etc/passwd"), "time_zone"),
        (FieldMapping(columns={"occurred_at": "time"}, time_format="%d"), "time_format"),
        (FieldMapping(columns={"occurred_at": "time"}, thousands="."), "thousands"),
        (FieldMapping(columns={"occurred_at": "time"}, decimal=";"), "decimal"),
        (
            FieldMapping(columns={"occurred_at": "time", "duration_ms": "id", "duration_seconds": "time"}),
            "duration_seconds",
        ),
    ],
)
def test_mappings_that_cannot_be_used(mapping: FieldMapping, field: str) -> None:
    assert [fault.field for fault in find_mapping_faults(mapping, ("time", "id"))] == [field]


def test_every_field_of_an_event_can_be_mapped() -> None:
    assert set(Event.__struct_fields__) - {"usage"} < set(FIELDS)
    assert signature(("a", "b")) == signature(("b", "a")) != signature(("ab",))
