"""SQL that says how much each entry of a dimension used: of all of them, or of those on a page. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from usage.panels.sums_sql import TOKENS, EachStatement, ShownAs


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Which entries are told: up to ``limit`` of them in the order of ``by``, which are expressions of "tokens",
    "contracted_cost" and "entry_id", smallest first; those after a position, or (``is_back``) before it."""

    by: Sequence[str]
    limit: int
    position: Sequence[Any] | None = None
    is_back: bool = False


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
        self, shown_as: ShownAs, ranked: Ranked | None, *, directory: str = ""
    ) -> tuple[str, list[Any]]:
        """SELECT, in one row with its arguments: how many entries there are; arrays of ids, of tokens and of costs of
        all of them, or of the ``ranked`` ones, and of usage without an entry.

        With a ``directory``, SELECT of ids with names and ids at the client, arrays of both follow: NULL for whom it
        does not have.
        """
        sums, arguments = self.shown_sums(shown_as)
        told = "sizes"
        if ranked is not None:
            beyond, position = "", list(ranked.position or ())
            if position:
                sign, places = "<" if ranked.is_back else ">", ", ".join(["%s"] * len(position))
                beyond = f" AND ({', '.join(ranked.by)}) {sign} ({places})"
            order = ", ".join(f"{by} DESC" if ranked.is_back else by for by in ranked.by)
            told = (
                f"((SELECT * FROM sizes WHERE entry_id <> 0{beyond} ORDER BY {order} LIMIT {int(ranked.limit)}) "
                "UNION ALL SELECT * FROM sizes WHERE entry_id = 0) told"
            )
            arguments = [*arguments, *position]
        arrays = ["entry_id", "tokens", "contracted_cost"]
        if directory:
            arrays += ["name", "external_id"]
            told += f" LEFT JOIN ({directory}) directory ON directory.id = entry_id"
        return (
            f"WITH sizes AS MATERIALIZED (SELECT * FROM ({sums}) sums WHERE {self.is_something}) "
            "SELECT (SELECT count(*) FROM sizes WHERE entry_id <> 0), "
            f"{', '.join(f'array_agg({name})' for name in arrays)} FROM {told}"
        ), arguments
