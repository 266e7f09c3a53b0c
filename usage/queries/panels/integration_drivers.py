"""What drove the spikes of connected services: the model or the feature that had more than before."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Final

from teams.queries.ahead import Rows, sent
from usage.panels.integration_health import Driver, driver_of
from usage.panels.parts import DayPart, Weights
from usage.panels.service_spikes import Spike, SpikeKind, baseline
from usage.panels.services_sql import DRIVERS
from usage.panels.vocabulary import Dimension
from usage.progress import Days
from usage.queries.names import MODEL_NAME_SQL
from usage.queries.panels.integration_reads import counted, service_places
from usage.queries.panels.reader import PanelReader

MOST_DRIVERS: Final = 10
"""Spikes whose drivers are looked for, all in one query."""

_ONCE: Final = Weights(1, 0, 0)
_DAY: Final = timedelta(days=1)


def drivers_of(
    reader: PanelReader, spikes: Sequence[tuple[int, Spike]]
) -> Callable[[], dict[tuple[int, Spike], Driver]]:
    """The drivers of the first spikes, each of an integration; silence has none. One query at most, sent ahead."""
    driven = [pair for pair in spikes if pair[1].kind is not SpikeKind.SILENCE][:MOST_DRIVERS]
    if not driven:
        return dict
    ids_of = {
        entry_id: reader.merged.shown_under((Dimension.INTEGRATION.value, entry_id))
        for entry_id, _spike in driven
    }
    statement = counted(Dimension.INTEGRATION, Dimension.MODEL, Dimension.FEATURE)
    meant = {Dimension.INTEGRATION: frozenset().union(*ids_of.values())}
    for place in service_places(reader):
        for days in _together_in_rows(Days(baseline(spike.day).first, spike.day) for _id, spike in driven):
            statement.add(place.by_day.narrowed(meant), reader.organization_id, DayPart(days, _ONCE))
    if not statement.selects:
        return dict
    of_spikes = [
        (number, integration_id, spike.kind is SpikeKind.ERRORS, baseline(spike.day).first, spike.day)
        for number, (entry_id, spike) in enumerate(driven)
        for integration_id in sorted(ids_of[entry_id])
    ]
    grouped_read = sent(
        DRIVERS.format(used=statement.sql(), model_name=MODEL_NAME_SQL),
        [*statement.arguments, *map(list, zip(*of_spikes, strict=True))],
    )
    return lambda: _drivers(driven, grouped_read())


def _drivers(driven: Sequence[tuple[int, Spike]], grouped: Rows) -> dict[tuple[int, Spike], Driver]:
    found = {
        pair: _driver(row[1:] for row in grouped if row[0] == number) for number, pair in enumerate(driven)
    }
    return {pair: driver for pair, driver in found.items() if driver is not None}


def _together_in_rows(stretches: Iterable[Days]) -> list[Days]:
    """All days of ``stretches`` once each, those in a row together."""
    found: list[Days] = []
    for days in sorted(stretches):
        if found and days.first <= found[-1].last + _DAY:
            found[-1] = Days(found[-1].first, max(found[-1].last, days.last))
        else:
            found.append(days)
    return found


def _driver(rows: Iterable[tuple[str, str, int, int]]) -> Driver | None:
    """``rows`` of a model, a feature, how much there was on the day and before."""
    parts: dict[tuple[Dimension, str], tuple[int, int]] = {}
    for model, feature, day, before in rows:
        if not (day or before):
            continue
        for key in ((Dimension.MODEL, model), (Dimension.FEATURE, feature)):
            standing = parts.get(key, (0, 0))
            parts[key] = (standing[0] + day, standing[1] + before)
    return driver_of(parts)
