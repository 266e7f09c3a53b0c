"""Proves that what ingest keeps summed up is what the events say, and tells where it is not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from usage.comparison_sql import Comparison
from usage.ledger_comparisons import comparisons
from usage.ledger_findings import Finding, FindingKind, plain_value
from usage.progress import Days
from usage.queries.snapshot import one_snapshot
from usage.queries.unit_prices import unit_prices_of_events

KEYS_KEPT: Final = timedelta(days=400)
"""Keys may be gone when their events were received longer ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One column: what the events say and what stands; a row that is missing on a side has None there."""

    column: str
    expected: Any
    found: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One row that is not as the events say.

    ``key`` names it within the organization. ``is_missing``: it should stand and does not; ``is_stray``: it
    stands and no event is behind it; otherwise ``discrepancies`` has the columns that differ.
    """

    relation: str
    key: Mapping[str, Any]
    is_missing: bool
    is_stray: bool
    discrepancies: tuple[Discrepancy, ...]

    def finding(self, organization_id: int) -> Finding:
        """The same in plain values."""
        kind = FindingKind.STRAY if self.is_stray else FindingKind.DIFFERS
        return Finding(
            relation=self.relation,
            key={"organization_id": organization_id}
            | {name: plain_value(value) for name, value in self.key.items()},
            kind=FindingKind.MISSING if self.is_missing else kind,
            columns={
                cell.column: (plain_value(cell.expected), plain_value(cell.found))
                for cell in self.discrepancies
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationCheck:
    """How many rows of a relation were compared, how many differ, and those, or the first of them."""

    relation: str
    rows: int
    differing: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCheck:
    """One organization's ledger compared with itself at one instant."""

    organization_id: int
    relations: tuple[RelationCheck, ...]

    @property
    def rows(self) -> int:
        return sum(relation.rows for relation in self.relations)

    @property
    def differing(self) -> int:
        return sum(relation.differing for relation in self.relations)

    @property
    def is_clean(self) -> bool:
        return self.differing == 0

    def findings(self) -> Iterator[Finding]:
        """The differences that are described, with the organization's id."""
        for relation in self.relations:
            for difference in relation.differences:
                yield difference.finding(self.organization_id)


def check_ledger(
    organization_id: int, *, days: Days | None = None, limit: int | None = 20, now: datetime | None = None
) -> LedgerCheck:
    """Compare an organization's ledger for some local days, by default all of it, under one snapshot.

    At most ``limit`` differences are described per relation, with None all; all are counted. What ``days`` mean
    for what carries no local day is said at ``comparisons``. Right while events come in.
    """
    with one_snapshot(), connection.cursor() as cursor:
        prices = unit_prices_of_events(organization_id, days=days)
        planned = comparisons(
            organization_id=organization_id, days=days, keys_since=(now or timezone.now()) - KEYS_KEPT
        )
        checked = tuple(_check(cursor, comparison, prices, limit) for comparison in planned)
    return LedgerCheck(organization_id=organization_id, relations=checked)


def _check(
    cursor: CursorWrapper, comparison: Comparison, prices: Mapping[str, Any], limit: int | None
) -> RelationCheck:
    parameters = prices if comparison.is_priced else None
    cursor.execute(comparison.count_statement(), parameters)
    rows, differing = cursor.fetchone() or (0, 0)
    differences: tuple[Difference, ...] = ()
    if differing and limit != 0:
        cursor.execute(comparison.list_statement(limit=limit), parameters)
        differences = tuple(_difference(comparison, row) for row in cursor.fetchall())
    return RelationCheck(
        relation=comparison.relation, rows=rows, differing=differing, differences=differences
    )


def _difference(comparison: Comparison, row: Sequence[Any]) -> Difference:
    width, names = len(comparison.key), comparison.compared
    is_expected, is_found = row[width], row[width + 1]
    values = row[width + 2 :]
    expected, found = values[: len(names)], values[len(names) :]
    return Difference(
        relation=comparison.relation,
        key=dict(zip(comparison.key, row[:width], strict=True)),
        is_missing=not is_found,
        is_stray=not is_expected,
        discrepancies=tuple(
            Discrepancy(column=name, expected=one, found=other)
            for name, one, other in zip(names, expected, found, strict=True)
            if one != other
        ),
    )
