"""How many statements an answer of the API takes: at most twelve, whoever asks, and as many for three rows as for one.

A new endpoint that reads usage needs a row in ``ASKED``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import Serializer
from time_machine import travel

from teams.api import writing
from tests.billing.issued import NOW
from tests.teams.cast import Cast
from tests.usage.panels.statement_scene import StatementScene, set_statement_scene

pytestmark = pytest.mark.django_db

MOST: Final = 12
BEGINNING: Final = "/api/v1/usage/"
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
    "tools": (TEAM, ("tools", f"tools?{MONTHS}&department=department-0")),
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


@pytest.fixture(autouse=True)
def july() -> Iterator[None]:
    with travel(NOW, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        yield


@dataclass(frozen=True)
class Asker:
    """Somebody of Juno, signed in or with the key."""

    client: Client
    headers: Mapping[str, str]
    organization: str

    def get(self, what: str) -> Any:
        url = f"{BEGINNING}{what}{'&' if '?' in what else '?'}{self.organization}"
        response = self.client.get(url, headers=self.headers)
        assert response.status_code == 200, (what, response.content[:600])
        return response


def asker(scene: StatementScene, role: str) -> Asker:
    """Somebody with this role; what is only noted from time to time of them was noted just now."""
    if role == "key":
        found = Asker(Client(), {"X-API-Key": scene.secret}, "")
    else:
        client = Client()
        client.force_login({"owner": scene.owner, "lead": scene.lead, "member": scene.member}[role])
        found = Asker(client, {}, "organization=juno")
    found.get("compare")
    return found


def asked_of(role: str) -> list[str]:
    return [what for roles, whats in ASKED.values() if role in roles for what in whats]


def count(asker: Asker, what: str) -> int:
    """How many statements an answer takes."""
    with CaptureQueriesContext(connection) as found:
        asker.get(what)
    return len(found)


def test_every_endpoint_that_reads_usage_is_asked() -> None:
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    reading = {
        path for path, operations in paths.items() if "get" in operations and path.startswith(BEGINNING)
    }
    assert reading == {BEGINNING + name for name in ASKED}


@pytest.mark.parametrize("role", ROLES)
def test_twelve_statements_at_most_and_as_many_for_three_rows_as_for_one(cast: Cast, role: str) -> None:
    scene = set_statement_scene(cast)
    somebody = asker(scene, role)
    few = {what: count(somebody, what) for what in asked_of(role)}
    scene.add_row(1)
    scene.add_row(2)
    many = {what: count(somebody, what) for what in asked_of(role)}
    assert many == few
    assert {what: number for what, number in many.items() if number > MOST} == {}


@pytest.mark.parametrize("role", ROLES)
def test_bodies_are_what_their_serializers_say(
    cast: Cast, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written by the framework itself they are the same, to the byte; and the API's document describes them."""
    document = SchemaGenerator().get_schema(public=True)
    scene = set_statement_scene(cast)
    scene.add_row(1)
    somebody = asker(scene, role)
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
        if role in roles:
            operation = document["paths"][BEGINNING + name]["get"]
            described = operation["responses"]["200"]["content"]["application/json"]
            check = Draft202012Validator({**described["schema"], "components": document["components"]})
            for example in described.get("examples", {}).values():
                check.validate(example["value"])
            for what in whats:
                told.clear()
                check.validate(somebody.get(what).json())
                assert told, what
