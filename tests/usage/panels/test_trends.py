"""Trends: the change of a week and its parts, spikes with their drivers, as far as each may see them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teams.models import Department, Project
from tests.described import described
from tests.usage.rollup_factories import Fact, book, make_period
from usage.models import LlmModel

URL = "/api/v1/usage/trends"
TODAY = date(2026, 11, 25)
"""A Wednesday."""
SPIKE = date(2026, 11, 12)
SINCE = date(2026, 9, 28)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(datetime(2026, 11, 25, 15, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def acme(cast):
    """Eight weeks of Bob's 100 tokens and 0.10 dollars a day, with a spike of Dana's, and eleven models this week."""
    make_period(cast.acme, date(2026, 11, 1))
    bob, dana = cast.member(cast.bob).pk, cast.member(cast.dana).pk
    models = [LlmModel.objects.create(provider_name="x", name=f"model-{index}").pk for index in range(11)]
    project = Project.objects.create(organization=cast.acme, external_id="apollo", name="Apollo").pk
    facts = [
        Fact(
            day=SINCE + timedelta(days=offset),
            member_id=bob,
            department_id=cast.research.pk,
            model_id=models[0],
            feature="chat",
            input_tokens=100,
            cost=Decimal("0.10"),
        )
        for offset in range((TODAY - SINCE).days + 1)
    ]
    facts.append(
        Fact(
            day=SPIKE, member_id=dana, model_id=models[1], feature="agents", input_tokens=900, cost=Decimal(2)
        )
    )
    monday = TODAY - timedelta(days=2)
    facts += [
        Fact(
            day=monday,
            model_id=model,
            project_id=project,
            input_tokens=10 * (index + 1),
            output_tokens=1,
            cost=None,
        )
        for index, model in enumerate(models[1:])
    ]
    facts.append(Fact(day=monday, feature="voice", input_tokens=7, cost=Decimal("0.000000000000001")))
    facts.append(
        Fact(
            day=monday - timedelta(days=7),
            member_id=dana,
            model_id=models[1],
            input_tokens=350,
            cost=Decimal(1),
        )
    )
    return book(cast.acme, facts)


def get(client, user, **parameters):
    client.force_login(user)
    response = client.get(URL, {"organization": "acme", **parameters})
    assert response.status_code == 200, response.content
    return response.json()


def used(facts, first, last, money=False):
    return sum(fact.money if money else fact.tokens for fact in facts if first <= fact.day <= last)


@pytest.mark.parametrize("driver", ["model", "feature", "department", "member", "project"])
@pytest.mark.parametrize("basis", ["tokens", "cost"])
def test_the_parts_add_up_to_the_change_exactly(acme, cast, client, driver, basis):
    week = get(client, cast.alice, driver=driver, basis=basis)["week_over_week"]
    assert (week["compared"], week["previous"]) == (
        {"first": "2026-11-23", "last": "2026-11-24"},
        {"first": "2026-11-16", "last": "2026-11-17"},
    )
    money = basis == "cost"
    current = used(acme, date(2026, 11, 23), date(2026, 11, 24), money)
    previous = used(acme, date(2026, 11, 16), date(2026, 11, 17), money)
    for name, whole in (("current", current), ("previous", previous), ("change", current - previous)):
        assert sum(Decimal(part[name]) for part in week["parts"]) == whole, name
    assert week["current_total"]["total_tokens"] == week["change"]["tokens"]
    assert Decimal(week["current_total" if money else "previous_total"]["contracted_cost"]) == (
        current if money else used(acme, date(2026, 11, 16), date(2026, 11, 17), True)
    )


def test_parts_are_ordered_by_what_moved_with_the_rest_and_the_unattributed_last(acme, cast, client):
    parts = get(client, cast.alice)["week_over_week"]["parts"]
    assert [part["row"]["kind"] for part in parts] == ["named"] * 8 + ["other", "unattributed"]
    assert parts[0]["row"]["value"] == "x/model-1"
    assert parts[0]["change"] == str(11 - 350)
    sizes = [abs(Decimal(part["change"])) for part in parts[:8]]
    assert sizes == sorted(sizes, reverse=True)
    assert parts[8]["row"]["entries"] == 3
    assert parts[9]["change"] == "7"


def test_the_driver_moved_most_in_the_direction_of_the_whole(acme, cast, client):
    week = get(client, cast.alice)["week_over_week"]
    assert week["change"]["tokens"] - week["change"]["previous_tokens"] == 560 + 7 - 350
    assert (week["driver"]["row"]["value"], week["driver"]["change"]) == ("x/model-10", "101")
    by_member = get(client, cast.alice, driver="member")["week_over_week"]["driver"]
    assert (by_member["row"]["kind"], by_member["change"]) == ("unattributed", "567")


def test_a_spike_is_marked_with_its_driver(acme, cast, client):
    body = get(client, cast.alice, driver="member")
    (monday, dana, spike) = body["spikes"]
    assert (monday["day"], dana["day"]) == ("2026-11-23", "2026-11-16")
    assert (spike["day"], spike["value"], spike["usual"]) == (SPIKE.isoformat(), "1000", "100")
    assert len(spike["compared"]) == 6
    assert (spike["driver"]["row"]["name"], spike["driver"]["excess"]) == ("Dana", "900")
    assert spike["is_partial"] is False
    assert body["spikes_found"] == 3
    week = next(week for week in body["weeks"] if week["first"] == "2026-11-09")
    assert (week["total"]["total_tokens"], week["on_spikes"]["total_tokens"]) == (1600, 1000)
    assert get(client, cast.alice, driver="feature")["spikes"][2]["driver"]["row"]["name"] == "agents"
    assert get(client, cast.alice, member="bob")["spikes"] == []


def test_weeks_add_up_and_the_last_is_marked(acme, cast, client):
    body = get(client, cast.alice)
    assert len(body["weeks"]) == 13
    assert sum(week["total"]["total_tokens"] for week in body["weeks"]) == sum(fact.tokens for fact in acme)
    assert [week["is_partial"] for week in body["weeks"]][-2:] == [False, True]
    assert body["history_since"] == SINCE.isoformat()
    assert (body["seasons"]["weeks"], body["seasons"]["whole_months"]) == (8, 1)
    assert body["seasons"]["months"] == []
    tuesday = body["seasons"]["weekdays"][1]
    assert (tuesday["weekday"], tuesday["days"], tuesday["average"]) == (2, 8, "100")


def test_each_sees_their_own_part(acme, cast, client):
    bob = get(client, cast.bob, driver="model")
    assert {part["row"]["value"] for part in bob["week_over_week"]["parts"]} == {"x/model-0"}
    assert bob["spikes"] == []
    dana = get(client, cast.dana, driver="member")
    assert {part["row"]["name"] for part in dana["week_over_week"]["parts"]} == {"Bob", "Dana"}
    assert dana["spikes"][-1]["driver"]["row"]["name"] == "Dana"
    text = client.get("/o/acme/trends/", {"driver": "member"}).content.decode()
    assert "Unattributed" not in text.partition("What the change is made of")[2].partition("Week by week")[0]
    client.force_login(cast.charlie)
    assert client.get(URL, {"organization": "acme"}).status_code == 404
    assert client.get("/o/acme/trends/").status_code == 404


def test_merged_entries_are_one_driver(cast, client):
    make_period(cast.acme, date(2026, 11, 1))
    old = Department.objects.create(
        organization=cast.acme, external_id="old", name="Old", merged_into=cast.research
    )
    day, model_id = date(2026, 11, 24), LlmModel.objects.create(provider_name="x", name="y").pk
    book(
        cast.acme,
        [
            Fact(department_id=old.pk, input_tokens=5, day=day, model_id=model_id),
            Fact(department_id=cast.research.pk, input_tokens=200, day=day, model_id=model_id),
        ],
    )
    parts = get(client, cast.alice, driver="department")["week_over_week"]["parts"]
    assert {part["row"]["name"]: part["current"] for part in parts} == {"Research": "205"}


@pytest.mark.parametrize(("field", "value"), [("driver", "tool"), ("basis", "calls"), ("driver", "\x00")])
def test_what_cannot_be_asked_is_said(acme, cast, client, field, value):
    client.force_login(cast.alice)
    response = client.get(URL, {"organization": "acme", field: value})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("driver", ["model", "member"])
def test_the_number_of_queries_does_not_grow(acme, cast, client, driver):
    client.force_login(cast.alice)
    counts = []
    for asked in ({}, {"range": "last_7_days"}, {"from": "2026-09-01", "to": "2026-09-30"}):
        with CaptureQueriesContext(connection) as queries:
            client.get(URL, {"organization": "acme", "driver": driver, **asked})
        counts.append(len(queries))
    assert max(counts) <= 12


def test_pages_render_in_the_web_app_and_in_the_admin(acme, cast, client, settings):
    settings.STAFF_MFA_REQUIRED = False
    for user, url in ((cast.alice, "/o/acme/trends/"), (cast.carol, "/admin/panels/acme/trends/")):
        client.force_login(user)
        for basis in ("tokens", "cost"):
            page = client.get(url, {"basis": basis, "driver": "member"})
            assert page.status_code == 200, url
            text = page.content.decode()
            assert "This week so far against the last" in text
            assert "Thu, Nov 12" in text
            assert "Seasons of the year need 12 whole months of history; there is 1 so far." in text
            assert '<input type="hidden" name="driver" value="member">' in text
    assert client.get("/admin/panels/acme/trends/", {"driver": "moon"}).status_code == 400


def test_without_usage_the_page_says_what_will_be_there(cast, client):
    client.force_login(cast.alice)
    assert "No usage on these days" in client.get("/o/acme/trends/").content.decode()
    body = get(client, cast.alice)
    assert (body["history_since"], body["spikes"], body["week_over_week"]["driver"]) == (None, [], None)


def test_the_answer_is_what_the_schema_says(acme, cast, client, api_document):
    check = described(api_document, "usage/trends")
    for body in (get(client, cast.alice), get(client, cast.bob, basis="cost")):
        check.validate(body)
