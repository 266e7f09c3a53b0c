"""Reads the project's documentation: headings, tables, links and fenced blocks of Markdown."""

import re
from collections.abc import Iterator
from pathlib import Path

from config.settings import BASE_DIR

README = BASE_DIR / "README.md"
DOCS = BASE_DIR / "docs"
PAGES = (README, *sorted(DOCS.glob("*.md")))

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def fenced(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    return [block["text"] for block in _FENCE.finditer(page.read_text()) if block["language"] == language]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text())


def section(page: Path, heading: str) -> str:
    """What stands under a heading, down to the next one of any level."""
    parts = re.split(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    return parts[parts.index(heading) + 1]


def headings(page: Path) -> list[str]:
    return re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)


def table(text: str) -> Iterator[list[str]]:
    """The cells of every table row of ``text`` but heads and rules, without the signs for code."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    for number, line in enumerate(rows):
        is_rule = set(line) <= set("|- ")
        is_head = number + 1 < len(rows) and set(rows[number + 1]) <= set("|- ")
        if not (is_rule or is_head):
            yield [cell.strip().strip("`") for cell in line.strip("|").split(" | ")]
