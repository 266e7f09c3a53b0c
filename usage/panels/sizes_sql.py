"""SQL that says how much each entry of a dimension used, and what a table of them is sorted by: of all of them, or of
those on a page. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from usage.panels.sums_sql import TOKENS, EachStatement, LastDays, ShownAs


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Which entries are told: up to ``limit`` of them in the order of ``by``, which are expressions of what is known of
    them, smallest first; those after a position, or (``is_back``) before it."""

    by: Sequence[str]
    limit: int
    position: Sequence[Any] | None = None
    is_back: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """A SELECT with its arguments, which has further ``columns`` of entries, by their ``id``."""

    sql: str
    arguments: Sequence[Any]
    columns: Sequence[str]


@dataclass(slots=True, kw_only=True)
class SizesStatement(EachStatement):
    """Tokens and cost in the days shown, of the entries of one dimension that have anything in any span."""

    @property
    def columns(self) -> dict[str, tuple[Sequence[int], str]]:
        # What is compared is among what is shown, and no measure is below 0 over any days.
        return {
            "tokens": ((0,), TOKENS),
            "contracted_cost": ((0,), "contracted_cost"),
            "anything": ((0, 2), f"calls + {TOKENS} + unpriced"),
            "previous_cost": ((2,), "contracted_cost"),
        }

    def sizes_sql(
        self, shown_as: ShownAs, ranked: Ranked | None, *, told: Sequence[str], beside: Sequence[Beside] = ()
    ) -> tuple[str, list[Any]]:
        """SELECT, in one row with its arguments: how many entries there are; arrays of ids and of the columns ``told``
        of all of them, or of the ``ranked`` ones, and of usage without an entry. ``beside`` has further columns."""
        sums, arguments = self.shown_sums(shown_as)
        joins = "".join(
            f" LEFT JOIN ({one.sql}) beside_{place} ON beside_{place}.id = sizes.entry_id"
            for place, one in enumerate(beside)
        )
        arguments = [*arguments, *(argument for one in beside for argument in one.arguments)]
        columns = ", ".join(["sizes.*", *(name for one in beside for name in one.columns)])
        which = "every"
        if ranked is not None:
            beyond, position = "", list(ranked.position or ())
            if position:
                sign, places = "<" if ranked.is_back else ">", ", ".join(["%s"] * len(position))
                beyond = f" AND ({', '.join(ranked.by)}) {sign} ({places})"
            order = ", ".join(f"{by} DESC" if ranked.is_back else by for by in ranked.by)
            which = (
                f"((SELECT * FROM every WHERE entry_id <> 0{beyond} ORDER BY {order} LIMIT {int(ranked.limit)}) "
                "UNION ALL SELECT * FROM every WHERE entry_id = 0) told"
            )
            arguments += position
        return (
            f"WITH sizes AS MATERIALIZED (SELECT * FROM ({sums}) sums WHERE {self.is_something}), "
            f"every AS (SELECT {columns} FROM sizes{joins}) "
            "SELECT (SELECT count(*) FROM sizes WHERE entry_id <> 0), "
            f"{', '.join(f'array_agg({name})' for name in ('entry_id', *told))} FROM {which}"
        ), arguments


def last_days(found: LastDays, into: Mapping[int, int]) -> Beside:
    """The last days as column ``last_day``; of what was merged under the entry that it is shown ``into``."""
    if not found.selects:
        return Beside("SELECT NULL::bigint AS id, NULL::date AS last_day WHERE false", (), ("last_day",))
    entry, merged, arguments = "value", "", [*found.arguments]
    if into:
        entry = "coalesce(merged.new, value)"
        merged = (
            " LEFT JOIN unnest(%s::bigint[], %s::bigint[]) AS merged(old, new) ON merged.old = parts.value"
        )
        arguments += [[*into], [*into.values()]]
    parts = " UNION ALL ".join(found.selects)
    sql = f"SELECT {entry} AS id, max(last) AS last_day FROM ({parts}) parts{merged} GROUP BY 1"
    return Beside(sql, arguments, ("last_day",))
