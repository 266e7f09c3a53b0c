"""Several breakdowns of one page, whose entries' names are read together."""

from collections.abc import Iterable, Mapping
from typing import Final

from usage.breakdown import Key, Told, breakdown, named
from usage.enums import RowKind
from usage.figures import Row
from usage.panels.answers import Breakdown
from usage.panels.sums_sql import Leading
from usage.panels.vocabulary import IDENTIFIED, Dimension
from usage.queries.names import all_names
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.series import MOST_LINES

TOP: Final = 10
"""Rows of a part; the rest is one row."""
LEADING: Final = Leading(by_cost=TOP + 1, by_tokens=MOST_LINES)
"""What is told one by one: the top rows and, as it alone would not be "other", one more; and what may be a line."""
_ALL: Final = "all"


def named_rows(organization_id: int, groups: Mapping[str, tuple[Row, ...]]) -> dict[str, tuple[Row, ...]]:
    """Rows of entries with their names, in one query."""
    names = all_names(organization_id, _named_keys(row for rows in groups.values() for row in rows))
    return {group: named(rows, names) for group, rows in groups.items()}


def unnamed_rows(entity: str, told: Told, *, is_compared: bool, top: int | None = None) -> tuple[Row, ...]:
    """Sums per entry as the lines of a breakdown, without names yet."""
    spends = {(entity, int(value)): spend for value, spend in told.spends.items()}
    return breakdown(spends, is_compared=is_compared, top=top, others=told.others)


def breakdowns(
    reader: PanelReader, found: Mapping[Dimension, Told], *, is_compared: bool, top: int
) -> tuple[dict[Dimension, Breakdown], tuple[Row, ...]]:
    """Each dimension's sums as its breakdown, ``top`` rows and the rest as one; and all rows of the first of them,
    which is one of entries."""
    first = next(iter(found))
    unnamed = {
        by.value: unnamed_rows(by.value, told, is_compared=is_compared, top=top)
        for by, told in found.items()
        if by in IDENTIFIED
    }
    unnamed[_ALL] = unnamed_rows(first.value, found[first], is_compared=is_compared)
    rows = named_rows(reader.organization_id, unnamed)
    parts = {
        by: Breakdown(
            by=by,
            total=told.total,
            rows=rows[by.value]
            if by in IDENTIFIED
            else reader.lines(by, told, is_compared=is_compared, top=top),
        )
        for by, told in found.items()
    }
    return parts, rows[_ALL]


def _named_keys(rows: Iterable[Row]) -> list[Key]:
    return [(row.entity, row.id) for row in rows if row.kind is RowKind.NAMED]
