"""What is told of a service is what the asker's own events come to, whatever of it is read from months, hours or days.

The truth is read from the events themselves, as in ``test_adds_up``; the lead has usage of their own elsewhere, too.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from time_machine import travel

from teams.models import Department
from tests.usage.fuzz.effort import whole_ledgers
from tests.usage.ingest.calls import calls
from tests.usage.ledger_fixtures import RECEIVED
from tests.usage.panels.askers import SUMMED_UP_AT, ZONES, Asker, askers, ledger_of
from usage.events import Event
from usage.latency import BUCKETS, percentile_ms
from usage.models import Integration, UsageEvent
from usage.services.month_sums import keep_all_month_sums

pytestmark = pytest.mark.django_db

RANGES: Final = (
    {"from": "2026-03-20", "to": "2026-06-15"},
    {"from": "2026-05-01", "to": "2026-06-10"},
    {"from": "2026-04-27", "to": "2026-05-02"},
    {"from": "2026-06-09", "to": "2026-06-15"},
)
"""In weeks, in days, and in hours where hours are kept."""
Events = Sequence[UsageEvent]


def of_hours(asker: Asker, events: Iterable[UsageEvent]) -> list[UsageEvent]:
    """The part that hours are kept of: none of somebody who sees only their own."""
    return [event for event in events if asker.sees_others and asker.sees_in_part(event)]


def added(events: Iterable[UsageEvent]) -> tuple[int, int]:
    """Calls and failures."""
    found = list(events)
    return sum(event.calls for event in found), sum(event.failures for event in found)


def between(events: Events, first: str, last: str) -> list[UsageEvent]:
    return [event for event in events if first <= event.local_date.isoformat() <= last]


def latency(events: Iterable[UsageEvent]) -> dict[str, Any] | None:
    counts = [0] * BUCKETS
    for event in events:
        if event.latency_bucket >= 0:
            counts[event.latency_bucket] += event.calls
    half, most = percentile_ms(counts, 0.5), percentile_ms(counts, 0.95)
    return None if half is None else {"calls": sum(counts), "p50_ms": half, "p95_ms": most}


def last_seen(events: Events, of_hours: Events, *, is_success: bool) -> tuple[date, datetime | None] | None:
    """The last day with calls, or with success; and its hour, if that is the last of all hours with any."""

    def last(keyed: Mapping[Any, Events]) -> Any:
        sums = {key: added(group) for key, group in keyed.items()}
        return max(
            (key for key, (had, failed) in sums.items() if had > (failed if is_success else 0)), default=None
        )

    by_day: dict[Any, list[UsageEvent]] = defaultdict(list)
    for event in events:
        by_day[event.local_date].append(event)
    # Hours are told apart by what they are kept by.
    by_row: dict[Any, list[UsageEvent]] = defaultdict(list)
    for event in of_hours:
        row = (event.department_id, event.model_id, event.feature, event.integration_id, event.platform)
        by_row[event.hour_start, event.local_date, *row].append(event)
    day, hour = last(by_day), last(by_row)
    if day is None:
        return None
    return day, hour[0] if hour and hour[1] == day else None


def seen(told: Any) -> tuple[date, datetime | None] | None:
    if told is None:
        return None
    hour = told["hour_start"]
    return date.fromisoformat(told["day"]), datetime.fromisoformat(hour) if hour else None


def check_line(line: Mapping[str, Any], events: Events, of_hours: Events, days: Mapping[str, str]) -> None:
    first, last = days["from"], days["to"]
    counts = line["counts"]
    assert (counts["calls"], counts["failures"]) == added(between(events, first, last))
    assert line["latency"] == latency(between(of_hours, first, last))
    reach = (date.fromisoformat(first) - timedelta(days=28)).isoformat(), last
    for name in ("last_activity", "last_success"):
        expected = last_seen(
            between(events, *reach), between(of_hours, *reach), is_success=name == "last_success"
        )
        assert seen(line[name]) == expected, name


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def check_list(asker: Asker, events: Events, days: Mapping[str, str], chosen: Mapping[str, str]) -> None:
    found = asker.get("integrations", **days, **chosen)
    for line in found["health"]:
        pk = Integration.objects.get(external_id=line["value"], organization__slug=asker.slug).pk
        of_service = [event for event in events if event.integration_id == pk]
        check_line(line, of_service, of_hours(asker, of_service), days)
        assert line["volume"] == [
            added(between(of_service, step["first"], step["last"]))[0] for step in found["steps"]
        ]


def check_page(asker: Asker, events: Events, days: Mapping[str, str], chosen: Mapping[str, str]) -> None:
    found = asker.get("integrations/slack", **days, **chosen)
    with_hours = of_hours(asker, events)
    check_line(found["integration"], events, with_hours, days)
    hours = [_instant(point["hour_start"]) for point in found["points"] if point["hour_start"]]
    for point in found["points"]:
        inside, timed = (between(some, point["first"], point["last"]) for some in (events, with_hours))
        if point["hour_start"] is not None:
            # What a client's clock put into an hour to come counts in the one in progress.
            hour = _instant(point["hour_start"])
            timed = [event for event in timed if min(event.hour_start, hours[-1]) == hour]
            inside = timed
        assert (point["counts"]["calls"], point["counts"]["failures"]) == added(inside), point
        assert point["latency"] == latency(timed), point


@whole_ledgers(3)
@given(
    sent=st.lists(calls(), min_size=30, max_size=60), zone=st.sampled_from(ZONES), seed=st.integers(0, 2**32)
)
def test_services_are_told_from_the_askers_own_events(sent: list[Event], zone: str, seed: int) -> None:
    chance = random.Random(seed)
    organization = ledger_of(sent, zone=zone, seed=seed, keeps=False)
    everything = list(UsageEvent.objects.filter(organization=organization))
    research, _ = Department.objects.get_or_create(organization=organization, external_id="research")
    with travel(RECEIVED, tick=False):
        everybody = list(askers(organization))
        for keeps in (False, True):
            if keeps:
                keep_all_month_sums(now=chance.choice(SUMMED_UP_AT[1:]))
            for asker in everybody:
                events = [event for event in asker.of(everything) if event.integration_id]
                for days in RANGES:
                    check_list(asker, events, days, {})
                    if not events:
                        continue
                    check_page(asker, events, days, {})
                    narrowed = [event for event in events if event.department_id == research.pk]
                    check_page(asker, narrowed, days, {"department": "research"})
                    chat = [event for event in events if event.feature == "chat"]
                    check_list(asker, chat, days, {"feature": "chat"})
