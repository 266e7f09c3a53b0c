"""Averages per hour of the week, their colours, and what is quiet."""

from decimal import Decimal

import pytest

from usage.figures import Measures
from usage.panels.basis import Basis
from usage.panels.heat import heatmap_of, level_of, scale_of
from usage.panels.hours import WeekHour
from usage.panels.quiet import QuietWindow, quiet_every_day, quiet_limit, quiet_window

WEEK = [WeekHour(weekday, hour) for weekday in range(1, 8) for hour in range(24)]


def day(**hours: int) -> list[Decimal | None]:
    """A loud day with some quiet hours: ``h3=0``."""
    return [Decimal(hours.get(f"h{hour}", 100)) for hour in range(24)]


def test_an_average_is_over_how_often_the_hour_came() -> None:
    hours = dict.fromkeys(WEEK, 2) | {WeekHour(7, 2): 3}
    del hours[WeekHour(1, 5)]
    sums = {
        WeekHour(7, 2): Measures(calls=3, input_tokens=9),
        WeekHour(1, 9): Measures(calls=1, input_tokens=4),
    }
    found = heatmap_of(sums, hours, basis=Basis.TOKENS, week_start=7)
    sunday, monday = found.days[:2]
    assert (sunday.weekday, monday.weekday) == (7, 1)
    assert sunday.cells[2].average == 3
    assert monday.cells[9].average == 2
    assert monday.cells[5].average is None
    assert found.total == Measures(calls=4, input_tokens=13)
    assert found.largest == 3
    assert found.hours[2] == 3
    assert [cell.at for cell in found.busiest_hours] == [WeekHour(7, 2), WeekHour(1, 9)]
    assert [each.weekday for each in found.busiest_days] == [7, 1]
    assert not found.is_whole_week


def test_nothing_at_all_is_no_heat() -> None:
    found = heatmap_of({}, {}, basis=Basis.COST, week_start=1)
    assert not found.largest
    assert not found.busiest_hours
    assert not found.busiest_days
    assert found.quiet_every_day is None
    assert {cell.level for each in found.days for cell in each.cells} == {0}


@pytest.mark.parametrize(
    ("average", "level"), [("0", 0), ("-1", 0), ("0.01", 1), ("20", 1), ("20.01", 2), ("99", 5), ("100", 5)]
)
def test_a_colour_stands_for_a_fifth_of_the_busiest(average: str, level: int) -> None:
    assert level_of(Decimal(average), Decimal(100)) == level


def test_what_never_came_has_no_colour() -> None:
    assert level_of(None, Decimal(100)) == level_of(Decimal(0), Decimal(0)) == 0


@pytest.mark.parametrize("basis", list(Basis))
@pytest.mark.parametrize("exponent", range(-3, 11))
def test_figures_fit_into_a_cell(basis: Basis, exponent: int) -> None:
    for largest in (Decimal(10) ** exponent, Decimal("9.9949") * Decimal(10) ** exponent):
        divisor, places = scale_of(largest, basis)
        assert len(f"{largest / divisor:.{places}f}") <= 5
        # What is not nothing, and still too little to be written: "<0.01".
        assert len(f"<{Decimal(10) ** -places:.{places}f}") <= 5


@pytest.mark.parametrize(
    ("hours", "window"),
    [
        ({}, None),
        ({"h0": 0}, QuietWindow(0, 1)),
        ({"h23": 0, "h22": 0, "h3": 0}, QuietWindow(22, 2)),
        ({"h1": 5, "h2": 5, "h10": 4, "h11": 5}, QuietWindow(10, 2)),
        ({"h1": 5, "h2": 5, "h10": 5, "h11": 5}, QuietWindow(1, 2)),
        ({f"h{hour}": 1 for hour in range(24)}, QuietWindow(0, 24)),
    ],
    ids=["none", "first", "last", "quieter", "earlier", "all"],
)
def test_the_longest_quiet_window(hours: dict[str, int], window: QuietWindow | None) -> None:
    assert quiet_window(day(**hours), limit=Decimal(10)) == window


def test_an_hour_that_is_not_known_is_not_quiet() -> None:
    hours = day(h1=0, h2=0, h3=0)
    hours[2] = None
    assert quiet_window(hours, limit=Decimal(10)) == QuietWindow(1, 1)
    assert quiet_window([None] * 24, limit=Decimal(10)) is None


def test_the_limit_is_a_quarter_of_a_mean_hour() -> None:
    assert quiet_limit({}) == 0
    assert quiet_limit({WeekHour(1, 0): Decimal(0), WeekHour(1, 1): Decimal(16)}) == 2


def test_quiet_every_day_is_quiet_on_the_loudest() -> None:
    averages = dict.fromkeys(WEEK, Decimal(100)) | {
        WeekHour(weekday, hour): Decimal(0) for weekday in range(1, 8) for hour in (2, 3, 4)
    }
    weekdays = range(1, 8)
    assert quiet_every_day(averages, weekdays, limit=Decimal(10)) == QuietWindow(2, 3)
    averages[WeekHour(4, 3)] = Decimal(11)
    assert quiet_every_day(averages, weekdays, limit=Decimal(10)) == QuietWindow(2, 1)
    del averages[WeekHour(1, 2)]
    assert quiet_every_day(averages, weekdays, limit=Decimal(10)) == QuietWindow(4, 1)
