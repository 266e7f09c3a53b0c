"""The table of members: figures, favourites, chats, orders, search and pages."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils.html import strip_tags

from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory
from tests.usage.panels.team_scene import NOW, TeamScene, set_team_scene
from tests.usage.rollup_factories import Fact
from usage.figures import share_of
from usage.models import Chat

URL = "/api/v1/usage/members"


@pytest.fixture
def scene(cast: Cast) -> Iterator[TeamScene]:
    scene = set_team_scene(cast)
    with time_machine.travel(NOW, tick=False):
        yield scene


@pytest.fixture
def owner(scene: TeamScene, client: Client) -> Client:
    client.force_login(scene.cast.alice)
    return client


def members(client: Client, **parameters: str) -> Any:
    response = client.get(URL, {"organization": "acme", **parameters})
    assert response.status_code == 200, response.content
    return response.json()


def names(body: Any) -> list[str]:
    return [member["row"]["name"] for member in body["members"]]


def begin_chats(
    scene: TeamScene, member_id: int, *moments: datetime, last_at: datetime | None = None
) -> None:
    for moment in moments:
        Chat.objects.create(
            id=uuid4(),
            organization=scene.cast.acme,
            external_id=f"chat-{uuid4()}",
            member_id=member_id,
            first_at=moment,
            last_at=last_at or moment,
            messages=1,
            calls=1,
            **dict.fromkeys(
                (
                    "failures",
                    "duration_ms",
                    "input_tokens",
                    "cache_read_input_tokens",
                    "cache_creation_input_tokens",
                    "output_tokens",
                    "reasoning_output_tokens",
                    "list_cost",
                    "contracted_cost",
                    "unpriced",
                ),
                0,
            ),
        )


def test_everyone_and_usage_without_a_member_add_up(scene: TeamScene, owner: Client) -> None:
    body = members(owner)
    facts = scene.of_month()
    assert names(body) == ["Bob", "Alice", "Erin", "Dana"]
    rows = [*(member["row"] for member in body["members"]), body["unattributed"]]
    assert sum(row["measures"]["total_tokens"] for row in rows) == sum(fact.tokens for fact in facts)
    assert sum(Decimal(row["measures"]["contracted_cost"]) for row in rows) == Decimal(
        body["total"]["contracted_cost"]
    )
    whole = body["total"]["total_tokens"]
    assert [row["share_of_tokens"] for row in rows] == [
        str(share_of(row["measures"]["total_tokens"], whole)) for row in rows
    ]
    breakdown = owner.get(
        f"{URL.rpartition('/')[0]}/breakdown", {"organization": "acme", "by": "member"}
    ).json()
    assert rows == breakdown["rows"]
    assert (body["count"], body["member_count"]) == (4, 4)
    assert body["page"] == {"next": None, "previous": None}


def test_who_uses_which_model_most_and_when_last(scene: TeamScene, owner: Client) -> None:
    found = {member["row"]["name"]: member for member in members(owner)["members"]}
    bob = found["Bob"]["favourite_model"]
    assert (bob["name"], bob["value"], bob["tokens"]) == ("Big", "openai/big", 1010)
    assert found["Alice"]["favourite_model"] is None
    assert found["Bob"]["last_active_on"] == "2026-11-13"
    early = {
        member["row"]["name"]: member
        for member in members(owner, **{"from": "2026-11-01", "to": "2026-11-05"})["members"]
    }
    assert early["Bob"]["favourite_model"]["name"] == "small"
    assert early["Bob"]["last_active_on"] == "2026-11-01"


def test_whoever_used_something_only_in_the_days_compared_was_not_active(
    scene: TeamScene, owner: Client
) -> None:
    body = members(owner, **{"from": "2026-11-04", "to": "2026-11-06"})
    erin = next(member for member in body["members"] if member["row"]["name"] == "Erin")
    assert erin["last_active_on"] is None
    assert erin["row"]["measures"]["total_tokens"] == 0
    assert erin["row"]["change"]["previous_tokens"] == 3000


def test_chats_count_by_the_day_on_which_they_began(scene: TeamScene, owner: Client) -> None:
    bob = scene.cast.member(scene.cast.bob).pk
    begin_chats(scene, bob, datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 18, 15, tzinfo=UTC))
    begin_chats(
        scene, bob, datetime(2026, 10, 31, 23, 59, tzinfo=UTC), last_at=datetime(2026, 11, 9, tzinfo=UTC)
    )
    begun = {member["row"]["name"]: member["chats_begun"] for member in members(owner)["members"]}
    assert begun == {"Bob": 2, "Alice": 0, "Erin": 0, "Dana": 0}
    # A chat has no department: nobody could say which of them to count.
    assert {member["chats_begun"] for member in members(owner, department="support")["members"]} == {None}


def test_a_lead_is_not_told_of_chats(scene: TeamScene, client: Client) -> None:
    begin_chats(scene, scene.cast.member(scene.cast.bob).pk, datetime(2026, 11, 2, tzinfo=UTC))
    client.force_login(scene.cast.dana)
    body = members(client)
    assert {member["chats_begun"] for member in body["members"]} == {None}
    assert names(body) == ["Bob", "Dana"]


def test_what_was_merged_counts_once(scene: TeamScene, owner: Client) -> None:
    bob = scene.cast.member(scene.cast.bob)
    old = MemberFactory(organization=scene.cast.acme, external_id="bobby", name="Bobby", merged_into=bob)
    begin_chats(scene, old.pk, datetime(2026, 11, 2, tzinfo=UTC))
    scene.book_more(
        Fact(day=date(2026, 11, 16), member_id=old.pk, model_id=scene.small.pk, input_tokens=5000)
    )
    body = members(owner, search="bob")
    (member,) = body["members"]
    assert member["row"]["measures"]["total_tokens"] == 5000 + 1330
    assert member["favourite_model"]["tokens"] == 5000 + 320
    assert (member["last_active_on"], member["chats_begun"]) == ("2026-11-16", 1)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("cost", ["Bob", "Alice", "Erin", "Dana"]),
        ("tokens", ["Erin", "Bob", "Alice", "Dana"]),
        ("name", ["Alice", "Bob", "Dana", "Erin"]),
        ("last_active", ["Bob", "Alice", "Erin", "Dana"]),
    ],
)
def test_orders(scene: TeamScene, owner: Client, sort: str, expected: list[str]) -> None:
    assert names(members(owner, sort=sort)) == expected
    bodies = [members(owner, sort=sort, page_size="1")]
    while following := bodies[-1]["page"]["next"]:
        bodies.append(owner.get(following).json())
    assert [name for body in bodies for name in names(body)] == expected
    for body, after in pairwise(bodies):
        assert names(owner.get(after["page"]["previous"]).json()) == names(body)


def test_search_finds_names_and_ids_and_leaves_the_total(scene: TeamScene, owner: Client) -> None:
    body = members(owner, search="ERI")
    assert names(body) == ["Erin"]
    assert (body["count"], body["member_count"]) == (1, 4)
    assert body["total"] == members(owner)["total"]
    assert body["members"][0]["row"] in [member["row"] for member in members(owner)["members"]]
    assert names(members(owner, search="nobody")) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sort", "shoe-size"),
        ("cursor", "x"),
        ("cursor", "A" * 3000),
        ("cursor", urlsafe_b64encode(json.dumps(["tokens", "1", "0"]).encode()).decode()),
        ("cursor", urlsafe_b64encode(json.dumps(["cost", "1", "NaN", "0"]).encode()).decode()),
        ("cursor", urlsafe_b64encode(json.dumps(["cost", "one", "1", "0"]).encode()).decode()),
        ("cursor", urlsafe_b64encode(json.dumps({"cost": 1}).encode()).decode()),
        ("page_size", "0"),
        ("page_size", "201"),
        ("page_size", "٣"),
    ],
)
def test_what_cannot_be_read_is_named(scene: TeamScene, owner: Client, field: str, value: str) -> None:
    response = owner.get(URL, {"organization": "acme", field: value})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field
    page = owner.get("/o/acme/team/members/", {field: value})
    assert page.status_code == 400


def test_the_page_keeps_search_order_and_filter(scene: TeamScene, owner: Client) -> None:
    page = owner.get(
        "/o/acme/team/members/?range=last_30_days&search=a&sort=name&page_size=1"
    ).content.decode()
    assert "2 of 4 members match" in strip_tags(page)
    assert "range=last_30_days&amp;search=a&amp;sort=name&amp;page_size=1&amp;cursor=" in page
    assert "Total of all members" in page
    assert "No member matches" in owner.get("/o/acme/team/members/?search=zzz").content.decode()
