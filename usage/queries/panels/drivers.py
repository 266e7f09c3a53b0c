"""Who drove a change and each of some spikes: by one dimension, all in two queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from usage.breakdown import Spend, Told
from usage.figures import Change, Measures, Row
from usage.panels.basis import Basis
from usage.panels.contributions import Contribution, contributions, cut_to_movers
from usage.panels.spikes import Spike
from usage.panels.tables import places_of
from usage.panels.vocabulary import Dimension
from usage.panels.weeks import WeeksCompared
from usage.queries.names import DIRECTORIES
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.series import value_of

_IN_SPANS: Final = """
    SELECT {value}, span.number, sum_bigint(input_tokens + output_tokens), sum(contracted_cost)
    FROM unnest(%s::integer[], %s::date[]) AS span(number, day) JOIN {table} ON local_date = span.day
    WHERE organization_id = %s AND local_date = ANY(%s){conditions} GROUP BY 1, 2
"""

Sums = Mapping[int | str, Sequence[Decimal]]
"""Per value of the dimension the sum of the basis in each of some spans."""


@dataclass(frozen=True, slots=True)
class SpikeDriver:
    """Who had how much more on a spike's day than on a mean one of the days it is compared with.

    The excess of all values of the dimension adds up to that of the whole over the same mean.
    """

    row: Row
    excess: Decimal


@dataclass(frozen=True, slots=True)
class Drivers:
    """The parts of the change of a week, adding up to it exactly, and the driver of each spike: None where nothing
    stood above its mean."""

    parts: tuple[Contribution, ...]
    of_spikes: tuple[SpikeDriver | None, ...]


def drivers(
    reader: PanelReader, weeks: WeeksCompared, spikes: Sequence[Spike], *, basis: Basis, by: Dimension
) -> Drivers:
    """What drove the change of a week and ``spikes``, in at most two queries."""
    spans = [
        weeks.current.each(),
        weeks.previous.each(),
        *(days for spike in spikes for days in ([spike.day], spike.compared)),
    ]
    tokens, costs = _sums(reader, by, spans)
    found = costs if basis is Basis.COST else tokens
    changes = {value: _change(tokens[value], costs[value]) for value in found}
    cut = cut_to_movers(changes, basis)
    leading = [_leading(found, index, len(spike.compared)) for index, spike in enumerate(spikes)]
    rows = _named(reader, by, {*cut.told, *(value for value, excess in leading if excess > 0)})
    return Drivers(
        parts=contributions(cut, rows, entity=by.value, basis=basis),
        of_spikes=tuple(
            SpikeDriver(rows[value], excess) if excess > 0 else None for value, excess in leading
        ),
    )


def _sums(
    reader: PanelReader, by: Dimension, spans: Sequence[Sequence[date]]
) -> tuple[dict[int | str, list[Decimal]], dict[int | str, list[Decimal]]]:
    """Tokens and cost per value in each of ``spans``, which may overlap; what was merged stands together."""
    of_spans = [(number, day) for number, days in enumerate(spans) for day in days]
    days = sorted({day for _number, day in of_spans})
    numbers_and_days = [*map(list, zip(*of_spans, strict=True))]
    selects: list[str] = []
    arguments: list[Any] = []
    for place in places_of(
        (by,), organization_id=reader.organization_id, visible=reader.visible, chosen=reader.chosen
    ):
        table = place.by_day
        conditions = "".join(f" AND {text}" for text, _argument in table.where)
        selects.append(_IN_SPANS.format(value=table.column(by), table=table.name, conditions=conditions))
        arguments += [*numbers_and_days, reader.organization_id, days]
        arguments += [argument for _text, argument in table.where]
    tokens: dict[int | str, list[Decimal]] = {}
    costs: dict[int | str, list[Decimal]] = {}
    if not selects:
        return tokens, costs
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(selects), arguments)
        merged = reader.merged.of(by.value) if by.value in DIRECTORIES else {}
        nothing = [Decimal(0)] * len(spans)
        for value, number, token_sum, cost_sum in cursor.fetchall():
            shown = merged.get(value, value)
            if shown not in tokens:
                tokens[shown], costs[shown] = nothing[:], nothing[:]
            tokens[shown][number] += token_sum
            costs[shown][number] += cost_sum
    return tokens, costs


def _change(tokens: Sequence[Decimal], costs: Sequence[Decimal]) -> Change:
    """The first two spans are the weeks that are compared."""
    return Change(int(tokens[0]), int(tokens[1]), costs[0], costs[1])


def _leading(found: Sums, index: int, count: int) -> tuple[int | str, Decimal]:
    """The value furthest above its mean; nothing where there is no value at all. Spikes have two spans each, after
    those of the weeks."""
    day = 2 + 2 * index
    excess = {value: sums[day] - sums[day + 1] / count for value, sums in found.items()}
    return max(excess.items(), key=lambda item: (item[1], str(item[0])), default=(0, Decimal(0)))


def _named(reader: PanelReader, by: Dimension, values: set[int | str]) -> dict[int | str, Row]:
    """The values as people read them; how much they had is said elsewhere."""
    if not values:
        return {}
    # A breakdown leaves out what had nothing: a call each, the least that is something.
    asked = {value: Spend(Measures(calls=1)) for value in sorted(values, key=str)}
    return {value_of(row): row for row in reader.lines(by, Told(asked), is_compared=False)}
