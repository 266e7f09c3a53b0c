"""SQL that says how much each entry of a dimension used, and what a table of them is sorted by: of all of them, or of
those on a page. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from usage.panels.parts import DayPart, MonthPart
from usage.panels.sums_sql import TOKENS, Statement, last_day_in, last_day_of_row, meant
from usage.panels.tables import Table
from usage.panels.vocabulary import Bucket, Dimension
from usage.progress import Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Which entries are told: up to ``limit`` of them in the order of ``by``, which are expressions of what is known of
    them, smallest first; those after a position, or (``is_back``) before it."""

    by: Sequence[str]
    limit: int
    position: Sequence[Any] | None = None
    is_back: bool = False

    def of(self, table: str) -> tuple[str, list[Any]]:
        """SQL of these entries of ``table``, and of usage without one, with its arguments."""
        beyond, position = "", list(self.position or ())
        if position:
            sign, places = "<" if self.is_back else ">", ", ".join(["%s"] * len(position))
            beyond = f" AND ({', '.join(self.by)}) {sign} ({places})"
        order = ", ".join(f"{by} DESC" if self.is_back else by for by in self.by)
        told = f"SELECT * FROM {table} WHERE entry_id <> 0{beyond} ORDER BY {order} LIMIT {int(self.limit)}"
        return f"(({told}) UNION ALL SELECT * FROM {table} WHERE entry_id = 0) told", position


@dataclass(frozen=True, slots=True)
class Beside:
    """A SELECT with its arguments, which has further ``columns`` of entries, by their ``id``."""

    sql: str
    arguments: Sequence[Any]
    columns: Sequence[str]


@dataclass(slots=True, kw_only=True)
class SizesStatement(Statement):
    """Tokens and cost in the days shown, of the entries of one dimension that have anything in any span; with
    ``has_last`` the last of these days with usage."""

    step: Bucket | None = None

    @property
    def columns(self) -> dict[str, tuple[Sequence[int], str]]:
        # What is compared is among what is shown, and no measure is below 0 over any days.
        return {
            "tokens": ((0,), TOKENS),
            "contracted_cost": ((0,), "contracted_cost"),
            "anything": ((0, 2), f"calls + {TOKENS} + unpriced"),
            "previous_cost": ((2,), "contracted_cost"),
        }

    def add(self, table: Table, organization_id: int, part: MonthPart | DayPart) -> None:
        if not _has_few_rows(table, part):
            Statement.add(self, table, organization_id, part)
            return
        # They are summed up with the other parts.
        where, given = meant(table, organization_id, part)
        self.arguments += given
        last = f", {last_day_of_row(part)} AS last_day" if self.has_last else ""
        entry = table.column(self.by[0])
        self.selects.append(
            f"SELECT {entry} AS key_0, {self.values(part)}{last} FROM {table.name} rows WHERE {where}"
        )

    def sizes_sql(
        self,
        into: Mapping[int, int],
        ranked: Ranked | None,
        *,
        shown: Days,
        told: Sequence[str],
        beside: Sequence[Beside] = (),
    ) -> tuple[str, list[Any]]:
        """SELECT, in one row with its arguments: how many entries there are; arrays of ids and of the columns ``told``
        of all of them, or of the ``ranked`` ones, and of usage without an entry. ``beside`` has further columns.

        What was merged counts under the entry that it is shown ``into``.
        """
        entry, merged, of_merged = _shown_into(into, "key_0")
        last = "max(last_day) AS last_day" if self.has_last else ""
        sums = self.put_together([f"{entry}::bigint AS entry_id"], beside=merged, last=last)
        names = ["entry_id", *self.columns]
        arguments = [*self.arguments, *of_merged]
        joins = "".join(
            f" LEFT JOIN ({one.sql}) beside_{place} ON beside_{place}.id = sizes.entry_id"
            for place, one in enumerate(beside)
        )
        if self.has_last:
            # Or one before the days shown, on which nothing of theirs is left.
            names.append("CASE WHEN last_day >= %s THEN last_day END AS last_day")
            arguments.append(shown.first)
        arguments += chain.from_iterable(one.arguments for one in beside)
        columns = ", ".join([*names, *(name for one in beside for name in one.columns)])
        which, position = ranked.of("every") if ranked else ("every", [])
        is_something = " OR ".join(f"{name} <> 0" for name in self.columns)
        return (
            f"WITH sizes AS MATERIALIZED (SELECT * FROM ({sums}) sums WHERE {is_something}), "
            f"every AS (SELECT {columns} FROM sizes{joins}) "
            "SELECT (SELECT count(*) FROM sizes WHERE entry_id <> 0), "
            f"{', '.join(f'array_agg({name})' for name in ('entry_id', *told))} FROM {which}"
        ), [*arguments, *position]


@dataclass(slots=True)
class LastDays:
    """The last day with something left that was not voided, per value of a dimension."""

    by: Dimension
    selects: list[str] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)

    def add(self, table: Table, organization_id: int, part: MonthPart | DayPart) -> None:
        where, given = meant(table, organization_id, part)
        self.arguments += given
        self.selects.append(
            f"SELECT {table.column(self.by)} AS value, {last_day_in(part)} AS last FROM {table.name} rows "
            f"WHERE {where} GROUP BY 1"
        )

    def sql(self) -> str:
        """SELECT: the value and its last day."""
        parts = " UNION ALL ".join(self.selects)
        return f"SELECT value, max(last) FROM ({parts}) parts WHERE last IS NOT NULL GROUP BY value"


def last_days(found: LastDays, into: Mapping[int, int]) -> Beside:
    """The last days as column ``last_day``; of what was merged under the entry that it is shown ``into``."""
    if not found.selects:
        return Beside("SELECT NULL::bigint AS id, NULL::date AS last_day WHERE false", (), ("last_day",))
    entry, merged, of_merged = _shown_into(into, "value")
    parts = " UNION ALL ".join(found.selects)
    sql = f"SELECT {entry} AS id, max(last) AS last_day FROM ({parts}) parts{merged} GROUP BY 1"
    return Beside(sql, [*found.arguments, *of_merged], ("last_day",))


def _has_few_rows(table: Table, part: MonthPart | DayPart) -> bool:
    """Whether the rows of a part are hardly more than there are entries in it."""
    if isinstance(part, MonthPart):
        return table.is_narrow and len(part.months) == 1
    return part.days.length == 1


def _shown_into(into: Mapping[int, int], column: str) -> tuple[str, str, list[Any]]:
    """SQL of the entry that shows the usage of the one in a column of ``parts``, and of what stands beside these for
    it, with its arguments."""
    if not into:
        return column, "", []
    beside = (
        f" LEFT JOIN unnest(%s::bigint[], %s::bigint[]) AS merged(old, new) ON merged.old = parts.{column}"
    )
    return f"coalesce(merged.new, {column})", beside, [[*into], [*into.values()]]
