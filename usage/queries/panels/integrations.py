"""Usage by connected service (mail, chat, whatever calls models), how each is doing, and one of them over time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from teams.queries.ahead import ahead
from usage.breakdown import Key, Name, Spend, all_together, breakdown, named
from usage.enums import RowKind
from usage.models import UsageDaily
from usage.panels.answers import Breakdown
from usage.panels.buckets import Step, fitting_bucket, steps_of
from usage.panels.integration_health import (
    Driver,
    Flag,
    HealthLine,
    IntegrationPage,
    LastSeen,
    latency_of,
)
from usage.panels.service_spikes import CallCounts, CallsByDay, HealthState, Spike, baseline, judged
from usage.panels.vocabulary import UNATTRIBUTED, Bucket, Dimension
from usage.progress import Days
from usage.queries.names import INTEGRATION, names_ahead
from usage.queries.panels.integration_course import course_bucket, course_by_hour, course_by_step
from usage.queries.panels.integration_drivers import drivers_of
from usage.queries.panels.integration_reads import (
    ServiceUse,
    hours_are_kept,
    rows_of_services,
    use_in_hours,
    use_in_steps,
    use_of_services,
)
from usage.queries.panels.options import entry_value
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.resolve import resolved

INTEGRATION_FILTERS: Final = (
    Dimension.INTEGRATION,
    Dimension.MODEL,
    Dimension.PROVIDER,
    Dimension.FEATURE,
    Dimension.DEPARTMENT,
    Dimension.PLATFORM,
)
PAGE_FILTERS: Final = INTEGRATION_FILTERS[1:]
MOST_LINES: Final = 50
"""Services whose health is told, those with the most calls; their usage is told of all."""
MOST_FLAGS: Final = 3
"""Spikes told per service in the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationsAnswer:
    """Usage by service, and the health of each. ``has_latency`` is False where no hours are kept for the asker.

    ``left_out`` services have too few calls to be among the fifty whose health is told.
    """

    breakdown: Breakdown
    health: tuple[HealthLine, ...]
    left_out: int
    has_latency: bool
    bucket: Bucket
    steps: tuple[Step, ...]


def integrations_panel(request: PanelRequest) -> IntegrationsAnswer:
    """What the services used and how they are doing. Raises ``NotOffered``."""
    reader, shown = request.reader, request.spans.shown
    has_latency = hours_are_kept(reader)
    bucket = fitting_bucket(shown)
    steps = steps_of(shown, bucket=bucket, week_start=request.organization.week_start, today=request.today)
    with ahead():
        rows = rows_of_services(reader, shown=shown, reach=_reach(shown))
        spends_read = reader.spends_ahead(Dimension.INTEGRATION, request.spans)
        uses = use_of_services(reader, rows)
        active = sorted(
            (entry_id for entry_id in uses if entry_id and _called(uses[entry_id].by_day)),
            key=lambda entry_id: (-_total(uses[entry_id].by_day, shown).calls, entry_id),
        )
        told = {entry_id: uses[entry_id] for entry_id in active[:MOST_LINES]}
        spends = spends_read()
        names_read = _names(request, {*told, *(int(value) for value in spends)})
        lines_read = _lines(request, told, steps)
        names = names_read()
        lines = lines_read(names)
    return IntegrationsAnswer(
        breakdown=_breakdown(request, spends, names),
        health=lines,
        left_out=len(active[MOST_LINES:]),
        has_latency=has_latency,
        bucket=bucket,
        steps=steps,
    )


def integration_panel(request: PanelRequest) -> IntegrationPage | None:
    """One service by its id, or the usage that names none; None where there is none, or nothing of it may be seen."""
    narrowed = _narrowed(request, request.names["integration_id"])
    if narrowed is None:
        return None
    reader, shown = narrowed.reader, narrowed.spans.shown
    has_latency = hours_are_kept(reader)
    entry_id = reader.merged.shown_as((INTEGRATION, min(reader.chosen[Dimension.INTEGRATION])))[1]
    steps = steps_of(
        shown, bucket=fitting_bucket(shown), week_start=request.organization.week_start, today=request.today
    )
    bucket = course_bucket(shown, has_hours=has_latency)
    if bucket is Bucket.HOUR:
        use, of_hours = use_in_hours(reader, shown=shown, reach=_reach(shown))
        points = course_by_hour(request, of_hours)
    else:
        use, of_steps = use_in_steps(reader, steps, reach=_reach(shown))
        points = course_by_step(steps, use, of_steps)
    with ahead():
        names_read = _names(request, {entry_id})
        total_read = reader.total_ahead(narrowed.spans)
        lines_read = _lines(narrowed, {entry_id: use}, steps, flags=20)
        spend = total_read()
        (line,) = lines_read(names_read())
    return IntegrationPage(
        line=line,
        spend=spend,
        bucket=bucket,
        points=points,
        has_latency=has_latency,
    )


def _breakdown(
    request: PanelRequest, spends: Mapping[int | str, Spend], names: Mapping[Key, Name]
) -> Breakdown:
    """The same as everywhere else, with names that are read already."""
    keyed = {(INTEGRATION, int(entry_id)): spend for entry_id, spend in spends.items()}
    rows = breakdown(keyed, is_compared=request.spans.compared is not None)
    return Breakdown(by=Dimension.INTEGRATION, total=all_together(spends.values()), rows=named(rows, names))


def _names(request: PanelRequest, entry_ids: Iterable[int]) -> Callable[[], dict[Key, Name]]:
    return names_ahead(request.organization.pk, [(INTEGRATION, entry_id) for entry_id in entry_ids])


def _narrowed(request: PanelRequest, value: str) -> PanelRequest | None:
    """The request with nothing but the service called ``value``, as far as there is any for the asker."""
    reader = request.reader
    asked = {Dimension.INTEGRATION: (value,)}
    ids = resolved(asked, organization_id=reader.organization_id, merged=reader.merged)[Dimension.INTEGRATION]
    if not ids:
        return None
    if not reader.visible.whole_organization:
        used = UsageDaily.objects.filter(
            reader.seen(), organization_id=reader.organization_id, integration_id__in=ids
        )
        if not used.exists():
            return None
    return replace(request, reader=replace(reader, chosen={**reader.chosen, Dimension.INTEGRATION: ids}))


def _lines(
    request: PanelRequest,
    uses: Mapping[int, ServiceUse],
    steps: Sequence[Step],
    *,
    flags: int = MOST_FLAGS,
) -> Callable[[Mapping[Key, Name]], tuple[HealthLine, ...]]:
    """The health of each of the services, those that need looking at first, with names that are read later. Sent
    ahead."""
    shown = request.spans.shown
    found = {entry_id: judged(use.by_day, shown=shown, today=request.today) for entry_id, use in uses.items()}
    told = [(entry_id, spike) for entry_id, of in found.items() for spike in of.spikes[:flags]]
    told.sort(key=lambda pair: pair[1].day, reverse=True)
    drivers_read = drivers_of(request.reader, told)
    days_of_steps = [step.days.each() for step in steps]

    def lines(names: Mapping[Key, Name]) -> tuple[HealthLine, ...]:
        drivers = drivers_read()
        every = [
            _line(
                request,
                names.get((INTEGRATION, entry_id)),
                entry_id,
                uses[entry_id],
                days_of_steps,
                state=of.state,
                flags=tuple(_flag(entry_id, spike, drivers) for spike in of.spikes[:flags]),
            )
            for entry_id, of in found.items()
        ]
        return tuple(
            sorted(every, key=lambda line: (_URGENCY.index(line.state), -line.counts.calls, line.name))
        )

    return lines


_URGENCY: Final = (
    HealthState.CRITICAL,
    HealthState.WARNING,
    HealthState.OK,
    HealthState.NEW,
    HealthState.UNUSED,
)


def _line(
    request: PanelRequest,
    name: Name | None,
    entry_id: int,
    use: ServiceUse,
    days_of_steps: Sequence[Sequence[date]],
    *,
    state: HealthState,
    flags: tuple[Flag, ...],
) -> HealthLine:
    zone, by_day = ZoneInfo(request.time_zone), use.by_day
    called = [day for day, counts in by_day.items() if counts.calls > 0]
    succeeded = [day for day, counts in by_day.items() if counts.calls > counts.failures]
    external_id = name.external_id if name else ""
    return HealthLine(
        value=entry_value(entry_id, external_id) if entry_id else UNATTRIBUTED,
        name=_name(entry_id, name),
        external_id=external_id,
        state=state,
        counts=_total(by_day, request.spans.shown),
        latency=latency_of(use.histogram),
        volume=tuple(sum(by_day[day].calls for day in days if day in by_day) for days in days_of_steps),
        last_activity=_last(called, use.last_activity, zone),
        last_success=_last(succeeded, use.last_success, zone),
        flags=flags,
    )


def _name(entry_id: int, name: Name | None) -> str:
    if not entry_id:
        return str(RowKind.UNATTRIBUTED.label)
    return name.name if name else _("Integration %(id)d") % {"id": entry_id}


def _last(days: Sequence[date], hour: datetime | None, zone: ZoneInfo) -> LastSeen | None:
    """The last day, with its hour where that is of the same day: a lead's hours are of their departments alone."""
    if not days:
        return None
    last = max(days)
    local = hour.astimezone(zone) if hour else None
    return LastSeen(last, local if local and local.date() == last else None)


def _flag(entry_id: int, spike: Spike, drivers: Mapping[tuple[int, Spike], Driver]) -> Flag:
    return Flag(spike, drivers.get((entry_id, spike)))


def _reach(shown: Days) -> Days:
    return Days(baseline(shown.first).first, shown.last)


def _called(by_day: CallsByDay) -> bool:
    return any(counts.calls > 0 for counts in by_day.values())


def _total(by_day: CallsByDay, days: Days) -> CallCounts:
    inside = [counts for day, counts in by_day.items() if days.first <= day <= days.last]
    return CallCounts(sum(counts.calls for counts in inside), sum(counts.failures for counts in inside))
