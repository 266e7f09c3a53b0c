"""Quiet hours: when a heavy job would disturb the fewest people. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from usage.panels.hours import HOURS, WeekHour

QUIET_PART: Final = Fraction(1, 4)
"""An hour is quiet when it has at most this part of what a mean hour of the week has."""


@dataclass(frozen=True, slots=True)
class QuietWindow:
    """Hours in a row of one day: from ``first_hour`` on the clock, ``hours`` long; it ends by midnight."""

    first_hour: int
    hours: int

    @property
    def until(self) -> int:
        """The hour at which it is over, 24 for midnight."""
        return self.first_hour + self.hours


def quiet_limit(averages: Mapping[WeekHour, Decimal]) -> Decimal:
    """What an hour may have at most to be quiet: a quarter of the mean of all hours of the week that are known."""
    if not averages:
        return Decimal(0)
    mean = sum(averages.values(), Decimal(0)) / len(averages)
    return mean * QUIET_PART.numerator / QUIET_PART.denominator


def quiet_window(day: Sequence[Decimal | None], *, limit: Decimal) -> QuietWindow | None:
    """The longest run of hours with at most ``limit`` each; of equally long ones that with least, then the first.

    ``day`` has 24 averages; None is an hour that is not known, which is not quiet. None where no hour is quiet.
    """
    best: tuple[int, Decimal, int] | None = None
    first, total = 0, Decimal(0)
    for hour, value in enumerate([*day, None]):
        if value is not None and value <= limit:
            total += value
            continue
        if hour > first:
            # Longer is better, then quieter, then earlier: the smallest of these.
            best = min(best or (0, Decimal(0), HOURS), (first - hour, total, first))
        first, total = hour + 1, Decimal(0)
    return QuietWindow(best[2], -best[0]) if best else None


def quiet_every_day(
    averages: Mapping[WeekHour, Decimal], weekdays: Sequence[int], *, limit: Decimal
) -> QuietWindow | None:
    """The longest window that is quiet on each of ``weekdays``; None where there is none."""
    loudest: list[Decimal | None] = []
    for hour in range(HOURS):
        values = [averages.get(WeekHour(weekday, hour)) for weekday in weekdays]
        known = [value for value in values if value is not None]
        loudest.append(max(known) if known and len(known) == len(values) else None)
    return quiet_window(loudest, limit=limit)
