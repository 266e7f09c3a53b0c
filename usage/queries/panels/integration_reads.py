"""Reads what the health of connected services is told from: calls by day, latencies and last hours."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from teams.enums import ScopeKind
from teams.queries.ahead import Rows
from usage.panels.buckets import Step
from usage.panels.hour_tables import hours_around
from usage.panels.integration_health import NO_LATENCY, Histogram, merged
from usage.panels.parts import days_of_kept
from usage.panels.service_spikes import CallCounts, CallsByDay
from usage.panels.services_sql import OF_DAYS, OF_HOURS, OF_KEPT_DAYS, Key, ServicesStatement
from usage.panels.sources import Source, hourly_source
from usage.panels.sums_sql import Statement
from usage.panels.tables import COLUMNS, Place, Table, places_of
from usage.panels.vocabulary import Bucket, Dimension
from usage.progress import Days
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.sums import rows_of

_COUNTED: Final = ("calls", "failures")
_DAY: Final = timedelta(days=1)
_SERVICE: Final = Key("integration_id")
_HOUR: Final = Key("extract(epoch FROM hour_start)::bigint", is_of_hours=True)
_NONE: Final = Key("0")
_ANY_SERVICE: Final = ("integration_id > %s", 0)
"""Usage of none has 0. An index is asked for what lies above that, and looked through for what is not it."""


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """Calls of a service by local day, its latencies in the days shown, and the last hours with calls and success.

    Hours and latencies are of what hours are kept of: a lead's are of their departments, a member has none.
    """

    by_day: CallsByDay = field(default_factory=dict)
    histogram: Histogram = NO_LATENCY
    last_activity: datetime | None = None
    last_success: datetime | None = None


def hours_are_kept(reader: PanelReader) -> bool:
    """Whether hours and latencies are kept for the asker. Raises ``NotOffered`` for filters they are not kept by."""
    return hourly_source(reader.chosen, visible=reader.visible) is Source.HOURS


def rows_of_services(reader: PanelReader, *, shown: Days, reach: Days) -> Rows:
    """What ``use_of_services`` is told by, of ``reach``, which ends with ``shown``. Without a filter by integrations,
    usage of none is left out."""
    return _read(reader, shown=shown, reach=reach, key=_SERVICE, key_of_others=_SERVICE)


def use_of_services(reader: PanelReader, rows: Rows) -> dict[int, ServiceUse]:
    """Per integration its use; what was merged stands under the entry that shows it."""
    found: dict[int, list[ServiceUse]] = {}
    for integration_id, use in _uses(rows):
        entry_id = reader.merged.shown_as((Dimension.INTEGRATION.value, integration_id))[1]
        found.setdefault(entry_id, []).append(use)
    return {entry_id: together(parts) for entry_id, parts in found.items()}


def use_in_steps(
    reader: PanelReader, steps: Sequence[Step], *, reach: Days
) -> tuple[ServiceUse, dict[int, ServiceUse]]:
    """The use of all that the reader lets through in ``reach``, which ends with the last of ``steps``; and in each
    step, by its place among them, that of which hours are kept."""
    shown = Days(steps[0].days.first, steps[-1].days.last)
    step = Key("width_bucket(local_date, %s::date[])", ([step.days.first for step in steps],))
    parts = dict(_uses(_read(reader, shown=shown, reach=reach, key=step, key_of_others=_NONE)))
    return together(parts.values()), {place - 1: use for place, use in parts.items() if place}


def use_in_hours(
    reader: PanelReader, *, shown: Days, reach: Days
) -> tuple[ServiceUse, dict[datetime, ServiceUse]]:
    """The same in each hour of ``shown``."""
    parts = dict(_uses(_read(reader, shown=shown, reach=reach, key=_HOUR, key_of_others=_NONE)))
    return together(parts.values()), {
        datetime.fromtimestamp(seconds, UTC): use for seconds, use in parts.items() if seconds
    }


def together(parts: Collection[ServiceUse]) -> ServiceUse:
    """All ``parts`` as one."""
    if len(parts) == 1:
        return next(iter(parts))
    by_day: dict[date, CallCounts] = {}
    for part in parts:
        for day, counts in part.by_day.items():
            by_day[day] = by_day[day] + counts if day in by_day else counts
    return ServiceUse(
        by_day,
        merged(part.histogram for part in parts),
        max((part.last_activity for part in parts if part.last_activity), default=None),
        max((part.last_success for part in parts if part.last_success), default=None),
    )


def _read(reader: PanelReader, *, shown: Days, reach: Days, key: Key, key_of_others: Key) -> Rows:
    """What was used in ``reach`` by ``key``, in one query: from the months that are kept and the hours of other days,
    and from days for what no hours are kept of.

    ``key_of_others`` is that of what has no latencies: days before ``shown``, and those that know no hours.
    """
    statement, own = ServicesStatement(), service_places(reader)
    if hours_are_kept(reader):
        # Hours hold what the first place does.
        own = own[1:]
        for days, is_shown in _told_apart(reach, shown):
            _add_hours(statement, reader, days, key=key if is_shown else key_of_others, is_shown=is_shown)
    for place in own:
        table = _of_services(reader, place.by_day)
        statement.add(
            table, reader.organization_id, reach, key=key_of_others, rows=OF_DAYS, with_latencies=False
        )
    return rows_of(statement)


def _uses(rows: Rows) -> Iterator[tuple[int, ServiceUse]]:
    for value, days, active, succeeded, histogram in rows:
        yield (
            value,
            ServiceUse(_by_day(days), _histogram(histogram), _instant(active), _instant(succeeded)),
        )


def _add_hours(
    statement: ServicesStatement, reader: PanelReader, days: Days, *, key: Key, is_shown: bool
) -> None:
    months, others = ((), (days,)) if key.is_of_hours else _kept_days(reader, days)
    if months:
        statement.add(
            _kept_services(reader, months),
            reader.organization_id,
            days,
            key=key,
            rows=OF_KEPT_DAYS,
            with_latencies=is_shown,
        )
    for stretch in others:
        statement.add(
            _hours(reader, stretch),
            reader.organization_id,
            stretch,
            key=key,
            rows=OF_HOURS,
            with_latencies=is_shown,
        )


def _by_day(days: str) -> dict[date, CallCounts]:
    """A day may come several times."""
    found: dict[date, CallCounts] = {}
    numbers = map(int, days.split())
    for ordinal, calls, failures in zip(numbers, numbers, numbers, strict=True):
        day, counts = date.fromordinal(ordinal), CallCounts(calls, failures)
        found[day] = found[day] + counts if day in found else counts
    return found


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
