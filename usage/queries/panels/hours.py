"""Sums per hour of the week: a table of 7 × 24 comes out of the database, whatever the range."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Case, F, Q, QuerySet, Sum, When
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay

from usage.figures import Measures
from usage.models import UsageEvent, UsageHourly, UsagePeriod
from usage.panels.hours import WeekHour, ZoneRun, zone_runs
from usage.panels.sources import Source, hourly_source
from usage.periods import Period, month_of
from usage.progress import Days
from usage.queries.panels.reader import COLUMNS, PanelReader
from usage.queries.spend import measured, measures

_MARGIN: Final = timedelta(days=2)
"""A ledger's day lies within this of the day in UTC, also beside a change of the zone."""


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
    runs = zone_runs(periods)
    if not runs:
        return {}
    is_by_event = hourly_source(reader.chosen, visible=reader.visible) is Source.EVENTS
    rows = _own_events(reader, days) if is_by_event else _hourly(reader, days)
    grouped = (
        rows.filter(reader.filtered(COLUMNS), local_date__range=days)
        .order_by()
        .annotate(weekday=ExtractIsoWeekDay("local_date"), hour=_hour(runs))
        .values("weekday", "hour")
        .annotate(**(_event_measures() if is_by_event else measures()))
    )
    return {WeekHour(row["weekday"], row["hour"]): measured(row) for row in grouped}


def _hourly(reader: PanelReader, days: Days) -> "QuerySet[Any]":
    # The key of the table leads with the hour, so that the range is found by it.
    rows = UsageHourly.objects.filter(
        organization_id=reader.organization_id, hour_start__range=_instants(days)
    )
    if reader.visible.whole_organization:
        return rows
    return rows.filter(department_id__in=reader.visible.department_ids)


def _own_events(reader: PanelReader, days: Days) -> "QuerySet[Any]":
    # The month finds the partition, member and time the rows in its index.
    return UsageEvent.objects.filter(
        organization_id=reader.organization_id,
        period__range=(month_of(days.first), month_of(days.last)),
        member_id__in=reader.visible.member_ids,
        occurred_at__range=_instants(days),
    )


def _event_measures() -> dict[str, Sum]:
    sums = measures()
    unpriced = Sum(F("input_tokens") + F("output_tokens"), filter=~Q(unpriced=0), default=0)
    return sums | {"sum_unpriced_tokens": unpriced}


def _hour(runs: Sequence[ZoneRun]) -> Any:
    """The hour on the clock of each row's month. Most organizations never changed their zone."""
    if len(runs) == 1:
        return ExtractHour("hour_start", tzinfo=ZoneInfo(runs[0].time_zone))
    return Case(
        *(
            When(local_date__range=run.days, then=ExtractHour("hour_start", tzinfo=ZoneInfo(run.time_zone)))
            for run in runs
        )
    )


def _instants(days: Days) -> tuple[datetime, datetime]:
    first = datetime.combine(days.first, time(), tzinfo=UTC)
    last = datetime.combine(days.last, time(), tzinfo=UTC)
    return first - _MARGIN, last + _MARGIN + timedelta(days=1)
