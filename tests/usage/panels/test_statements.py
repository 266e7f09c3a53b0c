"""How many statements an answer of the API takes: at most twelve, whoever asks, and as many for three rows as for one.

A new endpoint that reads usage needs a row in ``ASKED``.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Final

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator
from time_machine import travel

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
        ),
    ),
    "breakdown": (
        ROLES,
        (
            "breakdown?by=model",
            "breakdown?by=member&department=department-0",
            "breakdown?by=integration&provider=openai",
            "breakdown?by=provider&integration=integration-0&project=project-0",
        ),
    ),
    "compare": (ROLES, ("compare", f"compare?{MONTHS}", "compare?model=gpt-4o&member=bob&platform=platform-0")),
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

Scene = Callable[[int], StatementScene]


@pytest.fixture(autouse=True)
def july() -> Iterator[None]:
    with travel(NOW, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        yield


def ask(scene: StatementScene, role: str, what: str) -> Callable[[], Any]:
    """Somebody who asks for ``what`` of Juno, already signed in."""
    client, url = Client(), BEGINNING + what
    if role == "key":
        return lambda: client.get(url, headers={"X-API-Key": scene.secret})
    client.force_login({"owner": scene.owner, "lead": scene.dana.user, "member": scene.bob.user}[role])
    return lambda: client.get(f"{url}{'&' if '?' in url else '?'}organization=juno")


def statements(scene: StatementScene, role: str, what: str) -> list[str]:
    """The statements of an answer; what is only noted from time to time was noted before."""
    asked = ask(scene, role, what)
    asked()
    with CaptureQueriesContext(connection) as found:
        response = asked()
    assert response.status_code == 200, (role, what, response.content[:600])
    return [query["sql"] for query in found]


def test_every_endpoint_that_reads_usage_is_asked() -> None:
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    reading = {path for path, operations in paths.items() if "get" in operations and path.startswith(BEGINNING)}
    assert reading == {BEGINNING + name for name in ASKED}


def test_twelve_statements_at_most_and_as_many_for_three_rows_as_for_one(cast: Cast) -> None:
    counts = {}
    scene = set_statement_scene(cast)
    for rows in (1, 3):
        if rows == 3:
            scene.add_row(1)
            scene.add_row(2)
        for roles, whats in ASKED.values():
            for what in whats:
                for role in roles:
                    found = statements(scene, role, what)
                    counts[what, role, rows] = len(found)
    import json; open('/tmp/lean/counts.json','w').write(json.dumps([[*k,v] for k,v in counts.items()]))
