"""``GET /api/v1/usage/overview``: who sees what, and what it looks like."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from jsonschema import ValidationError  # type: ignore[import-untyped]

from billing.api.overview_example import EXAMPLE
from teams.enums import KeyScope, Role
from tests.described import described
from tests.teams.factories import MemberFactory, UserFactory, make_api_key
from tests.usage.rollup_factories import Fact, book, make_period

URL = "/api/v1/usage/overview"
NOV, OCT = date(2026, 11, 1), date(2026, 10, 1)


@pytest.fixture
def acme(cast):
    """Acme with 1000 tokens: 10 of Bob's in Research, 100 of Dana's elsewhere, 890 of nobody's."""
    for month in (OCT, NOV):
        make_period(cast.acme, month)
    book(
        cast.acme,
        [
            Fact(
                day=NOV,
                member_id=cast.member(cast.bob).pk,
                department_id=cast.research.pk,
                input_tokens=10,
                cost=Decimal("0.000000000000001"),
            ),
            Fact(day=NOV, member_id=cast.member(cast.dana).pk, input_tokens=100, cost=Decimal("1.50")),
            Fact(day=NOV, input_tokens=890, cost=None),
            Fact(day=OCT, input_tokens=7, cost=Decimal(1)),
        ],
    )
    with time_machine.travel(datetime(2026, 11, 18, 12, tzinfo=UTC), tick=False):
        yield cast.acme


def tokens(response):
    assert response.status_code == 200, response.content
    return response.json()["totals"]["total_tokens"]


def as_user(client, user):
    client.force_login(user)
    return client


def test_each_role_sees_its_own_part(acme, cast, client, settings):
    settings.STAFF_MFA_REQUIRED = False
    auditor = UserFactory(email="audrey@example.com")
    MemberFactory(organization=acme, user=auditor, role=Role.AUDITOR)
    for user, expected in (
        (cast.alice, 1000),
        (auditor, 1000),
        (cast.carol, 1000),
        (cast.dana, 110),
        (cast.bob, 10),
    ):
        response = as_user(client, user).get(URL, {"organization": "acme"})
        assert tokens(response) == expected, user
        body = response.json()
        assert sum(row["measures"]["total_tokens"] for row in body["members"]) == expected
        assert body["is_whole_organization"] is (expected == 1000)


def test_a_member_learns_nothing_of_others(acme, cast, client):
    text = as_user(client, cast.bob).get(URL, {"organization": "acme"}).content.decode()
    assert "Bob" in text
    assert "Dana" not in text


def test_an_outsider_gets_the_same_answer_as_for_nothing(acme, cast, client):
    as_user(client, cast.charlie)
    hidden = client.get(URL, {"organization": "acme", "period": "2026-11"})
    missing = client.get(URL, {"organization": "no-such", "period": "2026-11"})
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json() == missing.json()
    assert hidden["Content-Type"] == "application/problem+json"


def test_an_outsider_gets_no_304_for_a_known_etag(acme, cast, client):
    etag = as_user(client, cast.alice).get(URL, {"organization": "acme"})["ETag"]
    stolen = as_user(client, cast.charlie).get(URL, {"organization": "acme"}, headers={"If-None-Match": etag})
    assert stolen.status_code == 404


def test_nobody_gets_401(acme, client):
    assert client.get(URL, {"organization": "acme"}).status_code == 401


def test_a_key_that_may_read_sees_its_organization(acme, cast, client):
    secret = make_api_key(acme, KeyScope.USAGE_READ).secret
    assert tokens(client.get(URL, headers={"Authorization": f"Bearer {secret}"})) == 1000


def test_a_key_that_may_only_write_reads_nothing(acme, cast, client):
    secret = make_api_key(acme, KeyScope.USAGE_WRITE).secret
    response = client.get(URL, headers={"X-API-Key": secret})
    assert response.status_code == 403
    assert response.json()["type"].endswith("missing-scope")


def test_a_key_never_reads_another_organization(acme, cast, client):
    make_period(cast.other, NOV)
    secret = make_api_key(cast.other, KeyScope.USAGE_READ).secret
    assert tokens(client.get(URL, {"organization": "acme"}, headers={"X-API-Key": secret})) == 0


def test_a_period_of_the_past(acme, cast, client):
    body = as_user(client, cast.alice).get(URL, {"organization": "acme", "period": "2026-10"}).json()
    assert body["period"]["month"] == "2026-10"
    assert body["period"]["today"] is None
    assert body["totals"]["total_tokens"] == 7
    assert body["projected"]["reason"] == "period_over"
    assert len(body["days"]) == 31


@pytest.mark.parametrize(
    "period", ["2026-13", "2026-00", "0000-01", "november", "2026-11-01", "2026-1", "٢٠٢٦-11", "\x00"]
)
def test_a_period_that_cannot_be_read_is_named(acme, cast, client, period):
    response = as_user(client, cast.alice).get(URL, {"organization": "acme", "period": period})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "period"
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("period", ["2026-12", "1999-01", "9999-12", "0001-01"])
def test_a_period_that_is_not_there_is_named(acme, cast, client, period):
    response = as_user(client, cast.alice).get(URL, {"organization": "acme", "period": period})
    assert response.status_code == 404
    assert response.json()["errors"][0]["field"] == "period"


def test_money_is_exact_text(acme, cast, client):
    body = as_user(client, cast.alice).get(URL, {"organization": "acme"}).json()
    assert body["currency"] == "USD"
    assert body["totals"]["contracted_cost"] == "1.500000000000001"
    costs = {row["name"]: row["measures"]["contracted_cost"] for row in body["members"]}
    assert costs == {"Bob": "0.000000000000001", "Dana": "1.5", "": "0"}
    assert body["totals"]["unpriced_events"] == 1
    assert body["daily_average"]["contracted_cost"] == "0.088235294117647"


def test_an_unchanged_overview_is_not_sent_again(acme, cast, client):
    as_user(client, cast.alice)
    first = client.get(URL, {"organization": "acme"})
    with time_machine.travel(datetime(2026, 11, 18, 12, 5, tzinfo=UTC), tick=False):
        again = client.get(URL, {"organization": "acme"}, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]
        assert "private" in first["Cache-Control"]

        book(acme, [Fact(day=NOV, feature="chat", input_tokens=1)])
        changed = client.get(URL, {"organization": "acme"}, headers={"If-None-Match": first["ETag"]})
    assert tokens(changed) == 1001
    assert changed["ETag"] != first["ETag"]


def test_two_viewers_have_two_etags(acme, cast, client):
    alice = as_user(client, cast.alice).get(URL, {"organization": "acme"})["ETag"]
    bob = as_user(client, cast.bob).get(URL, {"organization": "acme"}, headers={"If-None-Match": alice})
    assert tokens(bob) == 10


def test_an_organization_without_usage(cast, client):
    body = as_user(client, cast.charlie).get(URL).json()
    assert body["totals"]["total_tokens"] == 0
    assert body["totals"]["contracted_cost"] == "0"
    assert body["projected"]["reason"] == "no_usage"
    assert body["members"] == body["series"] == []


def test_the_answer_is_what_the_schema_says(acme, cast, client, api_document):
    check = described(api_document, "usage/overview")
    today = as_user(client, cast.alice).get(URL, {"organization": "acme"}).json()
    past = client.get(URL, {"organization": "acme", "period": "2026-10"}).json()
    for body in (today, past):
        check.validate(body)
    # A validator that lets numbers pass for money would not notice what clients would.
    with pytest.raises(ValidationError):
        check.validate({**EXAMPLE, "totals": EXAMPLE["totals"] | {"contracted_cost": 1.5}})
