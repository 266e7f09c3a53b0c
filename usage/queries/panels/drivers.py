"""Who drove a change and each of some spikes: by one dimension, all in two queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from usage.breakdown import Spend, Told
from usage.figures import UNCHANGED, Change, Measures, Row
from usage.panels.basis import Basis
from usage.panels.contributions import MOST_CONTRIBUTIONS, Contribution, contributions, cut_to_movers
from usage.panels.drivers_sql import DriversStatement, SpikeSpan
from usage.panels.spikes import Spike
from usage.panels.tables import places_of
from usage.panels.vocabulary import Dimension
from usage.panels.weeks import WeeksCompared
from usage.queries.names import DIRECTORIES
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.series import value_of

Sums = Mapping[int | str, Sequence[Decimal]]
"""Per value of the dimension the sums of the basis on each spike's day and on those that it is compared with."""


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
    statement = _statement(reader, weeks, spikes, basis=basis, by=by)
    changes, sums, beyond = _read(reader, statement)
    cut = cut_to_movers(changes, basis, beyond=beyond)
    leading = [_leading(sums, index, len(spike.compared)) for index, spike in enumerate(spikes)]
    rows = _named(reader, by, {*cut.told, *(value for value, excess in leading if excess > 0)})
    return Drivers(
        parts=contributions(cut, rows, entity=by.value, basis=basis),
        of_spikes=tuple(
            SpikeDriver(rows[value], excess) if excess > 0 else None for value, excess in leading
        ),
    )


def _statement(
    reader: PanelReader, weeks: WeeksCompared, spikes: Sequence[Spike], *, basis: Basis, by: Dimension
) -> DriversStatement:
    days_of_spikes = [days for spike in spikes for days in ([spike.day], spike.compared)]
    statement = DriversStatement(
        by=by,
        basis=basis,
        spans=[weeks.current.each(), weeks.previous.each(), *days_of_spikes],
        spikes=[
            SpikeSpan(2 + 2 * index, 3 + 2 * index, len(spike.compared)) for index, spike in enumerate(spikes)
        ],
        # Two more than are told: one too many is told itself.
        most=MOST_CONTRIBUTIONS + 2,
    )
    for place in places_of(
        (by,), organization_id=reader.organization_id, visible=reader.visible, chosen=reader.chosen
    ):
        statement.add(place.by_day, reader.organization_id)
    return statement


def _read(
    reader: PanelReader, statement: DriversStatement
) -> tuple[dict[int | str, Change], Sums, tuple[Change, int]]:
    """The changes of the values that may be told, what these had on the days of spikes, and what all others come to,
    with their number."""
    changes: dict[int | str, Change] = {}
    sums: dict[int | str, Sequence[Decimal]] = {}
    beyond = UNCHANGED, 0
    if not statement.selects:
        return changes, sums, beyond
    merged = reader.merged.of(statement.by.value) if statement.by.value in DIRECTORIES else {}
    with connection.cursor() as cursor:
        cursor.execute(*statement.sql(merged))
        for value, count, now, before, cost_now, cost_before, *of_spikes in cursor.fetchall():
            change = Change(int(now), int(before), cost_now, cost_before)
            if value is None:
                beyond = change, count
            else:
                changes[value], sums[value] = change, of_spikes
    return changes, sums, beyond


def _leading(sums: Sums, index: int, count: int) -> tuple[int | str, Decimal]:
    """The value furthest above its mean; nothing where there is no value at all."""
    excess = {value: of[2 * index] - of[2 * index + 1] / Decimal(count) for value, of in sums.items()}
    return max(excess.items(), key=lambda item: (item[1], str(item[0])), default=(0, Decimal(0)))


def _named(reader: PanelReader, by: Dimension, values: set[int | str]) -> dict[int | str, Row]:
    """The values as people read them; how much they had is said elsewhere."""
    if not values:
        return {}
    # A breakdown leaves out what had nothing: a call each, the least that is something.
    asked = {value: Spend(Measures(calls=1)) for value in sorted(values, key=str)}
    return {value_of(row): row for row in reader.lines(by, Told(asked), is_compared=False)}
