"""Several breakdowns of one page, whose entries' names are read together."""

from collections.abc import Iterable, Mapping
from typing import Final

from usage.breakdown import Key, Spend, all_together, breakdown, named
from usage.enums import RowKind
from usage.figures import Row
from usage.panels.answers import Breakdown
from usage.panels.vocabulary import IDENTIFIED, Dimension
from usage.queries.names import all_names
from usage.queries.panels.reader import PanelReader

Spends = Mapping[int | str, Spend]
"""Sums per value of one dimension."""
_ALL: Final = "all"


def named_rows(organization_id: int, groups: Mapping[str, tuple[Row, ...]]) -> dict[str, tuple[Row, ...]]:
    """Rows of entries with their names, in one query."""
    names = all_names(organization_id, _named_keys(row for rows in groups.values() for row in rows))
    return {group: named(rows, names) for group, rows in groups.items()}


def unnamed_rows(
    entity: str, spends: Spends, *, is_compared: bool, top: int | None = None
) -> tuple[Row, ...]:
    """Sums per entry as the lines of a breakdown, without names yet."""
    return breakdown(
        {(entity, int(value)): spend for value, spend in spends.items()}, is_compared=is_compared, top=top
    )


def breakdowns(
    reader: PanelReader, found: Mapping[Dimension, Spends], *, is_compared: bool, top: int
) -> tuple[dict[Dimension, Breakdown], tuple[Row, ...]]:
    """Each dimension's sums as its breakdown, ``top`` rows and the rest as one; and all rows of the first of them,
    which is one of entries."""
    first = next(iter(found))
    unnamed = {
        by.value: unnamed_rows(by.value, spends, is_compared=is_compared, top=top)
        for by, spends in found.items()
        if by in IDENTIFIED
    }
    unnamed[_ALL] = unnamed_rows(first.value, found[first], is_compared=is_compared)
    rows = named_rows(reader.organization_id, unnamed)
    parts = {
        by: Breakdown(
            by=by,
            total=all_together(spends.values()),
            rows=rows[by.value]
            if by in IDENTIFIED
            else reader.lines(by, spends, is_compared=is_compared, top=top),
        )
        for by, spends in found.items()
    }
    return parts, rows[_ALL]


def _named_keys(rows: Iterable[Row]) -> list[Key]:
    return [(row.entity, row.id) for row in rows if row.kind is RowKind.NAMED]
