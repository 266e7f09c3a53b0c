"""Billing months and local hours of a time zone. Pure: instants and zones in, instants and days out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

QUARTER_HOUR: Final = 900
"""Seconds. Every zone's offset and every change of it lies on a quarter of an hour, so one slot has one answer."""


def month_of(day: date) -> date:
    """The first day of the month that ``day`` lies in."""
    return day.replace(day=1)


def add_months(month: date, count: int) -> date:
    """The first day of the month ``count`` months after (before, if negative) ``month``."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def months_between(first: date, last: date) -> Iterator[date]:
    """First days of all months from ``first`` to ``last``, both included."""
    while first <= last:
        yield first
        first = add_months(first, 1)


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which ``day`` begins in ``zone``; where clocks skip midnight, the instant of the skip."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def hour_start(instant: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the local hour of ``instant`` began. An hour repeated by DST has two of them."""
    local = instant.astimezone(zone)
    into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return instant.astimezone(UTC) - into


@dataclass(frozen=True, slots=True)
class Period:
    """A billing month of one organization: [starts_at, ends_at) in UTC, and the close number in force."""

    month: date
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    close_number: int


class Slot(NamedTuple):
    """Where an instant falls: its period, and its local day and hour as ISO 8601 text.

    ``columns`` is all of it as ingest stages it: month, close number, day and hour, put together once per slot;
    ``utc_hour`` begins the text of any of its instants in UTC, up to the minutes.
    """

    period: Period
    local_date: str
    hour_start: str
    columns: str
    utc_hour: str


class Calendar:
    """The periods of one organization, answering quickly which one an instant belongs to.

    Answers are remembered per quarter of an hour; the memory is dropped when it grows past a year of them.
    """

    def __init__(self, periods: Iterable[Period]) -> None:
        self.periods = {period.month: period for period in periods}
        self._slots: dict[int, Slot | None] = {}

    def slot(self, instant: datetime) -> Slot | None:
        """The slot of an aware ``instant``, or None when no period covers it."""
        quarter = int(instant.timestamp()) // QUARTER_HOUR
        try:
            return self._slots[quarter]
        except KeyError:
            if len(self._slots) > 40_000:
                self._slots.clear()
            found = self._slots[quarter] = self._find(datetime.fromtimestamp(quarter * QUARTER_HOUR, UTC))
            return found

    def _find(self, instant: datetime) -> Slot | None:
        for period in self.periods.values():
            if period.starts_at <= instant < period.ends_at:
                return self._slot_in(period, instant)
        return None

    @staticmethod
    def _slot_in(period: Period, instant: datetime) -> Slot:
        zone = ZoneInfo(period.time_zone)
        # A month whose neighbour has another zone may begin or end on another local day: it keeps its own days.
        last_day = add_months(period.month, 1) - timedelta(days=1)
        day = min(max(instant.astimezone(zone).date(), period.month), last_day)
        local_date, hour = day.isoformat(), hour_start(instant, zone).isoformat()
        columns = f"{period.month}\t{period.close_number}\t{local_date}\t{hour}"
        return Slot(period, local_date, hour, columns, f"{instant.astimezone(UTC):%Y-%m-%dT%H:}")
