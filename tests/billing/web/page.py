"""Reads a page as a test needs it: its text, its tables as numbers, and what a strict policy would block."""

from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "img", "br", "hr"}


@dataclass
class Table:
    """A table; ``rows`` are the body's, each with the row's name first and then its figures by column, which
    ``heads`` name."""

    caption: str = ""
    heads: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    total: list[str] = field(default_factory=list)

    def column(self, index: int) -> list[Decimal]:
        """The figures of a column of the body; an unpriced cost counts as none."""
        return [Decimal(row[index] or 0) for row in self.rows]

    def under(self, *heads: str) -> dict[str, tuple[Decimal, ...]]:
        """The same under some heads, by the name of each row."""
        columns = [self.column(self.heads.index(head)) for head in heads]
        return {row[0]: figures for row, figures in zip(self.rows, zip(*columns, strict=True), strict=True)}

    def total_under(self, *heads: str) -> tuple[Decimal, ...]:
        """The figures of the last row of its foot under some heads."""
        return tuple(Decimal(self.total[self.heads.index(head)] or 0) for head in heads)


class Page(HTMLParser):
    """Text in ``text``, tables in ``tables`` (a cell's figure where it has one, else its text).

    What is hidden is not read. ``by`` reads what is said by that measure instead, as after a switch by script.
    """

    def __init__(self, html: str, *, by: str = "") -> None:
        super().__init__()
        self._by = by
        self._hidden_from: int | None = None
        self.text = ""
        self.tables: list[Table] = []
        self.inline: list[str] = []
        self.values: list[str] = []
        self._open: list[str] = []
        self._cells: list[str] = []
        self._figure = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.inline += [f"{tag} {name}" for name in attributes if name == "style" or name.startswith("on")]
        is_inert = "src" in attributes or attributes.get("type") == "application/json"
        if tag == "style" or (tag == "script" and not is_inert):
            self.inline.append(tag)
        if tag not in VOID:
            self._open.append(tag)
            if self._hidden_from is None and self._is_hidden(attributes):
                self._hidden_from = len(self._open)
        if self._hidden_from is not None:
            return
        if tag == "table":
            self.tables.append(Table())
        if tag in ("td", "th"):
            self._cells.append("")
            self._figure = ""
        if tag == "data":
            self._figure = attributes["value"] or ""
            self.values.append(self._figure)

    def _is_hidden(self, attributes: dict[str, str | None]) -> bool:
        if self._by and "data-said-by" in attributes:
            return attributes["data-said-by"] != self._by
        return "hidden" in attributes

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass
        if self._hidden_from is not None:
            if len(self._open) < self._hidden_from:
                self._hidden_from = None
            return
        if tag in ("td", "th"):
            is_name = len(self._cells) == 1 or "thead" in self._open
            text = " ".join(self._cells[-1].split())
            self._cells[-1] = text if is_name else self._figure
        if tag == "tr":
            if "tbody" in self._open:
                self.tables[-1].rows.append(self._cells)
            elif "tfoot" in self._open:
                self.tables[-1].total = self._cells
            elif "thead" in self._open:
                self.tables[-1].heads = self._cells
            self._cells = []

    def handle_data(self, data: str) -> None:
        if "script" in self._open or self._hidden_from is not None:
            return
        self.text += data
        if "caption" in self._open:
            self.tables[-1].caption += data
        if {"td", "th"} & set(self._open) and self._cells:
            self._cells[-1] += data

    def table(self, caption: str) -> Table:
        """The table whose caption contains this."""
        return next(table for table in self.tables if caption in table.caption)
