"""Sums per hour of the week: a table of 7 × 24 comes out of the database, whatever the range."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.db import connection

from teams.enums import ScopeKind
from usage.figures import NOTHING, Measures
from usage.models import UsagePeriod
from usage.month_sql import SUMMED
from usage.panels.hour_tables import kept_hours, own_events
from usage.panels.hours import HOURS, WeekHour, ZoneRun, zone_runs
from usage.panels.hours_sql import by_hour_of_week
from usage.panels.parts import MonthPart, parts_of
from usage.panels.sources import Source, hourly_source
from usage.panels.vocabulary import Dimension
from usage.periods import Period, month_of
from usage.progress import Days, Spans
from usage.queries.panels.reader import PanelReader

_KEPT_HOURS: Final = (
    "SELECT h.hour, "
    + ", ".join(f"sum(h.{name}){'' if name == 'contracted_cost' else '::bigint'}" for name in SUMMED)
    + f" FROM usage_month_hours m CROSS JOIN LATERAL unnest(m.hours, {', '.join(f'm.{name}' for name in SUMMED)}) "
    f"AS h(hour, {', '.join(SUMMED)}) WHERE m.organization_id = %s AND m.scope_kind = %s AND m.scope_id = ANY(%s) "
    "AND m.period = ANY(%s) {models} GROUP BY h.hour"
)


def periods_over(organization_id: int, days: Days) -> tuple[Period, ...]:
    """The billing months that ``days`` lie in, as far as there are any; in order."""
    rows = UsagePeriod.objects.filter(
        organization_id=organization_id, period__range=(month_of(days.first), month_of(days.last))
    )
    return tuple(
        Period(row.period, row.time_zone, row.starts_at, row.ends_at, row.close_number)
        for row in rows.order_by("period")
    )


def sums_by_hour(reader: PanelReader, days: Days, *, periods: Sequence[Period]) -> dict[WeekHour, Measures]:
    """What was used in each hour of the week in ``days``, in the zone of each hour's month.

    A lead reads the hours of their departments, a member their own events. Raises ``NotOffered`` for what hours are
    not kept by.
    """
    source = hourly_source(reader.chosen, visible=reader.visible)
    runs = zone_runs(periods)
    if not runs:
        return {}
    scopes = _kept_scopes(reader, source)
    kept = {} if scopes is None else reader.kept
    found: dict[WeekHour, Measures] = {}
    for part in parts_of(Spans(days, None, None), kept=kept):
        if isinstance(part, MonthPart):
            sums = _of_months(reader, part.months, scopes or {})
        else:
            sums = _of_days(reader, part.days, runs=runs, source=source)
        for hour, of_hour in sums.items():
            before = found.get(hour, NOTHING)
            found[hour] = before + of_hour if part.weights.shown > 0 else before - of_hour
    return found


def _of_days(
    reader: PanelReader, days: Days, *, runs: Sequence[ZoneRun], source: Source
) -> dict[WeekHour, Measures]:
    if source is Source.EVENTS:
        table = own_events(days, reader.visible.member_ids)
    else:
        table = kept_hours(days, visible=reader.visible)
    with connection.cursor() as cursor:
        cursor.execute(
            *by_hour_of_week(table.narrowed(reader.chosen), reader.organization_id, days, runs=runs)
        )
        return {WeekHour(weekday, hour): Measures(*sums) for weekday, hour, *sums in cursor.fetchall()}


def _kept_scopes(reader: PanelReader, source: Source) -> Mapping[ScopeKind, Collection[int]] | None:
    """The scopes whose hours months keep that answer this; None where only days do."""
    if source is Source.EVENTS:
        is_kept = reader.chosen.keys() <= {Dimension.MODEL}
        return {ScopeKind.MEMBER: reader.visible.member_ids} if is_kept else None
    if not reader.chosen.keys() <= {Dimension.MODEL, Dimension.DEPARTMENT}:
        return None
    departments = reader.chosen.get(Dimension.DEPARTMENT)
    if not reader.visible.whole_organization:
        seen = reader.visible.department_ids
        return {ScopeKind.DEPARTMENT: seen if departments is None else seen & frozenset(departments)}
    if departments is None:
        return {ScopeKind.ORGANIZATION: [reader.organization_id]}
    return {ScopeKind.DEPARTMENT: departments}


def _of_months(
    reader: PanelReader, months: Sequence[date], scopes: Mapping[ScopeKind, Collection[int]]
) -> dict[WeekHour, Measures]:
    ((kind, ids),) = scopes.items()
    models = reader.chosen.get(Dimension.MODEL)
    arguments: list[Any] = [reader.organization_id, kind.value, sorted(ids), list(months)]
    if models is not None:
        arguments.append(sorted(models))
    with connection.cursor() as cursor:
        cursor.execute(
            _KEPT_HOURS.format(models="" if models is None else "AND m.model_id = ANY(%s)"), arguments
        )
        return {
            WeekHour(index // HOURS + 1, index % HOURS): Measures(*sums) for index, *sums in cursor.fetchall()
        }
