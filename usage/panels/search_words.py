"""What an index of words finds a text by. Pure."""

import re
from typing import Final

_LETTERS: Final = 3
"""The index holds three signs in a row, of letters, digits, and blanks around them (PostgreSQL's pg_trgm)."""
_RUN: Final = re.compile(r"[^\W_]+")


def has_word(text: str) -> bool:
    """Whether the index can find ``text`` by what stands in a row in it."""
    return any(len(run) >= _LETTERS for run in _RUN.findall(text))


def parts_of(text: str) -> tuple[str, ...]:
    """Parts of ``text`` each of which the index can find: what contains the text contains all of them.

    A shorter run of letters and digits is found by the ends that it has within the text. Of what stands in all titles
    the index would look up all, for each that the rarest part finds: one part is quicker than all of them.
    """
    parts = []
    for run in _RUN.finditer(text):
        start, end = run.span()
        if end - start < _LETTERS:
            start, end = max(start - 1, 0), min(end + 1, len(text))
        if end - start >= _LETTERS:
            parts.append(text[start:end])
    return tuple(parts)
