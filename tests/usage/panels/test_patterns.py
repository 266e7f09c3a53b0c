"""Patterns: hours on the organization's clock, as far as each may see them, in the API and on the pages."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teams.enums import KeyScope
from tests.described import described
from tests.teams.factories import make_api_key
from tests.usage.ledger_fixtures import answers, event, open_ledger, store
from usage.services.periods import ensure_periods

URL = "/api/v1/usage/heatmap"
BERLIN, KATHMANDU = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")
NOW = datetime(2026, 4, 2, 9, 20, tzinfo=UTC)
RANGE = {"from": "2026-03-20", "to": "2026-04-02"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def acme(cast):
    """Acme in Berlin, around the night of March 29 that has no hour from 2 to 3. From April on in Kathmandu."""
    open_ledger()
    cast.acme.zones.all().delete()
    cast.acme.zones.create(time_zone="Europe/Berlin", valid_from=date(2000, 1, 1))
    cast.acme.zones.create(time_zone="Asia/Kathmandu", valid_from=date(2026, 4, 1))
    ensure_periods(cast.acme.pk, first=date(2026, 2, 1), last=date(2026, 5, 1))
    events = [
        event(
            transaction_id=f"hour-{index}",
            occurred_at=datetime(2026, 3, 18, 3, 7, tzinfo=UTC) + timedelta(minutes=97 * index),
            member_id=("bob", "dana", "")[index % 3],
            department_id="research" if index % 2 else "",
            feature=("chat", "agents", "")[index % 3],
            response_model="gpt-4o" if index % 5 else "home-made",
            input_tokens=100 + index,
            output_tokens=index % 7,
        )
        for index in range(225)
    ]
    assert set(answers(store(cast.acme, *events, received_at=NOW))) == {"stored"}
    return events


def local(one):
    """The day and hour on the clock of the month: April begins at midnight in Kathmandu."""
    april = datetime(2026, 4, 1, tzinfo=KATHMANDU)
    return one.occurred_at.astimezone(KATHMANDU if one.occurred_at >= april else BERLIN)


def expected(events):
    sums: Counter[tuple[int, int]] = Counter()
    for one in events:
        there = local(one)
        if date(2026, 3, 20) <= there.date() <= date(2026, 4, 2):
            sums[there.isoweekday(), there.hour] += one.input_tokens + one.output_tokens
    return sums


def get(client, user, **parameters: Any):
    client.force_login(user)
    response = client.get(URL, {"organization": "acme", **RANGE, **parameters})
    assert response.status_code == 200, response.content
    return response.json()


def tokens(body):
    cells = [cell for day in body["weekdays"] for cell in day["cells"]]
    found = {(cell["weekday"], cell["hour"]): cell["measures"]["total_tokens"] for cell in cells}
    assert len(cells) == len(found) == 168
    assert sum(found.values()) == body["total"]["total_tokens"]
    return {at: value for at, value in found.items() if value}


def test_cells_are_the_sums_of_the_events_on_the_clock_of_their_month(acme, cast, client):
    body = get(client, cast.alice)
    assert tokens(body) == expected(acme)
    assert body["time_zones"] == ["Europe/Berlin", "Asia/Kathmandu"]
    assert [day["weekday"] for day in body["weekdays"]] == [1, 2, 3, 4, 5, 6, 7]


def test_averages_divide_by_the_hours_that_there_were(acme, cast, client):
    body = get(client, cast.alice)
    cells = {(cell["weekday"], cell["hour"]): cell for day in body["weekdays"] for cell in day["cells"]}
    # Two Sundays lie in the range; one of them has no hour from 2 to 3.
    assert (cells[7, 2]["hours"], cells[7, 3]["hours"]) == (1, 2)
    # It is 15:05 on Thursday in Kathmandu: two Thursdays before, and today so far.
    assert (cells[4, 15]["hours"], cells[4, 16]["hours"]) == (2, 1)
    for cell in cells.values():
        mean = Decimal(cell["measures"]["total_tokens"]) / cell["hours"]
        assert abs(Decimal(cell["average"]) - mean) < Decimal("1e-15")


def test_hours_and_days_agree(acme, cast, client):
    heat = get(client, cast.alice, feature="chat")
    compare = client.get("/api/v1/usage/compare", {"organization": "acme", **RANGE, "feature": "chat"}).json()
    assert heat["total"] == compare["total"]
    assert heat["total"]["unpriced_tokens"] > 0


def test_a_member_reads_the_hours_of_their_own_events(acme, cast, client):
    own = [one for one in acme if one.member_id == "bob"]
    body = get(client, cast.bob)
    assert tokens(body) == expected(own)
    compare = client.get("/api/v1/usage/compare", {"organization": "acme", **RANGE}).json()
    assert body["total"] == compare["total"]
    assert body["is_departments_only"] is False
    narrowed = get(client, cast.bob, model="home-made")
    assert tokens(narrowed) == expected(one for one in own if one.response_model == "home-made")


def test_a_lead_reads_the_hours_of_the_departments_they_lead(acme, cast, client):
    body = get(client, cast.dana)
    # A member's department is their own where the event names none: Bob's and Dana's is research.
    assert tokens(body) == expected(one for one in acme if one.department_id or one.member_id)
    assert body["is_departments_only"] is True


def test_a_key_sees_all_and_an_outsider_nothing(acme, cast, client):
    key = make_api_key(cast.acme, KeyScope.USAGE_READ).secret
    answer = client.get(URL, RANGE, headers={"X-API-Key": key})
    assert tokens(answer.json()) == expected(acme)
    client.force_login(cast.charlie)
    assert client.get(URL, {"organization": "acme"}).status_code == 404
    assert client.get("/o/acme/patterns/").status_code == 404


@pytest.mark.parametrize("field", ["member", "project", "tool"])
def test_what_hours_are_not_kept_by_is_said(acme, cast, client, field):
    client.force_login(cast.alice)
    response = client.get(URL, {"organization": "acme", field: "x"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field
    assert client.get("/o/acme/patterns/", {field: "x"}).status_code == 400


def test_an_unknown_basis_is_said(acme, cast, client):
    client.force_login(cast.alice)
    response = client.get(URL, {"organization": "acme", "basis": "seconds"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "basis"
    assert client.get("/o/acme/patterns/", {"basis": "seconds"}).status_code == 400


@pytest.mark.parametrize("days", ["2026-03-31", "2026-03-20"])
@pytest.mark.parametrize("who", ["alice", "bob", "dana"])
def test_the_number_of_queries_does_not_grow(acme, cast, client, who, days):
    client.force_login(getattr(cast, who))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(URL, {"organization": "acme", "from": days, "to": "2026-04-02"})
    assert len(queries) <= 12


def test_pages_show_the_table_in_the_web_app_and_in_the_admin(acme, cast, client, settings):
    settings.STAFF_MFA_REQUIRED = False
    for user, url in (
        (cast.alice, "/o/acme/patterns/"),
        (cast.bob, "/o/acme/patterns/"),
        (cast.carol, "/admin/panels/acme/patterns/"),
    ):
        client.force_login(user)
        for basis in ("tokens", "cost", "calls"):
            page = client.get(url, {**RANGE, "basis": basis})
            assert page.status_code == 200, url
            text = page.content.decode()
            assert text.count('role="cell"') == 7 * 25
            assert "heat-5" in text
            assert 'style="' not in text.partition('<table class="heatmap"')[2].partition("</table>")[0]
    client.force_login(cast.dana)
    assert "outside the departments that you lead" in client.get("/o/acme/patterns/", RANGE).content.decode()


def test_weeks_begin_on_the_organizations_day(acme, cast, client):
    cast.acme.week_start = 7
    cast.acme.save()
    assert [day["weekday"] for day in get(client, cast.alice)["weekdays"]][:2] == [7, 1]


def test_costs_without_a_price_are_no_zero(acme, cast, client):
    client.force_login(cast.alice)
    text = client.get("/o/acme/patterns/", {**RANGE, "basis": "cost", "model": "home-made"}).content.decode()
    heat = text.partition('<table class="heatmap"')[2].partition("</table>")[0]
    assert "unpriced" in heat


def test_days_that_never_came_are_dashes(acme, cast, client):
    client.force_login(cast.alice)
    one_day = RANGE | {"to": RANGE["from"]}
    text = client.get("/o/acme/patterns/", one_day).content.decode()
    heat = text.partition('<table class="heatmap"')[2].partition("</table>")[0]
    sums = re.findall(r'<td role="cell" class="heat-sum">(.*?)</td>', heat)
    assert sorted("–" in told for told in sums) == [False] + [True] * 6


def test_without_usage_the_page_says_what_will_be_there(cast, client):
    client.force_login(cast.alice)
    text = client.get("/o/acme/patterns/").content.decode()
    assert "No usage on these days" in text
    assert "heatmap" not in text
    assert tokens(get(client, cast.alice)) == {}


def test_the_answer_is_what_the_schema_says(acme, cast, client, api_document):
    check = described(api_document, "usage/heatmap")
    for body in (get(client, cast.alice), get(client, cast.bob, basis="cost")):
        check.validate(body)
