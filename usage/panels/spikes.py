"""Spikes: days far above what is usual on their weekday. Pure.

A day is compared with the same weekday of up to eight weeks before, as far as there is history, and of three at
least. Usual is their median; how much they scatter is their median absolute deviation (MAD), times 1.4826 to stand
for a standard deviation. Neither moves when one of them was a spike itself. A day is a spike when it is above the
median by

- more than 3.5 of these deviations, and
- at least half of the median, and half of a mean day of those weeks.

The second keeps quiet where days hardly differ: constant usage has no deviation, and a little on a weekday that is
mostly idle is still a little. Where there was nothing at all in those weeks, nothing is usual and nothing a spike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Final

from usage.panels.weeks import WEEK
from usage.progress import Days

WEEKS_BACK: Final = 8
FEWEST_WEEKS_BACK: Final = 3
DEVIATIONS: Final = Decimal("3.5")
PER_DEVIATION: Final = Decimal("1.4826")
"""Standard deviations of a normal distribution per median absolute deviation."""
LEAST_PART: Final = Decimal("0.5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """A day far above the ``usual``, the median of ``compared``: the same weekday in the weeks before."""

    day: date
    value: Decimal
    usual: Decimal
    compared: tuple[date, ...]

    @property
    def excess(self) -> Decimal:
        """How far above the usual."""
        return self.value - self.usual


def spikes_in(days: Days, by_day: Mapping[date, Decimal], *, history_since: date | None) -> tuple[Spike, ...]:
    """The spikes among ``days``, in order. ``by_day`` reaches eight weeks further back; a missing day had nothing.

    ``history_since`` is the first day with usage: what lies before is not known, rather than nothing.
    """
    if history_since is None:
        return ()
    found = (_spike(day, by_day, history_since) for day in days.each() if day in by_day)
    return tuple(spike for spike in found if spike is not None)


def weekdays_before(day: date, *, history_since: date) -> tuple[date, ...]:
    """The same weekday in up to eight weeks before ``day``, as far as there is history; the latest first."""
    before = [day - WEEK * count for count in range(1, WEEKS_BACK + 1)]
    return tuple(earlier for earlier in before if earlier >= history_since)


def _spike(day: date, by_day: Mapping[date, Decimal], history_since: date) -> Spike | None:
    compared = weekdays_before(day, history_since=history_since)
    if len(compared) < FEWEST_WEEKS_BACK:
        return None
    values = [by_day.get(earlier, Decimal(0)) for earlier in compared]
    usual, value = median(values), by_day[day]
    above = value - usual
    # What tells most days that are none comes first, and what takes longest last.
    if above < LEAST_PART * usual:
        return None
    deviation = PER_DEVIATION * median([abs(value - usual) for value in values])
    if above <= DEVIATIONS * deviation:
        return None
    mean = _mean_day(by_day, Days(compared[-1], day - timedelta(days=1)))
    if mean <= 0 or above < LEAST_PART * mean:
        return None
    return Spike(day=day, value=value, usual=usual, compared=compared)


def _mean_day(by_day: Mapping[date, Decimal], days: Days) -> Decimal:
    return sum((by_day.get(day, Decimal(0)) for day in days.each()), Decimal(0)) / days.length
