"""What drove a spike: the value of a dimension that stood furthest above its own usual on that day."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Sum

from usage.breakdown import Spend
from usage.figures import Measures, Row
from usage.panels.basis import Basis
from usage.panels.spikes import Spike
from usage.panels.vocabulary import Dimension
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.series import value_of


@dataclass(frozen=True, slots=True)
class SpikeDriver:
    """Who had how much more on a spike's day than on a mean one of the days it is compared with.

    The excess of all values of the dimension adds up to that of the whole over the same mean.
    """

    row: Row
    excess: Decimal


def spike_drivers(
    reader: PanelReader, spikes: Sequence[Spike], *, basis: Basis, by: Dimension
) -> tuple[SpikeDriver | None, ...]:
    """The driver of each spike, in two queries for all; None where nothing stood above its mean."""
    if not spikes:
        return ()
    days = {day for spike in spikes for day in (spike.day, *spike.compared)}
    sums: dict[str, Any] = {}
    for index, spike in enumerate(spikes):
        sums[f"day_{index}"] = _sum(basis, Q(local_date=spike.day))
        sums[f"before_{index}"] = _sum(basis, Q(local_date__in=spike.compared))
    found = reader.sums_by(by, Q(local_date__in=days), sums)
    leading = [_leading(found, index, len(spike.compared)) for index, spike in enumerate(spikes)]
    rows = _rows(reader, by, {value for value, _excess in leading if value is not None})
    return tuple(
        SpikeDriver(rows[value], excess) if value is not None and value in rows else None
        for value, excess in leading
    )


def _sum(basis: Basis, where: Q) -> Sum:
    expression = F("contracted_cost") if basis is Basis.COST else F("input_tokens") + F("output_tokens")
    return Sum(expression, filter=where, default=0)


def _leading(
    found: dict[int | str, dict[str, Any]], index: int, count: int
) -> tuple[int | str | None, Decimal]:
    excess = {
        value: Decimal(sums[f"day_{index}"]) - Decimal(sums[f"before_{index}"]) / count
        for value, sums in found.items()
    }
    value = max(excess, key=lambda value: (excess[value], str(value)), default=None)
    if value is None or excess[value] <= 0:
        return None, Decimal(0)
    return value, excess[value]


def _rows(reader: PanelReader, by: Dimension, values: set[int | str]) -> dict[int | str, Row]:
    """The values as people read them. What they had stands in their excess, not in these."""
    if not values:
        return {}
    ordered = sorted(values, key=str)
    # A breakdown leaves out what had nothing: a call each, the least that is something.
    rows = reader.lines(by, {value: Spend(Measures(calls=1)) for value in ordered}, is_compared=False)
    return {value_of(row): row for row in rows}
