"""Positions in long lists: what was written is read back, anything else is no position."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from usage.panels.filters import BadFilter
from usage.panels.paging import (
    Position,
    Turn,
    asked_turn,
    page_of,
    read_instant,
    read_money,
    read_number,
)

ID = UUID(int=7)


def encoded(told):
    return urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def test_a_position_of_several_values_comes_back():
    position = Position("cost", (Decimal("-0.000000000000001"), -12), ID)
    assert Position.parse(str(position), order="cost", read=(read_money, read_number)) == position
    for read in ((read_money,), (read_money, read_number, read_number), read_money):
        with pytest.raises(ValueError):
            Position.parse(str(position), order="cost", read=read)


@pytest.mark.parametrize("name", ["", "a b", '","', "Straße\u2028", "x" * 200])
def test_a_position_of_a_word_and_a_number_comes_back(name):
    position = Position("name", (name,), 7)
    assert Position.parse(str(position), order="name", read=(str,), read_id=read_number) == position
    with pytest.raises(ValueError):
        Position.parse(str(position), order="name", read=(str,))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (Decimal("0E-15"), read_money),
        (Decimal("12.000000000000001"), read_money),
        (Decimal("-1E+3"), read_money),
        (12_345, read_number),
        (datetime(2026, 5, 1, 12, 0, 0, 1, tzinfo=UTC), read_instant),
    ],
)
def test_a_position_comes_back(value, read):
    position = Position("it", value, ID)
    assert Position.parse(str(position), order="it", read=read) == position


@pytest.mark.parametrize(
    "text",
    [
        "%",
        "ä",
        "a",
        "",
        "A" * 3000,
        *(
            encoded(told)
            for told in (
                ["other", ID.hex, "1"],
                ["it", ID.hex, "NaN"],
                ["it", ID.hex, "Infinity"],
                ["it", ID.hex, "1e99"],
                ["it", ID.hex, "9" * 24],
                ["it", ID.hex, 1],
                ["it", ID.hex, None],
                ["it", "zz", "1"],
                ["it", ID.hex],
                ["it"],
                ["it", ID.hex, "1", "2"],
                [["it", ID.hex, "1"]],
                {"it": ID.hex},
                "it",
                7,
            )
        ),
        urlsafe_b64encode(b"[" * 1400).decode(),
    ],
)
def test_anything_else_is_none(text):
    with pytest.raises(ValueError):
        Position.parse(text, order="it", read=read_money)
    if text:
        with pytest.raises(BadFilter) as caught:
            asked_turn({"cursor": [text]}, order="it", read=read_money)
        assert caught.value.field == "cursor"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"cursor": ["a", "b"]}, "cursor"),
        ({"cursor": ["-"]}, "cursor"),
        ({"page_size": ["0"]}, "page_size"),
        ({"page_size": ["201"]}, "page_size"),
        ({"page_size": ["1", "2"]}, "page_size"),
    ],
)
def test_what_cannot_be_a_page(asked, field):
    with pytest.raises(BadFilter) as caught:
        asked_turn(asked, order="it", read=read_number)
    assert caught.value.field == field


def test_the_neighbours_of_a_page():
    rows = [{"key": number, "id": UUID(int=number)} for number in range(1, 4)]
    rows_of_first, before, after = page_of(rows[:3], Turn(order="it", limit=2))
    assert ([row["key"] for row in rows_of_first], before) == ([1, 2], "")
    onward = asked_turn({"cursor": [after], "page_size": ["2"]}, order="it", read=read_number)
    assert (onward.is_back, onward.position) == (False, Position("it", 2, UUID(int=2)))
    _rows, before, after = page_of(rows[2:], onward)
    assert after == ""
    backward = asked_turn({"cursor": [before], "page_size": ["2"]}, order="it", read=read_number)
    assert (backward.is_back, backward.position) == (True, Position("it", 3, UUID(int=3)))
    again, before, after = page_of(rows[1::-1], backward)
    assert ([row["key"] for row in again], before) == ([1, 2], "")
    assert asked_turn({"cursor": [after]}, order="it", read=read_number).position == Position(
        "it", 2, UUID(int=2)
    )
    assert page_of([], onward) == ([], "", "")
