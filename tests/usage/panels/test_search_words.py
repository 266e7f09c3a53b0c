"""What an index of words finds a text by: parts of it that have signs in a row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage.panels.search_words import has_word, parts_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plan", ("plan",)),
        ("question 25", ("question", " 25")),
        ("25 questions", ("25 ", "questions")),
        ("chat-0257617", ("chat", "0257617")),
        ("a of b", (" of ",)),
        ("a b", ()),
        ("x_12_y", ("_12_",)),
        ("会議室, 2", ("会議室",)),
        ("50 %", ("50 ",)),
        ("bo", ()),
        ("", ()),
    ],
)
def test_runs_of_letters_and_digits_with_their_ends_if_they_are_short(
    text: str, parts: tuple[str, ...]
) -> None:
    assert parts_of(text) == parts


@given(st.text(max_size=30))
def test_what_contains_a_text_contains_all_of_its_parts(text: str) -> None:
    parts = parts_of(text)
    assert all(part in text and len(part) >= 3 for part in parts)
    # What is looked for at all has one part at least.
    assert parts or not has_word(text)
