"""When things happen in a demo organization: its days, how busy each is, and the hours of a day."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from usage.demo.cast import DemoOrganization
from usage.periods import add_months, month_of

MONTHS: Final = 13
_WEEKDAYS: Final = (1.0, 1.12, 1.1, 1.05, 0.8, 0.12, 0.1)
_HOURS: Final = (1, 0.5, 0.3, 0.2, 0.2, 0.5, 2, 6, 14, 22, 24, 20, 11, 17, 22, 20, 15, 9, 5, 4, 4, 4, 3, 2)
# (month, day) → (month, day): how busy the days between are, both included.
_DIPS: Final = (
    ((1, 1), (1, 1), 0.08),
    ((5, 24), (5, 26), 0.5),
    ((7, 3), (7, 4), 0.15),
    ((8, 3), (8, 21), 0.72),
    ((12, 23), (12, 31), 0.2),
)


@dataclass(frozen=True)
class DemoStory:
    """The history of an organization up to ``end``: ``months`` whole months before the one that ``end`` lies in.

    Everything but the last cut depends on the local day of ``end`` alone, so that later on the same day the
    same events come out, and some more.
    """

    organization: DemoOrganization
    end: datetime
    months: int = MONTHS
    seed: str = "1"

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.organization.time_zone)

    @cached_property
    def last_day(self) -> date:
        return self.end.astimezone(self.zone).date()

    @cached_property
    def first_day(self) -> date:
        return add_months(month_of(self.last_day), -self.months)

    @cached_property
    def length(self) -> int:
        """Days, the first and the last included."""
        return (self.last_day - self.first_day).days + 1

    def days(self) -> Iterator[date]:
        for index in range(self.length):
            yield self.first_day + timedelta(days=index)

    def position(self, day: date) -> float:
        """How far into the history a day is: 0 the first, 1 the last."""
        return (day - self.first_day).days / max(1, self.length - 1)

    def day_at(self, position: float) -> date:
        """The first day that is at ``position`` or beyond it."""
        return self.first_day + timedelta(days=math.ceil(position * max(1, self.length - 1) - 1e-9))

    def instant(self, day: date, at: time = time()) -> datetime:
        """A local time of a day, in UTC."""
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)

    def is_spike(self, day: date) -> bool:
        ago = self.organization.spike_days_ago
        return bool(ago) and (self.last_day - day).days == ago

    def dice(self, *parts: object) -> random.Random:
        """Chance that depends on nothing but the organization, the seed and what is named."""
        return random.Random(":".join(map(str, (self.seed, self.organization.slug, *parts))))

    def busyness(self, day: date, *, weekend: float | None = None) -> float:
        """How busy a day is, 1 being an ordinary weekday of the last weeks; ``weekend`` replaces the usual lull."""
        growth = self.organization.growth ** (self.position(day) - 1)
        weekday = _WEEKDAYS[day.weekday()]
        if weekend is not None and day.weekday() > 4:
            weekday = weekend
        return growth * weekday * _season(day) * self.dice("day", day).uniform(0.88, 1.12)

    def moment(self, day: date, dice: random.Random, *, around_the_clock: bool = False) -> datetime:
        """A moment of a day, in UTC: most in office hours, unless nobody sleeps."""
        hour = dice.randrange(24) if around_the_clock else dice.choices(range(24), _HOURS)[0]
        return self.instant(
            day, time(hour, dice.randrange(60), dice.randrange(60), dice.randrange(1_000_000))
        )


def _season(day: date) -> float:
    for first, last, factor in _DIPS:
        if first <= (day.month, day.day) <= last:
            return factor
    # Thanksgiving: the fourth Thursday of November, and the day after.
    thursday = day if day.weekday() == 3 else day - timedelta(days=1)
    if thursday.weekday() == 3 and thursday.month == 11 and 22 <= thursday.day <= 28:
        return 0.2
    return 1.0


def how_many(mean: float, dice: random.Random) -> int:
    """A Poisson number."""
    limit, count, product = math.exp(-mean), 0, dice.random()
    while product > limit:
        count += 1
        product *= dice.random()
    return count


def about(median: float, dice: random.Random, *, spread: float = 0.6) -> int:
    """A positive number around ``median``, as sizes of texts are: few are much larger."""
    return max(1, round(median * math.exp(dice.gauss(0, spread))))
