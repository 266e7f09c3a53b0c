"""A connected service over time: by the hour where hours are kept and few enough, else in days, weeks or months."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from usage.panels.buckets import Step, fitting_bucket
from usage.panels.integration_health import NO_LATENCY, HealthPoint, Histogram, latency_of, merged
from usage.panels.service_spikes import NO_CALLS, CallCounts
from usage.panels.vocabulary import Bucket
from usage.periods import local_midnight
from usage.progress import Days
from usage.queries.panels.integration_reads import ServiceUse
from usage.queries.panels.request import PanelRequest

DAYS_BY_HOUR: Final = 7
"""A week has 168 hours: as many as a chart can show."""
_HOUR: Final = timedelta(hours=1)


def course_bucket(shown: Days, *, has_hours: bool) -> Bucket:
    """How long a step of the course is."""
    return Bucket.HOUR if has_hours and shown.length <= DAYS_BY_HOUR else fitting_bucket(shown)


def course_by_hour(request: PanelRequest, of_hours: Mapping[datetime, ServiceUse]) -> tuple[HealthPoint, ...]:
    """Every hour that has begun; a day on which clocks change has 23 or 25 of them."""
    zone, shown = ZoneInfo(request.time_zone), request.spans.shown
    starts_at = local_midnight(shown.first, zone)
    ends_at = min(local_midnight(shown.last + timedelta(days=1), zone), request.now)
    hours = max(-((starts_at - ends_at) // _HOUR), 1)
    counts = [NO_CALLS] * hours
    histograms: list[Histogram] = [NO_LATENCY] * hours
    for starts, use in of_hours.items():
        index = min(max((starts - starts_at) // _HOUR, 0), hours - 1)
        counts[index] = sum(use.by_day.values(), counts[index])
        histograms[index] = merged((histograms[index], use.histogram))
    return tuple(
        _hour((starts_at + index * _HOUR).astimezone(zone), counts[index], histograms[index], request.now)
        for index in range(hours)
    )


def course_by_step(
    steps: Sequence[Step], use: ServiceUse, of_steps: Mapping[int, ServiceUse]
) -> tuple[HealthPoint, ...]:
    """Calls and failures of ``use`` in each step, and the latencies of what hours are kept of."""
    return tuple(
        HealthPoint(
            first=step.days.first,
            last=step.days.last,
            hour_start=None,
            is_partial=step.is_partial,
            counts=sum((use.by_day.get(day, NO_CALLS) for day in step.days.each()), NO_CALLS),
            latency=latency_of(of_steps[place].histogram) if place in of_steps else None,
        )
        for place, step in enumerate(steps)
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
