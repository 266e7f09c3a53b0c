"""Hours of the day at which a price holds. UTC throughout: a day's hours never shift with the seasons."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

DAY: Final = 24 * 60
EVERY_DAY: Final = 0b1111111


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DailyWindow:
    """From minute ``start`` of the UTC day up to, not including, minute ``end``; past midnight where end ≤ start.

    ``weekdays`` has a bit per day on which the window begins, Monday the lowest. Raises ``ValueError`` for
    minutes that no day has, and where no day is named.
    """

    start: int
    end: int
    weekdays: int = EVERY_DAY

    def __post_init__(self) -> None:
        if not (0 <= self.start < DAY and 0 < self.end <= DAY and 0 < self.weekdays <= EVERY_DAY):
            raise ValueError(f"not a window of a day: {self.start}–{self.end}, days {self.weekdays}")

    def contains(self, instant: datetime) -> bool:
        """Whether an aware instant lies in the window."""
        at = instant.astimezone(UTC)
        minute = at.hour * 60 + at.minute
        begun_today = minute >= self.start and (self.end <= self.start or minute < self.end)
        begun_yesterday = self.end <= self.start and minute < self.end
        return (begun_today and self._has(at.weekday())) or (
            begun_yesterday and self._has((at.weekday() - 1) % 7)
        )

    def _has(self, weekday: int) -> bool:
        return bool(self.weekdays >> weekday & 1)

    @property
    def hours(self) -> str:
        """01:00–04:00, as people write it."""
        return "–".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in (self.start, self.end))


def weekdays(days: Iterable[int]) -> int:
    """The bits of some days of the week, Monday 0."""
    return sum(1 << day for day in set(days))


MONDAY_TO_FRIDAY: Final = weekdays(range(5))
