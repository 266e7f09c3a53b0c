"""A heat map of the week: what an average hour has, the busiest and the quiet ones. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

from usage.figures import NOTHING, Measures
from usage.panels.basis import Basis, amount
from usage.panels.hours import HOURS, WeekHour, weekdays_from
from usage.panels.quiet import QuietWindow, quiet_every_day, quiet_limit, quiet_window

STEPS: Final = 5
"""Colours of the heat map beside that of nothing at all."""
MOST_BUSY: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """One hour of the week. It came ``hours`` times, each time with ``average`` of the basis; None if it never came.

    ``level`` is 0 for nothing, else 1 to 5: up to a fifth of the busiest hour's average, two fifths, and so on.
    """

    at: WeekHour
    hours: int
    measures: Measures
    average: Decimal | None
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatDay:
    """One day of the week: its 24 cells, what they have together, and their averages added up: an average day."""

    weekday: int
    cells: tuple[HeatCell, ...]
    measures: Measures
    average: Decimal
    quiet: QuietWindow | None

    @property
    def average_if_any(self) -> Decimal | None:
        """The average of a day that came, be it for an hour."""
        return self.average if any(cell.hours for cell in self.cells) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heatmap:
    """Usage by hour of the week. The cells of ``days`` add up to ``total`` exactly.

    ``days`` begin with the organization's week, ``hours`` are the averages added up over the days, one per hour of
    the clock. ``busiest`` have something, the most first. An hour is quiet with at most ``quiet_limit`` on average;
    ``is_whole_week`` says whether every hour of the week came at least once.
    """

    basis: Basis
    days: tuple[HeatDay, ...]
    hours: tuple[Decimal, ...]
    total: Measures
    largest: Decimal
    busiest_hours: tuple[HeatCell, ...]
    busiest_days: tuple[HeatDay, ...]
    quiet_limit: Decimal
    quiet_every_day: QuietWindow | None
    is_whole_week: bool

    @property
    def largest_day(self) -> Decimal:
        """The average of the busiest day; 0 where there is none."""
        return self.busiest_days[0].average if self.busiest_days else Decimal(0)


def heatmap_of(
    sums: Mapping[WeekHour, Measures], hours: Mapping[WeekHour, int], *, basis: Basis, week_start: int
) -> Heatmap:
    """The heat map of ``sums`` over as many ``hours``; ``week_start`` is 1 for Monday to 7 for Sunday."""
    averages = _averages(sums, hours, basis)
    largest = max(averages.values(), default=Decimal(0))
    limit = quiet_limit(averages)
    weekdays = weekdays_from(week_start)
    days = tuple(_day(weekday, sums, hours, averages, largest=largest, limit=limit) for weekday in weekdays)
    cells = [cell for day in days for cell in day.cells]
    return Heatmap(
        basis=basis,
        days=days,
        hours=tuple(
            sum((day.cells[hour].average or Decimal(0) for day in days), Decimal(0)) for hour in range(HOURS)
        ),
        total=sum((day.measures for day in days), NOTHING),
        largest=largest,
        busiest_hours=tuple(_busiest([cell for cell in cells if cell.average])),
        busiest_days=tuple(
            sorted((day for day in days if day.average > 0), key=lambda day: -day.average)[:MOST_BUSY]
        ),
        quiet_limit=limit,
        quiet_every_day=quiet_every_day(averages, weekdays, limit=limit),
        is_whole_week=len(averages) == len(cells),
    )


def level_of(average: Decimal | None, largest: Decimal) -> int:
    """The step of the colour of an average beside the largest; 0 for nothing, and for what is less than nothing."""
    if average is None or average <= 0 or largest <= 0:
        return 0
    return min(int((average * STEPS / largest).to_integral_value(ROUND_CEILING)), STEPS)


def scale_of(largest: Decimal, basis: Basis) -> tuple[int, int]:
    """The divisor and the decimals with which figures up to ``largest`` fit into five characters, ``<0.01`` too."""
    if largest >= 1_000_000_000:
        return 1_000_000_000, 2 if largest < 10_000_000_000 else 0
    if largest >= 1_000_000:
        return 1_000_000, 2 if largest < 10_000_000 else 1 if largest < 100_000_000 else 0
    if largest >= 100_000:
        return 1_000, 0
    if basis is Basis.COST:
        return 1, 2 if largest < 100 else 0
    return 1, 2 if largest < 10 else 1 if largest < 100 else 0


def _averages(
    sums: Mapping[WeekHour, Measures], hours: Mapping[WeekHour, int], basis: Basis
) -> dict[WeekHour, Decimal]:
    return {at: amount(sums.get(at, NOTHING), basis) / count for at, count in hours.items() if count}


def _day(
    weekday: int,
    sums: Mapping[WeekHour, Measures],
    hours: Mapping[WeekHour, int],
    averages: Mapping[WeekHour, Decimal],
    *,
    largest: Decimal,
    limit: Decimal,
) -> HeatDay:
    ats = [WeekHour(weekday, hour) for hour in range(HOURS)]
    known = [averages.get(at) for at in ats]
    return HeatDay(
        weekday=weekday,
        cells=tuple(
            HeatCell(
                at=at,
                hours=hours.get(at, 0),
                measures=sums.get(at, NOTHING),
                average=average,
                level=level_of(average, largest),
            )
            for at, average in zip(ats, known, strict=True)
        ),
        measures=sum((sums.get(at, NOTHING) for at in ats), NOTHING),
        average=sum((average for average in known if average is not None), Decimal(0)),
        quiet=quiet_window(known, limit=limit),
    )


def _busiest(cells: Sequence[HeatCell]) -> list[HeatCell]:
    positive = [cell for cell in cells if cell.average is not None and cell.average > 0]
    return sorted(positive, key=lambda cell: -(cell.average or 0))[:MOST_BUSY]
