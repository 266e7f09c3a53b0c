"""The prices of one model and tier over time: which row is in force at an instant, an hour and a context size."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from usage.price_windows import DailyWindow


class PricedFrom(Protocol):
    """What decides when a row applies; see ``usage.pricing.PriceRow``."""

    @property
    def valid_from(self) -> datetime: ...
    @property
    def context_threshold(self) -> int: ...
    @property
    def counts_cache_reads(self) -> bool: ...
    @property
    def withdrawn(self) -> bool: ...
    @property
    def window(self) -> DailyWindow | None: ...


Row = TypeVar("Row", bound=PricedFrom)


@dataclass(frozen=True, slots=True)
class PriceSet(Generic[Row]):
    """The rows of one model and tier that came into force together: the base row and those of long contexts.

    ``base`` None is a withdrawn set. ``steps`` are sorted from the longest context down.
    """

    base: Row | None
    steps: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class History(Generic[Row]):
    """The price sets of one model and tier, oldest first, and the instants from which they hold."""

    starts: tuple[datetime, ...]
    sets: tuple[PriceSet[Row], ...]

    def find(self, occurred_at: datetime, input_tokens: int, cache_read_tokens: int) -> Row | None:
        """The row for a call: see ``PriceList.find``."""
        position = bisect_right(self.starts, occurred_at)
        if not position:
            return None
        prices = self.sets[position - 1]
        for row in prices.steps:
            counted = input_tokens if row.counts_cache_reads else input_tokens - cache_read_tokens
            if counted > row.context_threshold:
                return row
        return prices.base


@dataclass(frozen=True, slots=True)
class WindowedHistory(History[Row]):
    """A history of which some prices hold at some hours of the day only: a whole history for each window.

    A class of its own, so that models without windows, nearly all, pay nothing for it.
    """

    windows: tuple[tuple[DailyWindow, History[Row]], ...]

    def find(self, occurred_at: datetime, input_tokens: int, cache_read_tokens: int) -> Row | None:
        for window, history in self.windows:
            if window.contains(occurred_at):
                return history.find(occurred_at, input_tokens, cache_read_tokens)
        return History.find(self, occurred_at, input_tokens, cache_read_tokens)


def history_of(rows: Iterable[Row]) -> History[Row]:
    """The history of rows of one model and tier, given in any order."""
    by_start: dict[datetime, list[Row]] = {}
    for row in rows:
        by_start.setdefault(row.valid_from, []).append(row)
    windows = {row.window for same_start in by_start.values() for row in same_start if row.window}
    any_hour = _history_at(by_start, None)
    if not windows:
        return any_hour
    apart = tuple((window, _history_at(by_start, window)) for window in sorted(windows))
    return WindowedHistory(any_hour.starts, any_hour.sets, apart)


def _history_at(by_start: dict[datetime, list[Row]], window: DailyWindow | None) -> History[Row]:
    """What holds at one window: of each set its rows of that window, or else those of any hour."""
    starts = tuple(sorted(by_start))
    sets = []
    for start in starts:
        any_hour = [row for row in by_start[start] if row.window is None]
        at_hours = [row for row in by_start[start] if window and row.window == window]
        sets.append(_price_set(at_hours or any_hour))
    return History(starts, tuple(sets))


def _price_set(rows: list[Row]) -> PriceSet[Row]:
    if any(row.withdrawn for row in rows):
        return PriceSet(None, ())
    base = next((row for row in rows if row.context_threshold == 0), None)
    steps = [row for row in rows if row.context_threshold > 0]
    return PriceSet(base, tuple(sorted(steps, key=lambda row: -row.context_threshold)))
