"""What trends tell an asker, beside the asker's own raw events added up one by one."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import Any, Final

from tests.usage.panels.askers import Asker
from tests.usage.panels.panel_checks import days_of, today_in
from tests.usage.panels.raw_events import (
    UNATTRIBUTED,
    Days,
    Events,
    Names,
    Sums,
    change_between,
    grouped,
    measured,
    told,
    told_change,
    within,
)

DRIVERS: Final = ("model", "feature", "department", "member", "project")
CLOSE: Final = Fraction(1, 10**14)
"""Means are told with 15 decimals."""
MOST_SPIKES: Final = 10


def check_trends(
    asker: Asker, events: Events, names: Names, basis: str, driver: str, days: Mapping[str, str]
) -> None:
    """Weeks, the latest week beside the one before with the parts of its change, spikes with their drivers, and what
    an average weekday has."""
    found = asker.get("trends", basis=basis, driver=driver, **days)
    today, groups = today_in(found), grouped(events, names[driver])
    until = max(date.fromisoformat(found["days"]["last"]), today - timedelta(days=1))
    by_day = grouped(events, lambda event: event.local_date)
    used = [day for day, group in by_day.items() if any(measured(group)) and day <= until]
    assert found["history_since"] == (f"{min(used)}" if used else None)
    _check_week(found["week_over_week"], events, groups, basis)
    spikes = {spike["day"] for spike in found["spikes"]}
    assert len(spikes) == min(found["spikes_found"], MOST_SPIKES)
    for week in found["weeks"]:
        assert told(week["total"]) == measured(within(events, week))
        if found["spikes_found"] <= MOST_SPIKES:
            on_spikes = [event for event in within(events, week) if f"{event.local_date}" in spikes]
            assert told(week["on_spikes"]) == measured(on_spikes)
    for spike in found["spikes"]:
        _check_spike(spike, events, groups, basis)
    _check_weekdays(found["seasons"], events, basis, today=today)


def amount(sums: Sums, basis: str) -> Fraction:
    return Fraction(sums.cost if basis == "cost" else sums.tokens)


def of(events: Events, basis: str, days: Days) -> Fraction:
    return amount(measured(within(events, days)), basis)


def _check_week(week: Mapping[str, Any], events: Events, groups: Mapping[str, Events], basis: str) -> None:
    """The parts are each value's own, in the order of what moved, and add up to the change."""
    compared, previous = week["compared"], week["previous"]
    for name, sign in (("compared", 0), ("previous", -7)):
        moved = {end: f"{date.fromisoformat(day) + timedelta(days=sign)}" for end, day in compared.items()}
        assert week[name] == moved
    assert told(week["current_total"]) == measured(within(events, compared))
    assert told(week["previous_total"]) == measured(within(events, previous))
    assert told_change(week["change"]) == change_between(within(events, compared), within(events, previous))
    expected = {
        value: (of(group, basis, compared), of(group, basis, previous)) for value, group in groups.items()
    }
    found = {
        part["row"]["value"]: (Fraction(part["current"]), Fraction(part["previous"]))
        for part in week["parts"]
    }
    assert found == {value: sides for value, sides in expected.items() if any(sides)}
    changes = {part["row"]["value"]: Fraction(part["change"]) for part in week["parts"]}
    assert changes == {value: now - before for value, (now, before) in found.items()}
    sizes = [abs(change) for value, change in changes.items() if value != UNATTRIBUTED]
    assert sizes == sorted(sizes, reverse=True)
    whole = of(events, basis, compared) - of(events, basis, previous)
    assert sum(changes.values()) == whole
    along = [abs(change) for change in changes.values() if change * whole > 0]
    driver = week["driver"]
    assert (driver is None) is (not along)
    if driver:
        assert Fraction(driver["change"]) == changes[driver["row"]["value"]]
        assert abs(Fraction(driver["change"])) == max(along)


def _check_spike(spike: Mapping[str, Any], events: Events, groups: Mapping[str, Events], basis: str) -> None:
    """Its day beside the same weekdays before, and who had how much more than on a mean one of them."""
    day: Days = {"first": spike["day"], "last": spike["day"]}
    before: list[Days] = [{"first": each, "last": each} for each in spike["compared"]]
    assert Fraction(spike["value"]) == of(events, basis, day)
    assert abs(Fraction(spike["usual"]) - median(of(events, basis, each) for each in before)) < CLOSE
    excess = {
        value: of(group, basis, day)
        - sum((of(group, basis, each) for each in before), Fraction()) / len(before)
        for value, group in groups.items()
    }
    driver = spike["driver"]
    assert (driver is None) is (max(excess.values()) <= 0)
    if driver:
        assert abs(Fraction(driver["excess"]) - max(excess.values())) < CLOSE
        assert abs(Fraction(driver["excess"]) - excess[driver["row"]["value"]]) < CLOSE


def _check_weekdays(seasons: Mapping[str, Any], events: Events, basis: str, *, today: date) -> None:
    last = today - timedelta(days=1)
    weeks = within(events, days_of(last - timedelta(days=7 * seasons["weeks"] - 1), last))
    for weekday in seasons["weekdays"]:
        assert weekday["days"] == seasons["weeks"]
        mine = [event for event in weeks if event.local_date.isoweekday() == weekday["weekday"]]
        mean = amount(measured(mine), basis) / weekday["days"]
        assert abs(Fraction(weekday["average"]) - mean) < CLOSE
