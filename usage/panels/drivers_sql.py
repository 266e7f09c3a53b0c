"""SQL of who moved most between two weeks, and who stood out most on some days. Pure.

The database ranks all values of a dimension and sends those that may be told, and of the others what they come to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from usage.panels.basis import Basis
from usage.panels.tables import Table
from usage.panels.vocabulary import IDENTIFIED, Dimension

_IN_SPANS: Final = """
    SELECT {value} AS value, span.number, input_tokens + output_tokens AS tokens, contracted_cost AS cost
    FROM unnest(%s::integer[], %s::date[]) AS span(number, day) JOIN {table} ON local_date = span.day
    WHERE organization_id = %s AND local_date = ANY(%s){conditions}
"""
_SUMS: Final = {"tokens": "sum_bigint", "cost": "sum"}
_WEEKS: Final = ("now", "before")
_MERGED: Final = "coalesce(merged.new, parts.value)"
_BESIDE: Final = (
    " LEFT JOIN unnest(%s::bigint[], %s::bigint[]) AS merged(old, new) ON merged.old = parts.value"
)
_AS_TEXT: Final = 'value::text COLLATE "C"'
_RANKED: Final = """
WITH sums AS MATERIALIZED (SELECT {shown} AS value, {sums} FROM ({parts}) parts{beside} GROUP BY 1),
present AS (
    SELECT *, now_{basis} <> 0 OR before_{basis} <> 0 AS is_present, value = {none} AS is_nobody FROM sums
),
ranked AS (
    SELECT *, row_number() OVER (
        PARTITION BY is_present, is_nobody ORDER BY abs(now_{basis} - before_{basis}) DESC, {text}
    ) AS place{leads} FROM present
)
SELECT told, count(*) FILTER (WHERE is_present)::integer, {totals} FROM (
    SELECT *, CASE WHEN is_present AND (is_nobody OR place <= %s){leading} THEN value END AS told FROM ranked
) every GROUP BY told
"""


@dataclass(frozen=True, slots=True)
class SpikeSpan:
    """The spans of a spike's day and of the ``count`` days it is compared with, by their numbers."""

    day: int
    compared: int
    count: int


@dataclass(slots=True, kw_only=True)
class DriversStatement:
    """Of the values ``by`` a dimension what each had now and before, the first two of ``spans``, and by ``basis`` in
    those of ``spikes``.

    Told one by one are the ``most`` values that moved most, of equal ones the first by their text, the one that stands
    out most on each spike, of equal ones the last, and what named none.
    """

    by: Dimension
    basis: Basis
    spans: Sequence[Sequence[date]]
    spikes: Sequence[SpikeSpan]
    most: int
    selects: list[str] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)

    def add(self, table: Table, organization_id: int) -> None:
        """Read some of the usage from ``table``."""
        of_spans = [(number, day) for number, days in enumerate(self.spans) for day in days]
        conditions = "".join(f" AND {text}" for text, _argument in table.where)
        self.selects.append(
            _IN_SPANS.format(value=table.column(self.by), table=table.name, conditions=conditions)
        )
        self.arguments += [*map(list, zip(*of_spans, strict=True)), organization_id]
        self.arguments.append(sorted({day for _number, day in of_spans}))
        self.arguments += [argument for _text, argument in table.where]

    def sql(self, merged: Mapping[int, int]) -> tuple[str, list[Any]]:
        """SELECT with its arguments: the value, NULL for all that is not told; how many had anything in the weeks, and
        what those had: tokens now and before, cost now and before; then the basis in the spans of each spike, which
        says nothing of what is not told. What was ``merged`` counts under the entry that shows it."""
        basis = "cost" if self.basis is Basis.COST else "tokens"
        weeks = {
            f"{name}_{sums}": (sums, number)
            for sums in ("tokens", "cost")
            for number, name in enumerate(_WEEKS)
        }
        of_spikes = {
            f"span_{number}": (basis, number)
            for spike in self.spikes
            for number in (spike.day, spike.compared)
        }
        sums = ", ".join(
            f"coalesce({_SUMS[summed]}({summed}) FILTER (WHERE number = {number}), 0) AS {name}"
            for name, (summed, number) in (weeks | of_spikes).items()
        )
        excess = [f"span_{spike.day} * {spike.count} - span_{spike.compared}" for spike in self.spikes]
        leads = "".join(
            f", row_number() OVER (ORDER BY {one} DESC, {_AS_TEXT} DESC) = 1 AS leads_{place}"
            for place, one in enumerate(excess)
        )
        totals = [f"coalesce(sum({name}) FILTER (WHERE is_present), 0)" for name in weeks]
        statement = _RANKED.format(
            shown=_MERGED if merged else "value",
            beside=_BESIDE if merged else "",
            sums=sums,
            parts=" UNION ALL ".join(self.selects),
            basis=basis,
            none="0" if self.by in IDENTIFIED else "''",
            text=_AS_TEXT,
            leads=leads,
            leading="".join(f" OR leads_{place}" for place in range(len(excess))),
            totals=", ".join((*totals, *(f"max({name})" for name in of_spikes))),
        )
        shown_as = [[*merged], [*merged.values()]] if merged else []
        return statement, [*self.arguments, *shown_as, self.most]
