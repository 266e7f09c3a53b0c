"""``GET /api/v1/billing/budgets``: who sees what, and what it looks like."""

from decimal import Decimal

import pytest
import time_machine

from teams.enums import KeyScope
from tests.billing.budgets.scene import NOW, drain, make_budget, spend
from tests.teams.factories import make_api_key

URL = "/api/v1/billing/budgets"


@pytest.fixture
def acme(cast):
    bob = cast.member(cast.bob)
    make_budget(cast.acme, 1000, name="Everything")
    make_budget(cast.acme, 0, name="Research", scope_kind="department", scope_id=cast.research.pk)
    make_budget(cast.acme, 500, name="Bob", scope_kind="member", scope_id=bob.pk, unit="tokens")
    make_budget(cast.other, 5, name="Elsewhere")
    spend(cast.acme, "912.000000000000001", unpriced=1)
    spend(cast.acme, tokens=250, kind="member", scope_id=bob.pk)
    drain()
    with time_machine.travel(NOW, tick=False):
        yield cast.acme


def listed(client, **headers):
    response = client.get(URL, {} if headers else {"organization": "acme"}, headers=headers)
    assert response.status_code == 200, response.content
    return response.json()["budgets"]


def test_each_role_sees_its_own(acme, cast, client):
    for user, names in (
        (cast.alice, ["Everything", "Research", "Bob"]),
        (cast.dana, ["Research"]),
        (cast.bob, ["Bob"]),
    ):
        client.force_login(user)
        assert [budget["name"] for budget in listed(client)] == names


def test_a_key_that_may_read_sees_its_organization_and_no_other(acme, cast, client):
    secret = make_api_key(cast.other, KeyScope.USAGE_READ).secret
    assert [budget["name"] for budget in listed(client, authorization=f"Bearer {secret}")] == ["Elsewhere"]
    writer = make_api_key(acme, KeyScope.USAGE_WRITE).secret
    assert client.get(URL, headers={"authorization": f"Bearer {writer}"}).status_code == 403


def test_outsiders_and_nobody(acme, cast, client):
    assert client.get(URL, {"organization": "acme"}).status_code == 401
    client.force_login(cast.charlie)
    assert client.get(URL, {"organization": "acme"}).status_code == 404


def test_figures_are_exact_and_bounds_are_told(acme, cast, client):
    client.force_login(cast.alice)
    everything, research, bob = listed(client)
    assert Decimal(everything["spent"]) == Decimal("912.000000000000001")
    assert Decimal(everything["left"]) == Decimal("87.999999999999999")
    assert (everything["level"], everything["percent"], everything["is_lower_bound"]) == (
        "caution",
        "91.2",
        True,
    )
    assert everything["crossed_thresholds"] == everything["alerted_thresholds"] == [75, 90]
    assert (everything["first_day"], everything["last_day"]) == ("2026-11-01", "2026-11-30")
    assert (research["percent"], research["level"], research["spent"]) == (None, "ok", "0")
    assert (bob["spent"], bob["currency"], bob["percent"]) == ("250", "", "50.0")


def test_unchanged_is_not_sent_again(acme, cast, client):
    client.force_login(cast.alice)
    etag = client.get(URL, {"organization": "acme"})["ETag"]
    again = {"organization": "acme"}
    assert client.get(URL, again, headers={"If-None-Match": etag}).status_code == 304
    spend(acme, 1)
    assert client.get(URL, again, headers={"If-None-Match": etag}).status_code == 200


def test_a_hundred_trillion_tokens_are_counted_to_the_last_one(cast, client):
    budget = make_budget(cast.acme, 10**14, unit="tokens")
    spend(cast.acme, tokens=123_456_789_012_345)
    drain()
    client.force_login(cast.alice)
    with time_machine.travel(NOW, tick=False):
        (found,) = listed(client)
        page = client.get("/o/acme/budgets/").content.decode()
    assert (found["spent"], found["left"]) == ("123456789012345", "-23456789012345")
    assert "123\u202f456\u202f789\u202f012\u202f345" in page
    assert budget.alerts.latest("pk").spent == 123_456_789_012_345
