"""Who drove a change and each of some spikes: by one dimension, all in two queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Sum

from usage.breakdown import Spend
from usage.figures import Change, Measures, Row
from usage.panels.basis import Basis
from usage.panels.contributions import Contribution, contributions, cut_to_movers
from usage.panels.spikes import Spike
from usage.panels.vocabulary import Dimension
from usage.panels.weeks import WeeksCompared
from usage.progress import Days
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.series import value_of

Sums = Mapping[int | str, Mapping[str, Any]]
"""Per value of the dimension the sums that were asked for."""


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
    days = {day for spike in spikes for day in (spike.day, *spike.compared)}
    where = Q(local_date__range=weeks.current) | Q(local_date__range=weeks.previous) | Q(local_date__in=days)
    found = reader.sums_by(by, where, _week_sums(weeks) | _spike_sums(spikes, basis))
    cut = cut_to_movers({value: _change(sums) for value, sums in found.items()}, basis)
    leading = [_leading(found, index, len(spike.compared)) for index, spike in enumerate(spikes)]
    rows = _named(reader, by, {*cut.told, *(value for value, excess in leading if excess > 0)})
    return Drivers(
        parts=contributions(cut, rows, entity=by.value, basis=basis),
        of_spikes=tuple(
            SpikeDriver(rows[value], excess) if excess > 0 else None for value, excess in leading
        ),
    )


def _week_sums(weeks: WeeksCompared) -> dict[str, Sum]:
    return {
        "tokens": _sum(Basis.TOKENS, _inside(weeks.current)),
        "previous_tokens": _sum(Basis.TOKENS, _inside(weeks.previous)),
        "contracted": _sum(Basis.COST, _inside(weeks.current)),
        "previous_contracted": _sum(Basis.COST, _inside(weeks.previous)),
    }


def _spike_sums(spikes: Sequence[Spike], basis: Basis) -> dict[str, Sum]:
    sums = {}
    for index, spike in enumerate(spikes):
        sums[f"spike_{index}"] = _sum(basis, Q(local_date=spike.day))
        sums[f"before_{index}"] = _sum(basis, Q(local_date__in=spike.compared))
    return sums


def _inside(days: Days) -> Q:
    return Q(local_date__range=days)


def _sum(basis: Basis, where: Q) -> Sum:
    expression = F("contracted_cost") if basis is Basis.COST else F("input_tokens") + F("output_tokens")
    return Sum(expression, filter=where, default=0)


def _change(sums: Mapping[str, Any]) -> Change:
    return Change(sums["tokens"], sums["previous_tokens"], sums["contracted"], sums["previous_contracted"])


def _leading(found: Sums, index: int, count: int) -> tuple[int | str, Decimal]:
    """The value furthest above its mean; nothing where there is no value at all."""
    excess = {
        value: Decimal(sums[f"spike_{index}"]) - Decimal(sums[f"before_{index}"]) / count
        for value, sums in found.items()
    }
    return max(excess.items(), key=lambda item: (item[1], str(item[0])), default=(0, Decimal(0)))


def _named(reader: PanelReader, by: Dimension, values: set[int | str]) -> dict[int | str, Row]:
    """The values as people read them; how much they had is said elsewhere."""
    if not values:
        return {}
    # A breakdown leaves out what had nothing: a call each, the least that is something.
    asked = {value: Spend(Measures(calls=1)) for value in sorted(values, key=str)}
    return {value_of(row): row for row in reader.lines(by, asked, is_compared=False)}
