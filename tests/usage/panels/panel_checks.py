"""What tools, months and the overview tell an asker, beside the asker's own raw events added up one by one."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.usage.ledger_fixtures import RECEIVED
from tests.usage.panels.askers import Asker
from tests.usage.panels.raw_events import (
    Compared,
    Days,
    Events,
    Names,
    Sums,
    added_up,
    change_between,
    check_rows,
    days_in,
    grouped,
    measured,
    told,
    told_change,
    within,
)
from usage.models import UsageEvent

DAY: Final = timedelta(days=1)
TOOL_MEASURES: Final = (
    "events",
    "tool_calls",
    "tool_tokens",
    "input_tokens",
    "output_tokens",
    "contracted_cost",
    "unpriced_events",
)
Uses = Sequence[tuple[Mapping[str, Any], UsageEvent]]
"""What events say of a tool, with the event."""


def today_in(answer: Mapping[str, Any]) -> date:
    """The day in progress in the zone that an answer names."""
    return RECEIVED.astimezone(ZoneInfo(answer["time_zone"])).date()


def days_of(first: date, last: date) -> Days:
    return {"first": f"{first}", "last": f"{last}"}


def check_tools(asker: Asker, events: Events, days: Mapping[str, str]) -> None:
    """Each tool for itself, as the ``events`` that name it say: they overlap, so there is no total and no share."""
    found = asker.get("tools", **days)
    assert not {"total", "totals", "share"} & {*found, *(name for row in found["tools"] for name in row)}
    shown = days_in(found)
    by_tool: dict[str, list[tuple[Mapping[str, Any], UsageEvent]]] = {}
    for event in events:
        for use in event.tools or ():
            by_tool.setdefault(use["name"], []).append((use, event))
    rows = [
        (tool, _tool_sums(uses, shown.days), _tool_change(uses, shown))
        for tool, uses in by_tool.items()
        if any(_tool_sums(uses, shown.days)) or any(_tool_change(uses, shown) or ())
    ]
    rows.sort(key=lambda row: (-row[1][5], -row[1][3] - row[1][4], row[0]))
    assert [
        (row["tool"], _told_tool(row["measures"]), told_change(row["change"])) for row in found["tools"]
    ] == rows
    used = [tool for tool, sums, _change in rows if any(sums)]
    assert {line["tool"]: [*map(_told_tool, line["measures"])] for line in found["lines"]} == {
        tool: [_tool_sums(by_tool[tool], step) for step in found["steps"]] for tool in used[:5]
    }
    fees = {fee["kind"]: fee["quantity"] for fee in found["fees"]}
    for kind in ("web_search", "code_run"):
        calls = sum(getattr(event, f"{kind}_calls") for event in within(events, shown.days))
        assert fees.get(kind, 0) == calls
    for tool in by_tool:
        only = asker.get("tools", tool=tool, **days)
        assert only["tools"] == [row for row in found["tools"] if row["tool"] == tool]
        assert only["fees"] is None


def _tool_sums(uses: Uses, days: Days) -> tuple[Any, ...]:
    among = [(use, event) for use, event in uses if within([event], days)]
    sums = measured(event for _use, event in among)
    return (
        sums.calls,
        sum(use["calls"] for use, _event in among),
        sum(use["tokens"] for use, _event in among),
        *(sums.input_tokens, sums.output_tokens, sums.cost, sums.unpriced_events),
    )


def _told_tool(measures: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        Decimal(measures[name]) if name == "contracted_cost" else measures[name] for name in TOOL_MEASURES
    )


def _tool_change(uses: Uses, shown: Compared) -> tuple[Any, ...] | None:
    if shown.compared is None:
        return None
    events = [event for _use, event in uses]
    return change_between(within(events, shown.compared), within(events, shown.previous))


def check_months(asker: Asker, events: Events, names: Names, **year: int) -> None:
    """Each month since the first with usage, its change against the month before and the year before, and what every
    department had in it."""
    found = asker.get("months", **year)
    today = today_in(found)
    months = [_month_of(date.fromisoformat(row["month"] + "-01")) for row in reversed(found["months"])]
    assert [*_months_between(months[0], today)] == months
    assert all(
        measured(within(events, _whole(month))) == Sums()
        for month in _months_between(date(2026, 1, 1), months[0] - DAY)
    )
    assert len(months) == 1 or any(measured(within(events, _whole(months[0]))))
    for month, row in zip(months, reversed(found["months"]), strict=True):
        last = min(_whole_month(month)[1], today)
        is_partial = month == _month_of(today)
        assert row["is_partial"] is is_partial
        assert told(row["measures"]) == measured(within(events, days_of(month, last)))
        for name, distance in (("change", 1), ("year_change", 12)):
            shown = _beside(month, distance, days=(today - month).days if is_partial else None)
            expected = change_between(within(events, shown.compared), within(events, shown.previous))
            assert told_change(row[name]) == expected, (month, name)
    assert told(found["total"]) == added_up(told(row["measures"]) for row in found["months"])
    _check_departments(found["departments"], events, names)


def _check_departments(series: Mapping[str, Any], events: Events, names: Names) -> None:
    told_sums = {
        (line["row"]["value"], step["first"]): told(measures)
        for line in series["series"]
        for step, measures in zip(series["steps"], line["measures"], strict=True)
    }
    expected = {
        (value, step["first"]): measured(within(group, step))
        for value, group in grouped(events, names["department"]).items()
        for step in series["steps"]
    }
    assert _something(told_sums) == _something(expected)
    assert [told(total) for total in series["totals"]] == [
        measured(within(events, step)) for step in series["steps"]
    ]


def _something(sums: Mapping[Any, Sums]) -> dict[Any, Sums]:
    return {key: each for key, each in sums.items() if any(each)}


def check_overview(asker: Asker, events: Events, names: Names, month: date) -> None:
    """The month's totals, days, models and the breakdowns by who it was, as far as the asker sees them."""
    found = asker.get("overview", period=f"{month:%Y-%m}")
    today = today_in(found["period"])
    is_over = _month_of(today) != month
    first, last = _whole_month(month)
    through = last if is_over else today
    over = (last - first).days + 1 if is_over else (today - first).days
    shown = _beside(month, 1, days=None if is_over else over)._replace(days=days_of(first, through))
    within_days = within(events, shown.days)
    whole = measured(within_days)
    totals = found["totals"]
    assert told(totals) == whole
    assert totals["failures"] == sum(event.failures for event in within_days)
    assert totals["cache_read_input_tokens"] == sum(event.cache_read_input_tokens for event in within_days)
    assert [day["day"] for day in found["days"]] == [
        f"{first + n * DAY}" for n in range((through - first).days + 1)
    ]
    for index, day in enumerate(found["days"]):
        sums = measured(within(events, {"first": day["day"], "last": day["day"]}))
        assert told(day["measures"]) == sums
        assert sum(line["tokens"][index] for line in found["series"]) == sums.tokens
        assert sum(Decimal(line["contracted_cost"][index]) for line in found["series"]) == sums.cost
    change = change_between(within(events, shown.compared), within(events, shown.previous))
    assert told_change(found["compared"]["change"]) == change
    for by in ("model", "department", "project", "member"):
        check_rows(found[f"{by}s"], events, names[by], shown)
    _check_average(
        found["daily_average"], measured(within(events, days_of(first, first + (over - 1) * DAY))), over
    )
    nobody = [event for event in events if not event.member_id]
    check_rows(
        found["shared"],
        nobody,
        lambda event: _ran_under(event, names),
        shown,
        called=lambda row: (row["entity"], row["value"]),
    )


def _ran_under(event: UsageEvent, names: Names) -> tuple[str, str]:
    by = "project" if event.project_id else "integration"
    return by, names[by](event)


def _check_average(average: Mapping[str, Any], sums: Sums, days: int) -> None:
    assert average["days"] == days
    for found, whole, places in (
        (average["tokens"], sums.tokens, 1),
        (average["contracted_cost"], sums.cost, 15),
    ):
        assert Decimal(found) == Decimal(round(Fraction(whole) / days * 10**places)).scaleb(-places)


def _month_of(day: date) -> date:
    return day.replace(day=1)


def _added(month: date, months: int) -> date:
    year, index = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(year, index + 1, 1)


def _whole_month(month: date) -> tuple[date, date]:
    return month, _added(month, 1) - DAY


def _whole(month: date) -> Days:
    return days_of(*_whole_month(month))


def _months_between(first: date, last: date) -> list[date]:
    months, month = [], _month_of(first)
    while month <= last:
        months.append(month)
        month = _added(month, 1)
    return months


def _beside(month: date, distance: int, *, days: int | None) -> Compared:
    """A month beside an earlier one: both whole, or as many first ``days`` of each."""
    before = _added(month, -distance)
    if days is None:
        return Compared(_whole(month), _whole(month), _whole(before))
    count = min(days, _whole_month(before)[1].day) - 1
    return Compared(
        days_of(month, month + count * DAY),
        days_of(month, month + count * DAY),
        days_of(before, before + count * DAY),
    )
