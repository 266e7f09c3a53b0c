"""Whatever was stored, voided and came late: every breakdown adds up to what the asker's own events come to.

The truth is read from the events themselves, one by one, in plain Python; panels are asked over HTTP, as each role.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from time_machine import travel

from teams.enums import Role
from teams.models import Department, Member, Organization
from tests.teams.factories import MemberFactory, UserFactory
from tests.usage.fuzz.effort import whole_ledgers
from tests.usage.ingest.calls import calls
from tests.usage.ledger.ledgers import filling
from tests.usage.ledger_fixtures import RECEIVED
from tests.usage.ledger_tables import agreed_world, organization_of
from tests.usage.panels.further_checks import check_further
from usage.events import Event
from usage.models import LlmModel, UsageEvent
from usage.services.month_sums import keep_all_month_sums
from usage.services.snapshots import MEMORY

pytestmark = pytest.mark.django_db

COLUMNS: Final = {
    "model": "model_id",
    "feature": "feature",
    "department": "department_id",
    "project": "project_id",
    "member": "member_id",
    "platform": "platform",
    "integration": "integration_id",
}
ZONES: Final = ("UTC", "Asia/Kathmandu", "America/St_Johns")
DAYS: Final = {"from": "2026-03-01", "to": "2026-06-30"}
AT_LAST: Final = datetime(2027, 1, 1, tzinfo=UTC)
"""When every month is over."""
SUMMED_UP_AT: Final = (
    AT_LAST,
    RECEIVED,
    datetime(2026, 5, 20, 17, tzinfo=UTC),
    datetime(2026, 4, 2, tzinfo=UTC),
)
"""When months are summed up: all of them over, or one of them in progress."""
LAST_SHOWN: Final = date(2026, 6, 16)

Sums = tuple[int, int, int, Decimal, int]


@dataclass(frozen=True)
class Asker:
    """Someone of the organization, and which of its events they may see."""

    client: Client
    slug: str
    sees: Callable[[UsageEvent], bool]
    sees_others: bool = True

    def get(self, panel: str, **parameters: Any) -> dict[str, Any]:
        query = urlencode({"organization": self.slug, **parameters}, doseq=True)
        response = self.client.get(f"/api/v1/usage/{panel}?{query}")
        assert response.status_code == 200, (response.status_code, response.content)
        body: dict[str, Any] = response.json()
        return body


def measured(events: Iterable[UsageEvent]) -> Sums:
    """Calls, input, output, cost and unpriced events of some events, corrections taken off."""
    sums: list[Any] = [0, 0, 0, Decimal(0), 0]
    for event in events:
        parts = (
            event.calls,
            event.input_tokens,
            event.output_tokens,
            event.contracted_cost or 0,
            event.unpriced,
        )
        sums = [standing + part for standing, part in zip(sums, parts, strict=True)]
    return tuple(sums)


def told(measures: Mapping[str, Any]) -> Sums:
    return (
        measures["calls"],
        measures["input_tokens"],
        measures["output_tokens"],
        Decimal(measures["contracted_cost"]),
        measures["unpriced_events"],
    )


def grouped(events: Iterable[UsageEvent], by: str) -> dict[Any, Sums]:
    """The sums per value of a dimension; a value with nothing left is none."""
    groups = defaultdict(list)
    providers = dict(LlmModel.objects.values_list("id", "provider_name"))
    for event in events:
        value = providers.get(event.model_id, "") if by == "provider" else getattr(event, COLUMNS[by])
        groups[value].append(event)
    return {value: sums for value, group in groups.items() if any(sums := measured(group))}


def added_up(parts: Iterable[Sums]) -> Sums:
    return tuple(sum(column) for column in zip((0, 0, 0, Decimal(0), 0), *parts, strict=True))


def ledger_of(sent: Sequence[Event], *, zone: str, seed: int, keeps: bool = True) -> Organization:
    """Store ``sent`` in batches of any size, voiding some on the way; if it ``keeps`` them, months are summed up."""
    MEMORY.forget()
    chance, organization = random.Random(seed), organization_of(agreed_world(zone))
    for left in filling(organization, sent, chance=chance):
        if keeps and (chance.random() < 0.3 or (not left and chance.random() < 0.7)):
            keep_all_month_sums(now=chance.choice(SUMMED_UP_AT))
    return organization


def askers(organization: Organization) -> Iterator[Asker]:
    """An owner, the lead of Research, and Bob."""
    research, _ = Department.objects.get_or_create(organization=organization, external_id="research")
    bob, _ = Member.objects.get_or_create(organization=organization, external_id="bob")
    lead = MemberFactory(organization=organization, external_id="lead", role=Role.DEPARTMENT_LEAD)
    owner = MemberFactory(organization=organization, external_id="owner", role=Role.OWNER)
    research.lead = lead
    research.save()
    for member, sees in (
        (owner, lambda event: True),
        (lead, lambda event: event.department_id == research.pk),
        (bob, lambda event: event.member_id == bob.pk),
    ):
        member.user = member.user or UserFactory()
        member.save()
        client = Client()
        client.force_login(member.user)
        yield Asker(client, organization.slug, sees, sees_others=member is not bob)


@whole_ledgers(4)
@given(
    sent=st.lists(calls(), min_size=10, max_size=40), zone=st.sampled_from(ZONES), seed=st.integers(0, 2**32)
)
def test_every_breakdown_adds_up_to_the_askers_own_events(sent: list[Event], zone: str, seed: int) -> None:
    organization = ledger_of(sent, zone=zone, seed=seed)
    everything = list(UsageEvent.objects.filter(organization=organization))
    with travel(RECEIVED, tick=False):
        for asker in askers(organization):
            seen = [event for event in everything if asker.sees(event)]
            check_sums(asker, seen)
            check_filters(asker, seen, random.Random(seed))


def check_sums(asker: Asker, seen: Sequence[UsageEvent]) -> None:
    whole = measured(seen)
    assert told(asker.get("compare", **DAYS)["total"]) == whole
    for by in (*COLUMNS, "provider"):
        answer = asker.get("breakdown", by=by, **DAYS)
        rows = answer["rows"]
        expected = grouped(seen, by)
        assert told(answer["total"]) == added_up(told(row["measures"]) for row in rows) == whole
        assert sorted(told(row["measures"]) for row in rows if any(told(row["measures"]))) == sorted(
            expected.values()
        )
        cut = asker.get("breakdown", by=by, top=1, **DAYS)["rows"]
        assert added_up(told(row["measures"]) for row in cut) == whole
        assert sum(row["entries"] for row in cut) == len(rows)
    check_heatmap(asker, seen)
    check_further(asker, seen)
    if asker.sees_others:
        check_team(asker, seen)


def check_heatmap(asker: Asker, seen: Sequence[UsageEvent]) -> None:
    answer = asker.get("heatmap", **DAYS)
    cells = [told(cell["measures"]) for day in answer["weekdays"] for cell in day["cells"]]
    assert added_up(cells) == told(answer["total"]) == measured(seen)
    assert added_up(told(day["measures"]) for day in answer["weekdays"]) == measured(seen)


def check_team(asker: Asker, seen: Sequence[UsageEvent]) -> None:
    """The lists of departments, projects and members, these a page at a time."""
    whole = measured(seen)
    for panel in ("departments", "projects"):
        assert added_up(told(row["measures"]) for row in asker.get(panel, **DAYS)["rows"]) == whole
    found: list[Sums] = []
    cursor, page = "", dict[str, Any]()
    while not page or cursor:
        page = asker.get("members", page_size=1, cursor=cursor, **DAYS)
        found += [told(member["row"]["measures"]) for member in page["members"]]
        cursor = parse_qs(urlsplit(page["page"]["next"] or "").query).get("cursor", [""])[0]
    if page["unattributed"]:
        found.append(told(page["unattributed"]["measures"]))
    assert added_up(found) == told(page["total"]) == whole


def check_filters(asker: Asker, seen: Sequence[UsageEvent], chance: random.Random) -> None:
    """Two filters at once, by what the asker is offered: as many events as fit both."""
    for _each in range(4):
        one, other = chance.sample(sorted(COLUMNS), 2)
        chosen: dict[str, str] = {}
        fitting = list(seen)
        for by in (one, other):
            rows = [row for row in asker.get("breakdown", by=by, **DAYS)["rows"] if row["kind"] != "other"]
            if not rows:
                continue
            row = chance.choice(rows)
            chosen[by] = row["value"]
            value = row_value(row, by, asker)
            fitting = [event for event in fitting if getattr(event, COLUMNS[by]) == value]
        assert told(asker.get("compare", **chosen, **DAYS)["total"]) == measured(fitting), chosen


def row_value(row: Mapping[str, Any], by: str, asker: Asker) -> Any:
    """What an event's column holds for a row, found by its name at the client."""
    if row["kind"] == "unattributed":
        return "" if by in ("feature", "platform") else 0
    if by in ("feature", "platform"):
        return row["external_id"]
    if by == "model":
        return LlmModel.objects.get(name=row["external_id"], provider_name=row["detail"]).pk
    entries: dict[str, Any] = {"department": Department, "member": Member}
    if by in entries:
        return entries[by].objects.get(organization__slug=asker.slug, external_id=row["external_id"]).pk
    events = UsageEvent.objects.filter(organization__slug=asker.slug).exclude(**{COLUMNS[by]: 0})
    return events.values_list(COLUMNS[by], flat=True)[0]
