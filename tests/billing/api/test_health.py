"""``GET /api/v1/usage/health``: exactly what was sent, and only for those who may see it."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from teams.enums import KeyScope, Role
from teams.models import Member
from teams.services.keys import revoke_api_key
from tests.billing.health_scene import (
    APP_TODAY,
    GATEWAY_TODAY,
    GATEWAY_YESTERDAY,
    NOW,
    TOTALS,
    HealthScene,
    call,
    send,
    set_health_scene,
)
from tests.described import described
from tests.teams.cast import Cast
from tests.teams.factories import make_api_key
from usage.health import Counts
from usage.models import ReceiptDaily, UsageEvent
from usage.queries.ledger_check import check_ledger
from usage.services.corrections import void_events
from usage.services.sightings import sweep_all_sightings

URL = "/api/v1/usage/health"


@pytest.fixture
def scene(cast: Cast, settings: Any):
    settings.STAFF_MFA_REQUIRED = False
    with time_machine.travel(NOW, tick=False):
        yield set_health_scene(cast)


def ask(user: Any, **parameters: str) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(URL, {"organization": "acme"} | parameters)


def body_of(user: Any, **parameters: str) -> dict[str, Any]:
    response = ask(user, **parameters)
    assert response.status_code == 200, response.content
    return dict(response.json())


def full(counts: dict[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) for name in Counts.__dataclass_fields__}


def test_what_came_in_is_counted_by_day_and_door(scene: HealthScene, cast: Cast) -> None:
    body = body_of(cast.alice)
    assert body["totals"] == full(TOTALS)
    rows = {(row["day"], row["key_name"]): row["counts"] for row in body["receipts"]}
    assert rows == {
        ("2026-11-20", "App"): full(APP_TODAY),
        ("2026-11-20", "Gateway"): full(GATEWAY_TODAY),
        ("2026-11-19", "Gateway"): full(GATEWAY_YESTERDAY),
    }
    assert [row["day"] for row in body["receipts"]] == ["2026-11-20", "2026-11-20", "2026-11-19"]
    assert (body["time_zone"], body["first_day"], body["last_day"]) == ("UTC", "2026-11-14", "2026-11-20")
    assert (body["waiting"], body["waiting_conflicts"]) == (1, 1)


def test_every_event_received_got_one_answer_and_stored_is_what_stands(
    scene: HealthScene, cast: Cast
) -> None:
    body = body_of(cast.alice)
    answers = ("stored", "duplicate", "conflict", "quarantined", "invalid")
    for row in (*body["receipts"], {"counts": body["totals"]}):
        assert row["counts"]["received"] == sum(row["counts"][answer] for answer in answers)
    stands = Counter(
        (f"{event.received_at:%Y-%m-%d}", event.api_key_id)
        for event in UsageEvent.objects.filter(organization=scene.organization)
    )
    ids = dict(zip(("Gateway", "App"), scene.key_ids, strict=True))
    assert {(row["day"], ids[row["key_name"]]): row["counts"]["stored"] for row in body["receipts"]} == stands
    assert check_ledger(scene.organization.pk, now=NOW).is_clean


def test_a_retried_batch_adds_duplicates_only(scene: HealthScene, cast: Cast) -> None:
    unpriced = call("unpriced", NOW - timedelta(minutes=30), response_model="mystery-1")
    nobodys = call("nobodys", NOW - timedelta(minutes=30), member_id=None, project_id="atlas")
    assert send(scene.gateway, [unpriced, nobodys])["duplicate"] == 2
    assert body_of(cast.alice)["totals"] == full(TOTALS | {"received": 12, "duplicate": 3})


def test_days_are_asked_for(scene: HealthScene, cast: Cast) -> None:
    body = body_of(cast.alice, **{"from": "2026-11-19", "to": "2026-11-19"})
    assert body["totals"] == full(GATEWAY_YESTERDAY)
    assert body["sightings"]["count"] == 0
    # What waits, and when a key was last heard of, is of all time.
    assert body["waiting"] == 1
    assert {key["last_received_at"] for key in body["keys"]} == {
        "2026-11-20T14:30:00Z",
        "2026-11-20T14:40:00Z",
    }


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"from": "2026-11"}, "from"),
        ({"from": "20261101"}, "from"),
        ({"to": "2026-02-30"}, "to"),
        ({"to": "tomorrow\0"}, "to"),
        ({"from": "2026-11-20", "to": "2026-11-19"}, "to"),
        ({"from": "2026-01-01", "to": "2026-11-19"}, "from"),
    ],
)
def test_wrong_days_are_named(scene: HealthScene, cast: Cast, parameters: dict[str, str], field: str) -> None:
    response = ask(cast.alice, **parameters)
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_time_are_days_too(scene: HealthScene, cast: Cast, day: str) -> None:
    body = body_of(cast.alice, **{"from": day, "to": day}, member="%\0'")
    assert (body["totals"], body["sightings"]["count"], body["team"]["members"]) == (full({}), 0, [])


def test_a_call_of_two_doors_is_shown_until_one_event_is_voided(scene: HealthScene, cast: Cast) -> None:
    sightings = body_of(cast.alice)["sightings"]
    assert {name: sightings[name] for name in ("count", "doubled_tokens", "doubled_cost")} == {
        "count": 1,
        "doubled_tokens": 1100,
        "doubled_cost": "0.003",
    }
    (found,) = sightings["calls"]
    assert (found["response_id"], found["member"]) == ("resp-1", "Bob")
    assert [(event["transaction_id"], event["key_name"]) for event in found["events"]] == [
        ("seen", "Gateway"),
        ("seen-again", "App"),
    ]
    void_events(organization_id=scene.organization.pk, transaction_ids=["seen-again"], reason="Counted twice")
    with time_machine.travel(NOW + timedelta(minutes=15), tick=False):
        sweep_all_sightings()
        assert body_of(cast.alice)["sightings"]["count"] == 0
    # A correction is made inside and comes by no door.
    assert body_of(cast.alice)["totals"] == full(TOTALS)


def test_findings_say_what_to_do(scene: HealthScene, cast: Cast) -> None:
    findings = body_of(cast.alice)["findings"]
    kinds = ("quarantined", "conflict", "invalid", "double_sighting", "unpriced", "late", "unattributed")
    assert {finding["kind"]: finding["count"] for finding in findings} == dict.fromkeys(kinds, 1)
    severities = [finding["severity"] for finding in findings]
    assert severities == ["critical"] * 2 + ["warning"] * 3 + ["notice"] * 2
    assert all(finding["advice"] for finding in findings)


def test_keys_are_listed_with_when_they_were_last_heard_of(scene: HealthScene, cast: Cast) -> None:
    make_api_key(cast.acme, KeyScope.USAGE_WRITE, name="New")
    make_api_key(cast.acme, KeyScope.USAGE_READ, name="Reader")
    revoke_api_key(scene.app.key)
    keys = {key["name"]: key for key in body_of(cast.alice)["keys"]}
    assert {name: key["state"] for name, key in keys.items()} == {
        "Gateway": "active",
        "App": "revoked",
        "New": "unused",
        "Reader": "read_only",
    }
    assert keys["App"]["last_occurred_at"] == "2026-11-20T14:29:00Z"
    assert keys["App"]["last_used_on"] == "2026-11-20"
    assert keys["New"]["last_received_at"] is None


def test_a_key_that_fell_silent_is_a_finding(scene: HealthScene, cast: Cast) -> None:
    for day in range(1, 8):
        row = ReceiptDaily.objects.get(api_key_id=scene.key_ids[1], received_on=NOW.date())
        ReceiptDaily.objects.create(
            **{name: getattr(row, name) for name in ("organization", "source", "api_key_id")},
            **{name: int(name in ("received", "stored")) for name in Counts.__dataclass_fields__},
            received_on=NOW.date() - timedelta(days=day),
            last_received_at=NOW - timedelta(days=day),
        )
    with time_machine.travel(NOW + timedelta(hours=25), tick=False):
        body = body_of(cast.alice)
    assert {key["name"]: key["state"] for key in body["keys"]} == {"App": "silent", "Gateway": "active"}
    assert "silent_key" in {finding["kind"] for finding in body["findings"]}


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.BILLING, Role.AUDITOR])
def test_roles_that_see_everything_see_it(scene: HealthScene, cast: Cast, role: Role) -> None:
    Member.objects.filter(user=cast.bob).update(role=role)
    assert body_of(cast.bob)["totals"]["received"] == 10


def test_members_and_leads_are_told_that_they_may_not(scene: HealthScene, cast: Cast) -> None:
    for user in (cast.bob, cast.dana):
        response = ask(user)
        assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")


@pytest.mark.parametrize("role", list(Role))
def test_charlie_sees_nothing_of_it_whatever_his_role(scene: HealthScene, cast: Cast, role: Role) -> None:
    Member.objects.filter(user=cast.charlie).update(role=role)
    assert ask(cast.charlie).status_code == 404
    own = ask(cast.charlie, organization="other")
    if own.status_code == 200:
        body = own.json()
        assert body["totals"] == full({})
        assert body["receipts"] == body["keys"] == body["findings"] == body["sightings"]["calls"] == []
        assert body["team"]["shared"] == body["team"]["members"] == []
    assert "Gateway" not in own.content.decode()


def test_keys_read_their_organization_and_need_the_scope(scene: HealthScene, cast: Cast) -> None:
    reader = make_api_key(cast.acme, KeyScope.USAGE_READ, name="Reader")
    stranger = make_api_key(cast.other, KeyScope.USAGE_READ, name="Stranger")
    body = Client().get(URL, headers={"X-API-Key": reader.secret}).json()
    assert body["totals"] == full(TOTALS)
    assert body["team"]["billing"] is None
    assert Client().get(URL, headers={"X-API-Key": stranger.secret}).json()["totals"] == full({})
    assert Client().get(URL, headers={"X-API-Key": scene.gateway.secret}).status_code == 403
    assert Client().get(URL).status_code == 401


def test_carol_sees_every_organization(scene: HealthScene, cast: Cast) -> None:
    assert body_of(cast.carol)["totals"] == full(TOTALS)


def test_the_team_part_tells_who_belonged_where(scene: HealthScene, cast: Cast) -> None:
    team = body_of(cast.alice)["team"]
    assert {
        member["name"]: [span["department"] for span in member["spans"]] for member in team["members"]
    } == {
        "Bob": ["Research"],
        "Dana": ["Research"],
    }
    (shared,) = team["shared"]
    assert (shared["kind"], shared["external_id"], shared["total_tokens"]) == ("project", "atlas", 1100)
    rights = {right["label"]: right["is_granted"] for right in team["rights"]}
    assert (rights["See data health"], rights["Manage members"]) == (True, True)
    assert [one["name"] for one in body_of(cast.alice, member="bob")["team"]["members"]] == ["Bob"]
    assert body_of(cast.alice, member="charlie")["team"]["members"] == []


def test_an_unchanged_answer_is_not_sent_again(scene: HealthScene, cast: Cast) -> None:
    client = Client()
    client.force_login(cast.alice)
    first = client.get(URL, {"organization": "acme"})
    with time_machine.travel(NOW + timedelta(minutes=20), tick=False):
        sweep_all_sightings()
        again = client.get(URL, {"organization": "acme"}, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        send(scene.app, [call("new", NOW)])
        assert (
            client.get(URL, {"organization": "acme"}, headers={"If-None-Match": first["ETag"]}).status_code
            == 200
        )


def test_the_answer_is_what_the_schema_says(
    scene: HealthScene, cast: Cast, api_document: dict[str, Any]
) -> None:
    body = body_of(cast.alice)
    assert body["receipts"] and body["keys"]
    described(api_document, "usage/health").validate(body)
