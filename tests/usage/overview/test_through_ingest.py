"""Events go in by the ledger's own door, and the overview is checked against the list that was sent."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from teams.models import Department, Member
from teams.permissions import Visible
from tests.usage.ledger_fixtures import answers, event, open_ledger, store
from usage.enums import RowKind
from usage.queries.organizations_home import organizations_home
from usage.queries.overview import usage_overview

KATHMANDU = ZoneInfo("Asia/Kathmandu")
NOW = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
INPUT, OUTPUT = Decimal("0.000002"), Decimal("0.00001")
"""US dollars per token of gpt-4o."""

pytestmark = pytest.mark.django_db


def sent_events(seed):
    """April 20th to now in Kathmandu: people, projects, an integration, nobody at all, and an unpriced model."""
    dice = random.Random(seed)
    start = datetime(2026, 4, 20, tzinfo=KATHMANDU)
    span = int((NOW - start).total_seconds())
    return [
        event(
            transaction_id=f"e{index}",
            occurred_at=start + timedelta(seconds=dice.randrange(span)),
            response_model=dice.choice(["gpt-4o", "gpt-4o", "home-made"]),
            member_id=dice.choice(["bob", "dana", "", "stranger"]),
            department_id=dice.choice(["", "research"]),
            project_id=dice.choice(["", "apollo"]),
            integration_id=dice.choice(["", "mail"]),
            input_tokens=dice.randint(0, 5000),
            output_tokens=dice.randint(0, 500),
        )
        for index in range(400)
    ]


@pytest.fixture
def sent():
    organization = open_ledger(time_zone="Asia/Kathmandu", name="Acme", slug="acme-ingest")
    events = sent_events(7)
    assert set(answers(store(organization, *events, received_at=NOW))) == {"stored"}
    return organization, events


def in_june(events):
    return [one for one in events if one.occurred_at.astimezone(KATHMANDU).date() >= JUNE]


def tokens(events):
    return sum(one.input_tokens + one.output_tokens for one in events)


def cost(events):
    priced = [one for one in events if one.response_model == "gpt-4o"]
    return sum((one.input_tokens * INPUT + one.output_tokens * OUTPUT for one in priced), Decimal(0))


def read(organization, **viewer):
    return usage_overview(organization=organization, visible=Visible(**viewer), now=NOW)


def test_the_overview_is_what_was_sent(sent):
    organization, events = sent
    june = in_june(events)
    found = read(organization, whole_organization=True)

    assert found.period.starts_at == datetime(2026, 5, 31, 18, 15, tzinfo=UTC)
    assert found.totals.calls == len(june)
    assert found.totals.total_tokens == tokens(june)
    assert found.totals.contracted_cost == cost(june)
    assert found.totals.unpriced_events == sum(one.response_model == "home-made" for one in june)
    assert found.last_event_at == max(one.occurred_at for one in events)
    for day in found.days:
        on_day = [one for one in june if one.occurred_at.astimezone(KATHMANDU).date() == day.day]
        assert (day.measures.total_tokens, day.measures.contracted_cost) == (tokens(on_day), cost(on_day))

    by_name = {row.name: row for row in found.members}
    for name in ("bob", "dana", "stranger", ""):
        own = [one for one in june if one.member_id == name]
        assert by_name[name].measures.contracted_cost == cost(own), name
        assert by_name[name].is_placeholder is bool(name)
        assert (by_name[name].kind == RowKind.UNATTRIBUTED) == (name == "")
    assert {row.name: row.measures.total_tokens for row in found.shared} == {
        "apollo": tokens(one for one in june if not one.member_id and one.project_id),
        "mail": tokens(one for one in june if not (one.member_id or one.project_id) and one.integration_id),
        "": tokens(one for one in june if not (one.member_id or one.project_id or one.integration_id)),
    }


def test_the_comparison_and_the_projection_are_drawn_from_what_was_sent(sent):
    organization, events = sent
    found = read(organization, whole_organization=True)

    def on(day):
        return [one for one in events if one.occurred_at.astimezone(KATHMANDU).date() == day]

    # Nine days of June are over at 14:45 on the 10th.
    assert found.compared.days == 9
    assert found.compared.change.previous_tokens == sum(
        tokens(on(date(2026, 5, day))) for day in range(1, 10)
    )
    assert found.compared.change.contracted_cost == sum(cost(on(date(2026, 6, day))) for day in range(1, 10))

    expected = Decimal(0)
    for day in range(11, 31):
        weekday = date(2026, 6, day).weekday()
        same = sorted(
            cost(on(past))
            for past in (date(2026, 6, 9) - timedelta(days=back) for back in range(28))
            if past.weekday() == weekday
        )
        expected += (same[1] + same[2]) / 2
    wednesdays = sorted(cost(on(date(2026, 6, 10) - timedelta(days=7 * week))) for week in range(1, 5))
    today = max(cost(on(date(2026, 6, 10))), (wednesdays[1] + wednesdays[2]) / 2)
    spent = sum(cost(on(date(2026, 6, day))) for day in range(1, 10))
    assert found.projected.cost == spent + today + expected
    assert found.projected.cost_low <= found.projected.cost <= found.projected.cost_high


def test_a_member_and_a_lead_see_their_part_of_what_was_sent(sent):
    organization, events = sent
    june = in_june(events)
    bob = Member.objects.get(organization=organization, external_id="bob")
    research = Department.objects.get(organization=organization, external_id="research")

    own = [one for one in june if one.member_id == "bob"]
    found = read(organization, member_ids=frozenset({bob.pk}))
    assert (found.totals.calls, found.totals.contracted_cost) == (len(own), cost(own))
    assert [row.name for row in found.members] == ["bob"]
    assert found.last_event_at == max(one.occurred_at for one in events if one.member_id == "bob")

    led = [one for one in june if one.department_id == "research"]
    found = read(organization, department_ids=frozenset({research.pk}))
    assert (found.totals.calls, found.totals.contracted_cost) == (len(led), cost(led))
    assert [row.name for row in found.departments] == ["research"]


def test_finance_staff_see_the_same_total(sent):
    organization, events = sent
    (row,) = organizations_home(now=NOW)
    assert row.id == organization.pk
    assert row.totals.contracted_cost == cost(in_june(events))
