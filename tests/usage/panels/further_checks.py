"""Every measure that can be asked for, over time down to hours and by dimension, against raw events."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from tests.usage.panels.followed import whole_series
from usage.models import LlmModel, UsageEvent
from usage.panels.measures import FURTHER

DAYS: Final = {"from": "2026-03-01", "to": "2026-06-30"}
BY_HOUR: Final = ({"from": "2026-03-27", "to": "2026-04-05"}, {"from": "2026-06-01", "to": "2026-06-16"})
"""Days that can be told by the hour, with clocks that change and with the hour in progress."""
ALL: Final = ",".join(FURTHER)
WHAT_MAKES_A_ROW: Final = 5
"""Calls, tokens, cost and unpriced events."""

Figures = tuple[Decimal | int, ...]


def check_further(asker: Any, seen: Sequence[UsageEvent]) -> None:
    """``asker`` sees the events ``seen``."""
    for by in ("feature", "member_id", "provider"):
        asked = {"by": by.removesuffix("_id"), "measures": ALL, **DAYS}
        answer = asker.get("breakdown", **asked)
        rows = [all_told(row["measures"]) for row in answer["rows"]]
        assert all_told(answer["total"]) == all_added_up(rows) == all_measured(seen)
        assert sorted(row for row in rows if any(row)) == sorted(expected_rows(seen, by))
        cut = asker.get("breakdown", top=1, **asked)["rows"]
        assert all_added_up(all_told(row["measures"]) for row in cut) == all_measured(seen)
    for bucket in ("day", "week", "month"):
        check_steps(asker, seen, by="model", bucket=bucket, **DAYS)
    for days in BY_HOUR:
        among = [event for event in seen if days["from"] <= f"{event.local_date}" <= days["to"]]
        series = check_steps(asker, among, by="department", bucket="hour", **days)
        hours = [datetime.fromisoformat(step["hour_start"]) for step in series["steps"]]
        assert {
            hour: figures
            for hour, step in zip(hours, series["totals"], strict=True)
            if any(figures := all_told(step))
        } == all_grouped(among, "hour_start")


def check_steps(asker: Any, seen: Sequence[UsageEvent], **asked: str) -> dict[str, Any]:
    """Every measure, in all steps and in each of them."""
    series = whole_series(asker.get, lines=1, measures=ALL, **asked)
    assert all_added_up(all_told(step) for step in series["totals"]) == all_measured(seen)
    for index, step in enumerate(series["totals"]):
        lines = [all_told(line["measures"][index]) for line in series["series"]]
        assert all_added_up(lines) == all_told(step)
    return series


def all_measured(events: Iterable[UsageEvent]) -> Figures:
    """Corrections taken off, in the order of ``FURTHER`` behind the others."""
    every = list(events)
    return (
        sum(event.calls for event in every),
        sum(event.input_tokens for event in every),
        sum(event.output_tokens for event in every),
        sum((event.contracted_cost or Decimal(0) for event in every), Decimal(0)),
        sum(event.unpriced for event in every),
        sum((event.list_cost or Decimal(0) for event in every), Decimal(0)),
        sum(event.failures for event in every),
        sum(event.cache_read_input_tokens for event in every),
        sum(event.cache_creation_5m_input_tokens + event.cache_creation_1h_input_tokens for event in every),
        sum(event.reasoning_output_tokens for event in every),
        sum(event.duration_ms for event in every),
    )


def all_told(measures: Mapping[str, Any]) -> Figures:
    always = ("calls", "input_tokens", "output_tokens", "contracted_cost", "unpriced_events")
    return tuple(Decimal(measures[name]) for name in (*always, *FURTHER))


def all_added_up(parts: Iterable[Figures]) -> Figures:
    return tuple(sum(column) for column in zip(all_measured([]), *parts, strict=True))


def all_grouped(events: Iterable[UsageEvent], by: str) -> dict[Any, Figures]:
    """The sums per value of a column, or per provider; a value with nothing left is none."""
    groups = defaultdict(list)
    providers = dict(LlmModel.objects.values_list("id", "provider_name"))
    for event in events:
        groups[providers.get(event.model_id, "") if by == "provider" else getattr(event, by)].append(event)
    return {value: sums for value, group in groups.items() if any(sums := all_measured(group))}


def expected_rows(events: Iterable[UsageEvent], by: str) -> list[Figures]:
    """A row per value; what has further measures alone has one together."""
    groups = all_grouped(events, by).values()
    rows = [figures for figures in groups if any(figures[:WHAT_MAKES_A_ROW])]
    rest = all_added_up(figures for figures in groups if not any(figures[:WHAT_MAKES_A_ROW]))
    return [*rows, rest] if any(rest) else rows
