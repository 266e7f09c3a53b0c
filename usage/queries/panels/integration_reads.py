"""Reads what the health of connected services is told from: calls by day, latencies and last hours."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db import connection

from teams.enums import ScopeKind
from usage.panels.integration_health import NO_LATENCY, Histogram, merged
from usage.panels.parts import DayPart, Weights, days_of_kept
from usage.panels.service_spikes import CallCounts
from usage.panels.services_sql import OF_HOURS, OF_KEPT_DAYS, HoursStatement
from usage.panels.sources import Source, hourly_source
from usage.panels.sums_sql import Statement
from usage.panels.tables import COLUMNS, Place, Table, places_of
from usage.panels.vocabulary import Bucket, Dimension
from usage.progress import Days
from usage.queries.panels.hours import hours_around
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.sums import rows_of

_COUNTED: Final = ("calls", "failures")
_ONCE: Final = Weights(1, 0, 0)
_DAY: Final = timedelta(days=1)
_ANY_SERVICE: Final = ("integration_id > %s", 0)
"""Usage of none has 0. An index is asked for what lies above that, and looked through for what is not it."""


@dataclass(frozen=True, slots=True)
class Hours:
    """What ``usage_hourly`` says of a service: latencies in the days shown, and the last hours with calls."""

    histogram: Histogram
    last_activity: datetime | None
    last_success: datetime | None


@dataclass(frozen=True, slots=True)
class HourSums:
    """What the hours of a local day, or a single one of them, add up to; ``first_hour`` is the first with usage."""

    day: date
    first_hour: datetime
    counts: CallCounts
    histogram: Histogram
    last_activity: datetime | None
    last_success: datetime | None


def calls_by_day(reader: PanelReader, days: Days) -> dict[int, dict[date, CallCounts]]:
    """Calls per integration and local day; what was merged stands under the entry that shows it.

    Without a filter by integrations, usage of none is left out.
    """
    months, others = _kept_days(reader, days)
    statement = counted(Dimension.INTEGRATION)
    if months:
        statement.add(_kept_services(reader, months), reader.organization_id, DayPart(days, _ONCE))
    for number, place in enumerate(service_places(reader)):
        # Months keep what departments had, which is first; a lead's own usage elsewhere stands by day only.
        for stretch in others if number == 0 else (days,):
            statement.add(_of_services(reader, place.by_day), reader.organization_id, DayPart(stretch, _ONCE))
    found: dict[int, dict[date, CallCounts]] = {}
    shown = _Shown(reader)
    for integration_id, day, calls, failures in rows_of(statement):
        by_day, counts = found.setdefault(shown[integration_id], {}), CallCounts(calls, failures)
        by_day[day] = by_day[day] + counts if day in by_day else counts
    return found


def hours_are_kept(reader: PanelReader) -> bool:
    """Whether hours and latencies are kept for the asker. Raises ``NotOffered`` for filters they are not kept by."""
    return hourly_source(reader.chosen, visible=reader.visible) is Source.HOURS


def hours_of(reader: PanelReader, *, shown: Days, reach: Days) -> dict[int, Hours]:
    """Latencies in ``shown`` and the last hours in ``reach``, per integration; a lead's are of their departments."""
    found: dict[int, list[Hours]] = {}
    names = _Shown(reader)
    for row in _summed(reader, ("integration_id",), shown=shown, reach=reach):
        integration_id, _calls, _failures, _begun, active, succeeded, histogram = row
        hours = Hours(_histogram(histogram), _instant(active), _instant(succeeded))
        found.setdefault(names[integration_id], []).append(hours)
    return {entry_id: _together(parts) for entry_id, parts in found.items()}


def hour_sums(reader: PanelReader, *, shown: Days, reach: Days, each_hour: bool) -> tuple[HourSums, ...]:
    """The days of ``reach`` in order, or their hours, over all that the reader lets through.

    Latencies are read of those in ``shown``.
    """
    keys = ("local_date", "hour_start") if each_hour else ("local_date",)
    sums = []
    for row in _summed(reader, keys, shown=shown, reach=reach):
        calls, failures, begun, active, succeeded, histogram = row[len(keys) :]
        sums.append(
            HourSums(
                day=row[0],
                first_hour=datetime.fromtimestamp(begun, UTC),
                counts=CallCounts(calls, failures),
                histogram=_histogram(histogram),
                last_activity=_instant(active),
                last_success=_instant(succeeded),
            )
        )
    return tuple(sorted(sums, key=lambda of: of.first_hour))


def hours_in(sums: Iterable[HourSums], shown: Days) -> Hours:
    """``sums`` together: latencies of the days shown, last hours of all."""
    found = [
        Hours(of.histogram if shown.includes(of.day) else NO_LATENCY, of.last_activity, of.last_success)
        for of in sums
    ]
    return _together(found)


def _summed(reader: PanelReader, keys: Sequence[str], *, shown: Days, reach: Days) -> list[tuple[Any, ...]]:
    """Rows of ``HoursStatement``: from the months that are kept, unless hours are asked for, and from the hours of the
    other days. In one query."""
    months, others = _kept_days(reader, reach) if "hour_start" not in keys else ((), (reach,))
    statement = HoursStatement(keys)
    if months:
        kept = _kept_services(reader, months)
        for stretch, is_shown in _told_apart(reach, shown):
            statement.add(kept, reader.organization_id, stretch, hours=OF_KEPT_DAYS, with_latencies=is_shown)
    for days in others:
        for stretch, is_shown in _told_apart(days, shown):
            statement.add(
                _hours(reader, stretch),
                reader.organization_id,
                stretch,
                hours=OF_HOURS,
                with_latencies=is_shown,
            )
    with connection.cursor() as cursor:
        cursor.execute(statement.sql(), statement.arguments)
        return cursor.fetchall()


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _histogram(counts: str | None) -> Histogram:
    return NO_LATENCY if counts is None else tuple(map(int, counts.split()))


def _told_apart(days: Days, shown: Days) -> Iterator[tuple[Days, bool]]:
    """``days``, which end with ``shown`` at the latest: those before it, and those in it."""
    if days.first < shown.first:
        yield Days(days.first, min(days.last, shown.first - _DAY)), False
    if days.last >= shown.first:
        yield Days(max(days.first, shown.first), days.last), True


def _hours(reader: PanelReader, days: Days) -> Table:
    """The hours of ``days`` that the filter and the viewer's rights let through."""
    # The key of the table leads with the hour, so that the days are found by it.
    where: tuple[tuple[str, Any], ...] = tuple(
        zip(("hour_start >= %s", "hour_start <= %s"), hours_around(days), strict=True)
    )
    if not reader.visible.whole_organization:
        where = (*where, ("department_id = ANY(%s)", sorted(reader.visible.department_ids)))
    return _of_services(reader, Table(Source.HOURS.value, COLUMNS, where).narrowed(reader.chosen))


def _kept_services(reader: PanelReader, months: Collection[date]) -> Table:
    """What is kept of integrations by day, in ``months``."""
    departments = reader.chosen.get(Dimension.DEPARTMENT)
    scope, ids = ScopeKind.ORGANIZATION, frozenset({reader.organization_id})
    if departments is not None or not reader.visible.whole_organization:
        scope, ids = ScopeKind.DEPARTMENT, frozenset(reader.visible.department_ids)
        if reader.visible.whole_organization:
            ids = frozenset(departments or ())
        elif departments is not None:
            ids &= frozenset(departments)
    table = Table(
        "usage_month_services",
        {Dimension.INTEGRATION: "integration_id"},
        (
            ("scope_kind = %s", scope.value),
            ("scope_id = ANY(%s)", sorted(ids)),
            ("period = ANY(%s)", sorted(months)),
        ),
    )
    if Dimension.INTEGRATION in reader.chosen:
        table = table.narrowed({Dimension.INTEGRATION: reader.chosen[Dimension.INTEGRATION]})
    return _of_services(reader, table)


def service_places(reader: PanelReader) -> tuple[Place, ...]:
    """Where usage by service lies, as far as the filter and the viewer's rights let it through."""
    return places_of(
        (Dimension.INTEGRATION,),
        organization_id=reader.organization_id,
        visible=reader.visible,
        chosen=reader.chosen,
    )


def _of_services(reader: PanelReader, table: Table) -> Table:
    """Without a filter by integrations only usage of some."""
    if Dimension.INTEGRATION in reader.chosen:
        return table
    return replace(table, where=(*table.where, _ANY_SERVICE))


def counted(*by: Dimension) -> Statement:
    """Calls and failures by some dimensions and day."""
    return Statement(by=by, step=Bucket.DAY, is_compared=False, measures=_COUNTED)


def _kept_days(reader: PanelReader, days: Days) -> tuple[tuple[date, ...], tuple[Days, ...]]:
    """The months that are kept and have some of ``days``, as far as they answer what is asked; the other days."""
    is_kept = reader.chosen.keys() <= {Dimension.INTEGRATION, Dimension.DEPARTMENT}
    if not is_kept or hourly_source(reader.chosen, visible=reader.visible) is not Source.HOURS:
        return (), (days,)
    return days_of_kept(days, kept=reader.kept)


def _together(parts: Sequence[Hours]) -> Hours:
    return Hours(
        merged(part.histogram for part in parts),
        max((part.last_activity for part in parts if part.last_activity), default=None),
        max((part.last_success for part in parts if part.last_success), default=None),
    )


class _Shown(dict[int, int]):
    """The entry that shows an integration, by its id: asked once of each."""

    def __init__(self, reader: PanelReader) -> None:
        super().__init__()
        self._merged = reader.merged

    def __missing__(self, integration_id: int) -> int:
        shown = self._merged.shown_as((Dimension.INTEGRATION.value, integration_id))[1]
        self[integration_id] = shown
        return shown
