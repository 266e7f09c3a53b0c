"""When a day of a connected service is out of the ordinary: beside its own four weeks before. Pure.

The rules, in words:

* **usual** is the median of the 28 days before the day, days without calls counted as none, from the first day on
  which the service was called at all. With less than 7 such days nothing is judged.
* **volume**: more than twice the usual, more than the usual and four times its spread (the median distance from the
  median, scaled to a standard deviation), and at least 20 calls more. All three, so that neither a steady service's
  small step nor a small service's chance is a spike.
* **errors**: at least 20 calls of which 5 failed, and an error rate that is more than twice the usual one and more
  than 5 points above it. The usual rate is the median over days with at least 5 calls, of which there must be 7.
* **silence**: no calls on the last complete days, for longer than ever in the 28 days before, and for at least two.
  So a service that rests on weekends is not silent on Sunday.

A day that is not over yet is judged by what it has so far, and never for silence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import median
from typing import Final

from usage.progress import Days

BASELINE_DAYS: Final = 28
LEAST_DAYS: Final = 7
RECENT_DAYS: Final = 7
"""A spike matters for the state of a service this long."""
MOST_DAYS: Final = 92
"""The last days of a range that are judged: nobody looks for spikes of two years ago in a list of services."""

_TIMES: Final = 2
_SPREADS: Final = 4
_TO_DEVIATION: Final = 1.4826
_LEAST_CALLS_MORE: Final = 20
_LEAST_CALLS: Final = 20
_LEAST_FAILURES: Final = 5
_POINTS: Final = 0.05
_CALLS_OF_A_RATE: Final = 5
_SILENT_DAYS: Final = 2
_CRITICAL_RATE: Final = 0.25


class SpikeKind(StrEnum):
    """What was out of the ordinary."""

    VOLUME = "volume"
    ERRORS = "errors"
    SILENCE = "silence"


class HealthState(StrEnum):
    """How a service is doing. NEW has too little history to tell, UNUSED had no calls in the days shown."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    NEW = "new"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class CallCounts:
    """Calls and how many of them failed."""

    calls: int = 0
    failures: int = 0

    @property
    def error_rate(self) -> float | None:
        """Failed calls among all, 0 to 1; None without calls."""
        return self.failures / self.calls if self.calls > 0 else None

    def __add__(self, other: "CallCounts") -> "CallCounts":
        return CallCounts(self.calls + other.calls, self.failures + other.failures)


NO_CALLS: Final = CallCounts()
CallsByDay = Mapping[date, CallCounts]


@dataclass(frozen=True, slots=True)
class Spike:
    """A day out of the ordinary. ``value`` and ``usual`` are calls a day, or error rates from 0 to 1.

    Of SILENCE ``day`` is the first day without calls and ``value`` the number of such days.
    """

    kind: SpikeKind
    day: date
    value: float
    usual: float


@dataclass(frozen=True, slots=True)
class Judged:
    """The state of a service and its spikes, latest first."""

    state: HealthState
    spikes: tuple[Spike, ...]


def judged(by_day: CallsByDay, *, shown: Days, today: date) -> Judged:
    """How a service did in the days ``shown``; ``by_day`` reaches 28 days further back."""
    days = Days(max(shown.first, shown.last - timedelta(days=MOST_DAYS - 1)), shown.last)
    spikes = [spike for of_day in reversed(_spikes_by_day(by_day, days)) for spike in of_day]
    if silence := silence_before(by_day, min(shown.last, today - timedelta(days=1))):
        spikes.insert(0, silence)
    return Judged(_state(by_day, spikes, shown), tuple(spikes))


def _spikes_by_day(by_day: CallsByDay, days: Days) -> list[list[Spike]]:
    """What was out of the ordinary on each of ``days``, in order: at most one spike of errors and one of volume."""
    reach = Days(baseline(days.first).first, days.last).each()
    counts = [by_day.get(day, NO_CALLS) for day in reach]
    return [
        _spikes(reach[index], counts[index], _since_first_call(counts[index - BASELINE_DAYS : index]))
        for index in range(BASELINE_DAYS, len(reach))
    ]


def _spikes(day: date, counts: CallCounts, before: Sequence[CallCounts]) -> list[Spike]:
    if len(before) < LEAST_DAYS:
        return []
    found = []
    rate = counts.error_rate
    if rate is not None and counts.calls >= _LEAST_CALLS and counts.failures >= _LEAST_FAILURES:
        rates = [of.failures / of.calls for of in before if of.calls >= _CALLS_OF_A_RATE]
        if len(rates) >= LEAST_DAYS:
            usual_rate = median(rates)
            if rate > _TIMES * usual_rate and rate > usual_rate + _POINTS:
                found.append(Spike(SpikeKind.ERRORS, day, rate, usual_rate))
    usual = median([of.calls for of in before])
    if counts.calls > _TIMES * usual and counts.calls >= usual + _LEAST_CALLS_MORE:
        spread = _TO_DEVIATION * median([abs(of.calls - usual) for of in before])
        if counts.calls > usual + _SPREADS * spread:
            found.append(Spike(SpikeKind.VOLUME, day, counts.calls, usual))
    return found


def silence_before(by_day: CallsByDay, last: date) -> Spike | None:
    """The silence that ``last``, a day that is over, ends; None where there is none or such silence is usual."""
    silent = 0
    while silent < BASELINE_DAYS and not by_day.get(last - timedelta(days=silent), NO_CALLS).calls:
        silent += 1
    first = last - timedelta(days=silent - 1)
    before = _before(by_day, first)
    active = sum(counts.calls > 0 for counts in before)
    if silent < _SILENT_DAYS or active < LEAST_DAYS or silent <= _longest_gap(before):
        return None
    usual = median(counts.calls for counts in before)
    return Spike(SpikeKind.SILENCE, first, silent, usual)


def baseline(day: date) -> Days:
    """The days that ``day`` is judged by."""
    return Days(day - timedelta(days=BASELINE_DAYS), day - timedelta(days=1))


def _state(by_day: CallsByDay, spikes: Sequence[Spike], shown: Days) -> HealthState:
    recent = shown.last - timedelta(days=RECENT_DAYS - 1)
    called = [day for day, counts in by_day.items() if counts.calls > 0 and day <= shown.last]
    lately = [spike for spike in spikes if spike.day >= recent or spike.kind is SpikeKind.SILENCE]
    if not called or (max(called) < shown.first and not lately):
        return HealthState.UNUSED
    last = max(called)
    counts = by_day[last]
    failing = counts.failures == counts.calls >= _LEAST_FAILURES
    rising = any(
        spike.kind is SpikeKind.ERRORS and spike.day == last and spike.value >= _CRITICAL_RATE
        for spike in lately
    )
    if failing or rising:
        return HealthState.CRITICAL
    if lately:
        return HealthState.WARNING
    return HealthState.OK if len(_before(by_day, shown.last)) >= LEAST_DAYS else HealthState.NEW


def _before(by_day: CallsByDay, day: date) -> list[CallCounts]:
    """The days before ``day``, in order, from the first one with calls on."""
    return _since_first_call([by_day.get(each, NO_CALLS) for each in baseline(day).each()])


def _since_first_call(counts: list[CallCounts]) -> list[CallCounts]:
    first = next((index for index, of in enumerate(counts) if of.calls > 0), len(counts))
    return counts[first:]


def _longest_gap(counts: Sequence[CallCounts]) -> int:
    longest = gap = 0
    for of in counts:
        gap = 0 if of.calls > 0 else gap + 1
        longest = max(longest, gap)
    return longest
