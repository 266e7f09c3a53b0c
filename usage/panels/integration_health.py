"""What is told of the health of connected services. Frozen; latencies in milliseconds. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from usage.breakdown import Spend
from usage.latency import BUCKETS, percentile_ms
from usage.panels.service_spikes import BASELINE_DAYS, CallCounts, HealthState, Spike
from usage.panels.vocabulary import Bucket, Dimension

Histogram = Sequence[int]
"""Calls per bucket of latency, as ``usage.latency`` has them. Histograms add up; percentiles do not."""

NO_LATENCY: Final[Histogram] = (0,) * BUCKETS


@dataclass(frozen=True, slots=True)
class Latency:
    """Half of the ``calls`` whose duration is known took at most ``p50_ms``, 95 of 100 at most ``p95_ms``.

    Durations are kept in steps that are √2 wide; inside a step they are interpolated.
    """

    calls: int
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class LastSeen:
    """The last day on which something happened, and the hour that it happened in where hours are kept."""

    day: date
    hour_start: datetime | None


@dataclass(frozen=True, slots=True)
class Driver:
    """The model or the feature behind a spike, and its part of what there was more than usual, 0 to 1."""

    dimension: Dimension
    name: str
    part: float


@dataclass(frozen=True, slots=True)
class Flag:
    """A spike with its driver; None for silence, and where none stands out."""

    spike: Spike
    driver: Driver | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthLine:
    """A connected service in the days shown. ``value`` is what filters and its page call it.

    ``volume`` holds the calls of each step. ``latency`` is None where no duration is known or hours are not kept for
    the asker. The last activity and success are looked for in the days shown and the four weeks before.
    """

    value: str
    name: str
    external_id: str
    state: HealthState
    counts: CallCounts
    latency: Latency | None
    volume: tuple[int, ...]
    last_activity: LastSeen | None
    last_success: LastSeen | None
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthPoint:
    """One step of a service's course: an hour from ``hour_start`` on, or the days ``first`` to ``last``."""

    first: date
    last: date
    hour_start: datetime | None
    is_partial: bool
    counts: CallCounts
    latency: Latency | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationPage:
    """One connected service: its use, its health, and both over time."""

    line: HealthLine
    spend: Spend
    bucket: Bucket
    points: tuple[HealthPoint, ...]
    has_latency: bool

    @property
    def heading(self) -> str:
        return self.line.name


def latency_of(histogram: Histogram) -> Latency | None:
    """The percentiles of a histogram; None when it counts nothing."""
    counts = list(histogram)
    half, most = percentile_ms(counts, 0.5), percentile_ms(counts, 0.95)
    if half is None or most is None:
        return None
    return Latency(sum(counts), half, most)


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """All ``histograms`` as one."""
    return tuple(map(sum, zip(NO_LATENCY, *histograms, strict=True)))


def driver_of(
    spike_by: Mapping[tuple[Dimension, str], tuple[int, int]],
) -> Driver | None:
    """What drove a spike: per value of a dimension how much there was on the day, and in the 28 days before it.

    The value with the largest part of what was more than a mean day had. A dimension with a single value explains
    nothing, unless none has more. None where nothing stands out.
    """
    more = {key: day - before / BASELINE_DAYS for key, (day, before) in spike_by.items()}
    values = {dimension: sum(key[0] == dimension for key in more) for dimension, _name in more}
    several = {dimension for dimension, count in values.items() if count > 1}
    best: Driver | None = None
    # Where two have the same part, a model is told rather than a feature, and a name rather than none.
    in_order = sorted(more, key=lambda key: (not key[1], key[0] != Dimension.MODEL, key))
    for dimension, name in in_order:
        excess = more[dimension, name]
        whole = sum(of for key, of in more.items() if key[0] == dimension and of > 0)
        if excess <= 0 or (several and dimension not in several):
            continue
        if best is None or excess / whole > best.part:
            best = Driver(dimension, name, excess / whole)
    return best


def health_charts(
    page: IntegrationPage, *, names: Mapping[str, str], locale: str
) -> dict[str, dict[str, Any]]:
    """What the two charts of a service's page draw: its error rate, and its latencies where they are known."""
    shared = {
        "kind": "lines",
        "bucket": page.bucket.value,
        "steps": [_step(point) for point in page.points],
        "partial": next((index for index, point in enumerate(page.points) if point.is_partial), None),
        "currency": "USD",
        "locale": locale.replace("_", "-"),
    }
    rates = [point.counts.error_rate for point in page.points]
    latencies = [point.latency for point in page.points]
    return {
        "errors": shared
        | {"unit": "percent", "series": [{"name": names["errors"], "slot": 2, "rate": rates}]},
        "latency": shared
        | {
            "series": [
                {"name": names["p50"], "slot": 1, "ms": [of and round(of.p50_ms) for of in latencies]},
                {"name": names["p95"], "slot": 4, "ms": [of and round(of.p95_ms) for of in latencies]},
            ]
        },
    }


def _step(point: HealthPoint) -> str:
    if point.hour_start is None:
        return point.first.isoformat()
    return point.hour_start.strftime("%Y-%m-%dT%H:%M")
