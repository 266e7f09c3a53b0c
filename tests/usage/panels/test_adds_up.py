"""Whatever was stored, voided and came late: every breakdown adds up to what the asker's own events come to.

The truth is read from the events themselves, one by one, in plain Python; panels are asked over HTTP, as each role.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from time_machine import travel

from tests.usage.fuzz.effort import whole_ledgers
from tests.usage.ingest.calls import calls
from tests.usage.ledger_fixtures import RECEIVED
from tests.usage.panels.askers import DAYS, ZONES, Asker, askers, ledger_of, seeing_all
from tests.usage.panels.further_checks import check_further
from tests.usage.panels.panel_checks import check_months, check_overview, check_tools
from tests.usage.panels.raw_events import (
    COLUMNS,
    Events,
    Names,
    added_up,
    change_between,
    check_cut,
    check_rows,
    days_in,
    grouped,
    measured,
    names_of,
    told,
    told_change,
    told_row,
    within,
)
from tests.usage.panels.trend_checks import DRIVERS, check_trends
from usage.events import Event
from usage.models import UsageEvent

pytestmark = pytest.mark.django_db

DIMENSIONS: Final = (*COLUMNS, "provider")
SPANS: Final[tuple[dict[str, str], ...]] = (
    {"from": "2026-05-01", "to": "2026-06-30"},
    {"from": "2026-05-12", "to": "2026-06-09"},
    {"from": "2026-05-20", "to": "2026-06-30", "compare": "none"},
    {"range": "last_30_days"},
    {"range": "last_month"},
)
"""Days with usage before them, that rows are compared with."""
SAME_FOR_ALL: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("overview", {}),
    ("months", {}),
    ("files", {}),
    *(
        (panel, DAYS)
        for panel in (
            *("trends", "tools", "costs", "heatmap", "integrations", "chats"),
            *("members", "departments", "projects", "compare"),
        )
    ),
    ("timeseries", DAYS | {"by": "member"}),
    ("breakdown", DAYS | {"by": "feature"}),
)
"""What the owner and everybody else who sees all usage is told alike."""


@whole_ledgers(4)
@given(
    sent=st.lists(calls(), min_size=10, max_size=40),
    late=st.lists(calls(), max_size=6),
    zone=st.sampled_from(ZONES),
    seed=st.integers(0, 2**32),
)
def test_every_breakdown_adds_up_to_the_askers_own_events(
    sent: list[Event], late: list[Event], zone: str, seed: int
) -> None:
    organization = ledger_of(sent, zone=zone, seed=seed, late=late)
    everything = list(UsageEvent.objects.filter(organization=organization))
    names, chance = names_of(organization), random.Random(seed)
    with travel(RECEIVED, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        everybody = list(askers(organization))
        for asker in everybody:
            seen = asker.of(everything)
            check_sums(asker, seen)
            for by in DIMENSIONS:
                check_breakdown(asker, seen, names, by, chance.choice(SPANS))
            check_filters(asker, seen, names, chance)
            check_told(asker, seen, names, chance)
        others = list(seeing_all(organization))
        for panel, asked in SAME_FOR_ALL:
            other = chance.choice(others)
            assert other.get(panel, **asked) == everybody[0].get(panel, **asked), panel


def check_sums(asker: Asker, seen: Events) -> None:
    whole = measured(seen)
    assert told(asker.get("compare", **DAYS)["total"]) == whole
    check_heatmap(asker, seen)
    check_further(asker, seen)


def check_breakdown(asker: Asker, seen: Events, names: Names, by: str, days: Mapping[str, str]) -> None:
    """Every row with its shares, change and place; and the same cut to the first one."""
    answer = asker.get("breakdown", by=by, **days)
    rows, shown = answer["rows"], days_in(answer)
    whole = measured(within(seen, shown.days))
    assert told(answer["total"]) == added_up(told(row["measures"]) for row in rows) == whole
    if shown.compared:
        change = change_between(within(seen, shown.compared), within(seen, shown.previous))
        assert told_change(answer["change"]) == change
    check_rows(rows, seen, names[by], shown)
    cut = asker.get("breakdown", by=by, top=1, **days)["rows"]
    assert added_up(told(row["measures"]) for row in cut) == whole
    assert sum(row["entries"] for row in cut) == len(rows)
    check_cut(cut, rows)


def check_told(asker: Asker, seen: Events, names: Names, chance: random.Random) -> None:
    """The panels that tell more than a breakdown."""
    check_months(asker, seen, names, **chance.choice(({}, {"year": 2026})))
    check_overview(asker, seen, names, date(2026, chance.choice((4, 5, 6)), 1))
    basis, driver = chance.choice(("tokens", "cost")), chance.choice(DRIVERS)
    # Trends compare weeks, whatever else is compared.
    days = {name: day for name, day in chance.choice((DAYS, *SPANS)).items() if name != "compare"}
    check_trends(asker, seen, names, basis, driver, days)
    if asker.sees_others:
        check_tools(
            asker, [event for event in seen if asker.sees_in_part(event)], chance.choice((DAYS, *SPANS))
        )
        check_team(asker, seen, names, chance.choice(SPANS))


def check_heatmap(asker: Asker, seen: Sequence[UsageEvent]) -> None:
    answer = asker.get("heatmap", **DAYS)
    whole = measured(event for event in seen if asker.sees_in_part(event))
    cells = [told(cell["measures"]) for day in answer["weekdays"] for cell in day["cells"]]
    assert added_up(cells) == told(answer["total"]) == whole
    assert added_up(told(day["measures"]) for day in answer["weekdays"]) == whole


def check_team(asker: Asker, seen: Events, names: Names, days: Mapping[str, str]) -> None:
    """The lists of departments, projects and members, these a page at a time."""
    for by in ("department", "project"):
        found = asker.get(f"{by}s", **days)
        check_rows(found["rows"], seen, names[by], days_in(found))
    lines: list[Any] = []
    cursor, page = "", dict[str, Any]()
    while not page or cursor:
        page = asker.get("members", page_size=1, cursor=cursor, **days)
        lines += page["members"]
        cursor = parse_qs(urlsplit(page["page"]["next"] or "").query).get("cursor", [""])[0]
    rows = [line["row"] for line in lines]
    nobody = [page["unattributed"]] if page["unattributed"] else []
    check_rows([*rows, *nobody], seen, names["member"], days_in(page))
    assert told(page["total"]) == measured(within(seen, page["days"]))
    assert page["count"] == page["member_count"] == len(rows)
    by_tokens = asker.get("members", sort="tokens", **days)["members"]
    sizes = [told_row(line["row"]).measures.tokens for line in by_tokens]
    assert sizes == sorted(sizes, reverse=True)
    assert sorted(map(str, by_tokens)) == sorted(map(str, lines))
    own = grouped(within(seen, page["days"]), names["member"])
    for line in lines:
        check_favourite(line["favourite_model"], own[line["row"]["value"]], names)


def check_favourite(favourite: Mapping[str, Any] | None, events: Events, names: Names) -> None:
    """The model that most tokens went to, as far as the asker sees them."""
    models = grouped((event for event in events if event.model_id), names["model"])
    tokens = {model: measured(group).tokens for model, group in models.items()}
    most = max(tokens.values(), default=0)
    if most <= 0:
        assert favourite is None
    else:
        assert favourite is not None
        assert favourite["tokens"] == tokens[favourite["value"]] == most


def check_filters(asker: Asker, seen: Events, names: Names, chance: random.Random) -> None:
    """Two filters at once, by what the asker is offered: as many events as fit both."""
    for _each in range(4):
        chosen: dict[str, str] = {}
        fitting = list(seen)
        for by in chance.sample(DIMENSIONS, 2):
            rows = [row for row in asker.get("breakdown", by=by, **DAYS)["rows"] if row["kind"] != "other"]
            if rows:
                chosen[by] = chance.choice(rows)["value"]
                fitting = [event for event in fitting if names[by](event) == chosen[by]]
        assert told(asker.get("compare", **chosen, **DAYS)["total"]) == measured(fitting), chosen
