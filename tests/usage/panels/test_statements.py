"""How many statements an answer takes: an endpoint's twelve at most, and as many for three rows as for one; pages, too.

A new endpoint that reads usage needs a row in ``ASKED``, a new panel one in ``PAGES``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import Serializer
from time_machine import travel

from billing.queries.panels import registry
from teams.api import writing
from teams.models import Department, Project
from tests.billing.issued import NOW
from tests.described import API, described, examples_of
from tests.teams.cast import Cast
from tests.usage.panels.statement_scene import StatementScene, set_statement_scene
from usage.queries.panels.registry import PANELS

pytestmark = pytest.mark.django_db

MOST: Final = 12
MOST_OF_A_PAGE: Final = 18
BEGINNING: Final = f"{API}usage/"
ROLES: Final = ("key", "owner", "lead", "member")
WHOLE: Final = ("key", "owner")
TEAM: Final = ("key", "owner", "lead")
MONTHS: Final = "from=2026-05-01&to=2026-07-20"
ASKED: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "overview": (ROLES, ("overview", "overview?period=2026-05")),
    "months": (ROLES, ("months", "months?year=2026")),
    "health": (WHOLE, ("health", f"health?{MONTHS}&member=bob")),
    "timeseries": (
        ROLES,
        (
            "timeseries",
            f"timeseries?{MONTHS}&by=model",
            "timeseries?by=member",
            "timeseries?by=provider&department=department-0&member=bob",
            "timeseries?by=project&model=gpt-4o",
            "timeseries?bucket=hour&by=provider&provider=openai&model=gpt-4o&measures=failures,list_cost",
            f"timeseries?{MONTHS}&bucket=month&by=provider&measures=reasoning_output_tokens",
        ),
    ),
    "breakdown": (
        ROLES,
        (
            "breakdown?by=model",
            "breakdown?by=member&department=department-0&measures=cache_read_input_tokens,failures",
            "breakdown?by=integration&provider=openai",
            "breakdown?by=provider&integration=integration-0&project=project-0",
        ),
    ),
    "compare": (
        ROLES,
        ("compare", f"compare?{MONTHS}", "compare?model=gpt-4o&member=bob&platform=platform-0"),
    ),
    "heatmap": (ROLES, ("heatmap", f"heatmap?{MONTHS}", "heatmap?model=gpt-4o")),
    "trends": (ROLES, ("trends", "trends?driver=member", "trends?model=gpt-4o&driver=department")),
    "chats": (ROLES, ("chats", f"chats?{MONTHS}", "chats?member=bob", "chats?search=chat")),
    "chats/{conversation_id}": (ROLES, ("chats/chat-0",)),
    "chats/{conversation_id}/cost": (ROLES, ("chats/chat-0/cost",)),
    "messages": (ROLES, ("messages?conversation_id=chat-0",)),
    "messages/{message_id}": (ROLES, ("messages/message-0?conversation_id=chat-0",)),
    "messages/{message_id}/cost": (ROLES, ("messages/message-0/cost?conversation_id=chat-0",)),
    "events/{transaction_id}/cost": (ROLES, ("events/bob%2F0%2F07-10/cost",)),
    "files": (ROLES, ("files", "files?search=file")),
    "files/{file_id}": (ROLES, ("files/shared",)),
    "tools": (TEAM, ("tools", f"tools?{MONTHS}&department=department-0", "tools?tool=tool-0")),
    "integrations": (ROLES, ("integrations", f"integrations?{MONTHS}", "integrations?model=gpt-4o")),
    "integrations/{integration_id}": (
        ROLES,
        ("integrations/integration-0", f"integrations/integration-0?{MONTHS}"),
    ),
    "costs": (ROLES, ("costs", f"costs?{MONTHS}", "costs?model=gpt-4o")),
    "members": (TEAM, ("members", f"members?{MONTHS}&department=department-0", "members?search=bob")),
    "departments": (TEAM, ("departments", f"departments?{MONTHS}", "departments?member=bob")),
    "projects": (TEAM, ("projects", f"projects?{MONTHS}", "projects?model=gpt-4o")),
}
"""Who may ask each endpoint, and for what."""
PAGES: Final[dict[str, str]] = {
    "overview": "",
    "chats": "chats/",
    "chat": "chats/chat-0/",
    "message": "chats/chat-0/messages/message-0/",
    "files": "files/",
    "file": "files/shared/",
    "features": "features/",
    "tools": "tools/",
    "integrations": "integrations/",
    "integration": "integrations/integration-0/",
    "patterns": "patterns/",
    "trends": "trends/",
    "costs": "costs/",
    "months": "months/",
    "team": "team/",
    "department": "team/departments/{department}/",
    "project": "team/projects/{project}/",
    "member": "team/members/{bob}/",
    "members": "team/members/",
}
"""Where each panel's page stands below an organization."""
STEADY: Final = ("integration",)
"""Panels whose tables are as long whatever there is: one service has a row for each step."""
FACES: Final = {"owner": "/o/juno/", "lead": "/o/juno/", "staff": "/admin/panels/juno/"}
"""Who reads pages, and where."""


@pytest.fixture(autouse=True)
def july() -> Iterator[None]:
    with travel(NOW, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        yield


@dataclass(frozen=True)
class Asker:
    """Somebody of Juno or of the finance staff, signed in or with the key."""

    client: Client
    headers: Mapping[str, str]
    organization: str

    def get(self, what: str, *, etag: str = "") -> Any:
        """The page at an address, or the answer of an endpoint; to the ETag of another answer if that is sent."""
        headers = {**self.headers, "If-None-Match": etag} if etag else self.headers
        if what.startswith("/"):
            return self.client.get(what, headers=headers)
        url = f"{BEGINNING}{what}{'&' if '?' in what else '?'}{self.organization}"
        return self.client.get(url, headers=headers)

    def found(self, what: str) -> Any:
        """The same where there is something."""
        response = self.get(what)
        assert response.status_code == 200, (what, response.content[:600])
        return response


def asker(scene: StatementScene, role: str) -> Asker:
    """Somebody with this role; what is only noted from time to time of them was noted just now."""
    if role == "key":
        found = Asker(Client(), {"X-API-Key": scene.secret}, "")
    else:
        client = Client()
        client.force_login(getattr(scene, role))
        found = Asker(client, {}, "organization=juno")
    return found


def asked_of(scene: StatementScene, role: str) -> list[str]:
    """What somebody with this role has of endpoints and pages."""
    ids = {
        "bob": scene.bob.pk,
        "department": Department.objects.get(external_id="department-0").pk,
        "project": Project.objects.get(external_id="project-0").pk,
    }
    pages = [FACES[role] + path.format_map(ids) for path in PAGES.values()] if role in FACES else []
    return [what for roles, whats in ASKED.values() if role in roles for what in whats] + pages


def count(asker: Asker, what: str) -> tuple[int, int]:
    """How many statements an answer takes, and how many rows its tables have."""
    with CaptureQueriesContext(connection) as found:
        response = asker.found(what)
    return len(found), response.content.count(b"<tr")


def test_every_endpoint_and_every_panel_is_asked(api_document: dict[str, Any]) -> None:
    reading = {
        path
        for path, operations in api_document["paths"].items()
        if "get" in operations and path.startswith(BEGINNING)
    }
    assert reading == {BEGINNING + name for name in ASKED}
    assert {panel.name for panel in (*PANELS, registry.OVERVIEW, registry.MONTHS, registry.MEMBERS)} == set(
        PAGES
    )


def test_few_statements_and_as_many_for_three_rows_as_for_one(cast: Cast) -> None:
    scene = set_statement_scene(cast)
    people = {role: asker(scene, role) for role in (*ROLES, "staff")}
    asked = {role: asked_of(scene, role) for role in people}
    for role, somebody in people.items():
        # What is noted or remembered from time to time.
        somebody.found(asked[role][-1])
    few = {(role, what): count(people[role], what) for role in people for what in asked[role]}
    scene.add_row(1)
    scene.add_row(2)
    many = {(role, what): count(people[role], what) for role, what in few}
    statements = {one: number for one, (number, _rows) in many.items()}
    assert statements == {one: number for one, (number, _rows) in few.items()}
    limits = {one: MOST_OF_A_PAGE if one[1].startswith("/") else MOST for one in many}
    assert {one: number for one, number in statements.items() if number > limits[one]} == {}
    # It is the number of rows that does not matter.
    steady = {what for one in many if (what := one[1]).startswith("/") and many[one][1] <= few[one][1]}
    assert steady == {FACES[role] + PAGES[name] for role in FACES for name in STEADY}


def test_every_answer_is_described_with_an_example(api_document: dict[str, Any]) -> None:
    for name in ASKED:
        examples = examples_of(api_document, f"usage/{name}")
        assert examples, name
        for example in examples:
            described(api_document, f"usage/{name}").validate(example)
        answers = api_document["paths"][BEGINNING + name]["get"]["responses"]
        assert {"200", "304", "400", "401", "403", "404"} <= set(answers), name


def test_bodies_are_what_their_serializers_say(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, api_document: dict[str, Any]
) -> None:
    """Written by the framework itself they are the same, to the byte; and the API's document describes them."""
    scene = set_statement_scene(cast)
    scene.add_row(1)
    people = {role: asker(scene, role) for role in ROLES}
    told = []
    quick = writing._writer

    def compared(serializer: type[Serializer[Any]]) -> Callable[[Any], Any]:
        def write(found: Any) -> Any:
            body = quick(serializer)(found)
            assert writing.encoded(body) == JSONRenderer().render(serializer(found).data)
            told.append(serializer)
            return body

        return write

    monkeypatch.setattr(writing, "_writer", compared)
    for name, (roles, whats) in ASKED.items():
        check = described(api_document, f"usage/{name}")
        for role in roles:
            for what in whats:
                told.clear()
                check.validate(people[role].found(what).json())
                assert told, what


def test_an_etag_opens_nothing_but_what_it_is_of(cast: Cast) -> None:
    """Who has an answer is told so; somebody else with its ETag is told what they would be told without it."""
    scene = set_statement_scene(cast)
    people = {role: asker(scene, role) for role in ("owner", "member")}
    outsider = Client()
    outsider.force_login(cast.charlie)
    people["outsider"] = Asker(outsider, {}, "organization=juno")
    same = set()
    for name, (roles, whats) in ASKED.items():
        what = whats[0]
        theirs = people["owner"].found(what)
        again = people["owner"].get(what, etag=theirs["ETag"])
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", theirs["ETag"]), name
        assert people["outsider"].get(what, etag=theirs["ETag"]).status_code in (403, 404), name
        answer = people["member"].get(what, etag=theirs["ETag"])
        if answer.status_code == 304:
            same.add(name)
        else:
            assert (answer.status_code == 200) is ("member" in roles), name
            assert answer.content != theirs.content, name
    # Bob's own event is the same for whoever sees it.
    assert same == {"events/{transaction_id}/cost"}
