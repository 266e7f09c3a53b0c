"""A connected service over time: by the hour where hours are kept and few enough, else in days, weeks or months."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from usage.panels.buckets import Step, fitting_bucket, steps_of
from usage.panels.integration_health import NO_LATENCY, HealthPoint, Histogram, latency_of, merged
from usage.panels.service_spikes import NO_CALLS, CallCounts, CallsByDay
from usage.panels.vocabulary import Bucket
from usage.periods import local_midnight
from usage.queries.panels.integration_reads import HourSums
from usage.queries.panels.request import PanelRequest

DAYS_BY_HOUR: Final = 7
"""A week has 168 hours: as many as a chart can show."""
_HOUR: Final = timedelta(hours=1)


def course_bucket(request: PanelRequest, *, has_hours: bool) -> Bucket:
    """How long a step of the course is."""
    shown = request.spans.shown
    return Bucket.HOUR if has_hours and shown.length <= DAYS_BY_HOUR else fitting_bucket(shown)


def course_of(
    request: PanelRequest, bucket: Bucket, *, by_day: CallsByDay, hours: Sequence[HourSums]
) -> tuple[HealthPoint, ...]:
    """Calls, failures and latencies in each step of ``bucket``; ``hours`` are sums of hours or of days."""
    if bucket is Bucket.HOUR:
        return _by_hour(request, hours)
    shown = request.spans.shown
    steps = steps_of(shown, bucket=bucket, week_start=request.organization.week_start, today=request.today)
    return _by_day(steps, by_day, hours)


def _by_hour(request: PanelRequest, sums: Sequence[HourSums]) -> tuple[HealthPoint, ...]:
    """Every hour that has begun; a day on which clocks change has 23 or 25 of them."""
    zone, shown = ZoneInfo(request.time_zone), request.spans.shown
    starts_at = local_midnight(shown.first, zone)
    ends_at = min(local_midnight(shown.last + timedelta(days=1), zone), request.now)
    hours = max(-((starts_at - ends_at) // _HOUR), 1)
    counts = [NO_CALLS] * hours
    histograms: list[Histogram] = [NO_LATENCY] * hours
    for of in sums:
        if shown.includes(of.day):
            index = min(max((of.first_hour - starts_at) // _HOUR, 0), hours - 1)
            counts[index] += of.counts
            histograms[index] = merged((histograms[index], of.histogram))
    return tuple(
        _hour((starts_at + index * _HOUR).astimezone(zone), counts[index], histograms[index], request.now)
        for index in range(hours)
    )


def _hour(starts_at: datetime, counts: CallCounts, histogram: Histogram, now: datetime) -> HealthPoint:
    return HealthPoint(
        first=starts_at.date(),
        last=starts_at.date(),
        hour_start=starts_at,
        is_partial=now - starts_at < _HOUR,
        counts=counts,
        latency=latency_of(histogram),
    )


def _by_day(steps: Iterable[Step], by_day: CallsByDay, sums: Sequence[HourSums]) -> tuple[HealthPoint, ...]:
    histograms = {of.day: of.histogram for of in sums}
    points = []
    for step in steps:
        days = step.days.each()
        points.append(
            HealthPoint(
                first=step.days.first,
                last=step.days.last,
                hour_start=None,
                is_partial=step.is_partial,
                counts=sum((by_day.get(day, NO_CALLS) for day in days), NO_CALLS),
                latency=latency_of(merged(histograms[day] for day in days if day in histograms)),
            )
        )
    return tuple(points)
