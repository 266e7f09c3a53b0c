"""One set of names for the parameters of pages and of the API: what is not taken is refused, what is taken agrees."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from time_machine import travel

from billing.queries.panels.registry import MEMBERS, MONTHS, OVERVIEW
from teams.models import Department, Project
from tests.billing.issued import NOW
from tests.docs.pages import DOCS
from tests.teams.cast import Cast
from tests.usage.panels.statement_scene import StatementScene, set_statement_scene
from tests.usage.panels.test_statements import ASKED, BEGINNING
from usage.panels.filters import COMPARE
from usage.panels.parameters import DAYS, KNOWN
from usage.panels.vocabulary import Dimension
from usage.queries.panels.registry import PANELS, Panel

pytestmark = pytest.mark.django_db

EVERY: Final = {panel.name: panel for panel in (OVERVIEW, *PANELS, MONTHS, MEMBERS)}
TAKEN_ELSEWHERE: Final = {
    "overview": ("period", "basis"),
    "months": ("year", "basis"),
    "health": ("from", "to", "member"),
    "files": ("search", "cursor", "page_size"),
    "files/{file_id}": (),
    "chats/{conversation_id}": (),
    "chats/{conversation_id}/cost": (),
    "messages": ("cursor", "page_size"),
    "messages/{message_id}": (),
    "messages/{message_id}/cost": (),
    "events/{transaction_id}/cost": (),
}
"""What is taken by the endpoints that are no ordinary panels of days and dimensions."""


@pytest.fixture(autouse=True)
def july() -> Iterator[None]:
    with travel(NOW, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        yield


@pytest.fixture
def scene(cast: Cast) -> StatementScene:
    scene = set_statement_scene(cast)
    scene.add_row(1)
    return scene


def address(panel: Panel, scene: StatementScene, *, prefix: str) -> str:
    """The page of a panel about the first of everything."""
    entries = {
        "department": str(Department.objects.get(external_id="department-0").pk),
        "project": str(Project.objects.get(external_id="project-0").pk),
        "member": str(scene.bob.pk),
    }
    names = {
        "chat": {"conversation_id": "chat-0"},
        "message": {"conversation_id": "chat-0", "message_id": "message-0"},
        "file": {"file_id": "file-0"},
        "integration": {"integration_id": "integration-0"},
    }
    found = names.get(panel.name) or ({"entry": entries[panel.name]} if panel.name in entries else {})
    is_first = (prefix, panel.name) == ("panel", "overview")
    return reverse("overview" if is_first else f"{prefix}-{panel.name}", kwargs={"slug": "juno", **found})


def test_what_is_not_taken_is_refused_by_name(cast: Cast, scene: StatementScene) -> None:
    """Every endpoint and every page of both faces, with every parameter that others know and it does not."""
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    key = Client(headers={"X-API-Key": scene.secret})
    taken_somewhere = {one for panel in EVERY.values() for one in panel.takes}
    for name, (_roles, whats) in ASKED.items():
        described = {
            one["name"] for one in paths[BEGINNING + name]["get"]["parameters"] if one["in"] == "query"
        }
        taken_somewhere |= described & {*KNOWN}
        if name in TAKEN_ELSEWHERE:
            assert described & {*KNOWN} == {*TAKEN_ELSEWHERE[name]}, name
        refused = [one for one in KNOWN if one not in described]
        assert refused, name
        path, _, needed = whats[0].partition("?")
        needs = dict(part.split("=") for part in needed.split("&") if part)
        response = key.get(BEGINNING + path, needs | dict.fromkeys(refused, "x"))
        assert response.status_code == 400, (name, response.content)
        assert response["Content-Type"] == "application/problem+json"
        assert [error["field"] for error in response.json()["errors"]] == refused, name
    table = (DOCS / "panels.md").read_text().partition("| parameter |")[2].partition("\n\n")[0]
    first_cells = [row.split("|")[1] for row in table.splitlines()[2:]]
    assert {one for cell in first_cells for one in re.findall(r"`(\w+)`", cell)} == taken_somewhere
    # A form sends all of its fields.
    assert key.get(BEGINNING + "compare", dict.fromkeys(KNOWN, "")).status_code == 200
    owner, staff = Client(), Client()
    owner.force_login(scene.owner)
    staff.force_login(cast.carol)
    pages = [(panel.takes, address(panel, scene, prefix="panel"), owner) for panel in EVERY.values()]
    pages += [(panel.takes, address(panel, scene, prefix="admin-panel"), staff) for panel in EVERY.values()]
    pages += [(frozenset(TAKEN_ELSEWHERE["health"]), "/o/juno/health/", owner)]
    for taken, url, client in pages:
        refused = [one for one in KNOWN if one not in taken]
        assert {*refused} & {*Dimension} or len(taken & {*Dimension}) == 8, url
        response = client.get(url, dict.fromkeys(refused, "x"))
        assert response.status_code == 400, url
        assert f"This panel does not take: {', '.join(refused)}." in response.content.decode(), url


Total = Callable[[Any], Any]
_SPEND: Final[Total] = lambda answer: answer.total.measures.total_tokens  # noqa: E731
_BROKEN: Final[Total] = lambda body: body["total"]["total_tokens"]  # noqa: E731
SAME: Final[Mapping[str, tuple[str, Total, Total]]] = {
    "overview": (
        "overview",
        lambda answer: answer.overview.totals.total_tokens,
        lambda body: body["totals"]["total_tokens"],
    ),
    "chats": (
        "chats",
        lambda answer: sum(row.total_tokens for row in answer.page.rows),
        lambda body: sum(row["total_tokens"] for row in body["chats"]),
    ),
    "chat": (
        "messages?conversation_id=chat-0",
        lambda answer: sum(row.input_tokens for row in answer.messages.rows),
        lambda body: sum(row["input_tokens"] for row in body["messages"]),
    ),
    "message": (
        "messages/message-0?conversation_id=chat-0",
        lambda answer: answer.detail.input_tokens,
        lambda body: body["input_tokens"],
    ),
    "files": (
        "files",
        lambda answer: answer.totals.input_tokens,
        lambda body: body["totals"]["input_tokens"],
    ),
    "file": ("files/file-0", lambda answer: answer.file.input_tokens, lambda body: body["input_tokens"]),
    "features": (
        "breakdown?by=feature",
        lambda answer: answer.breakdown.total.measures.total_tokens,
        _BROKEN,
    ),
    "tools": (
        "tools",
        lambda answer: sum(row.measures.total_tokens for row in answer.rows),
        lambda body: sum(row["measures"]["total_tokens"] for row in body["tools"]),
    ),
    "integrations": (
        "integrations",
        lambda answer: answer.breakdown.total.measures.total_tokens,
        lambda body: body["breakdown"]["total"]["total_tokens"],
    ),
    "integration": (
        "integrations/integration-0",
        lambda answer: answer.spend.measures.total_tokens,
        _BROKEN,
    ),
    "team": ("departments", _SPEND, _BROKEN),
    "members": ("members", _SPEND, _BROKEN),
    "member": ("breakdown?by=model&member=bob", _SPEND, _BROKEN),
    "department": ("breakdown?by=model&department=department-0", _SPEND, _BROKEN),
    "project": ("breakdown?by=model&project=project-0", _SPEND, _BROKEN),
    "patterns": ("heatmap", lambda answer: answer.heatmap.total.total_tokens, _BROKEN),
    "trends": (
        "trends",
        lambda answer: sum(of.total_tokens for of in answer.weeks.totals),
        lambda body: sum(week["total"]["total_tokens"] for week in body["weeks"]),
    ),
    "costs": ("costs", _SPEND, _BROKEN),
    "months": ("months", lambda answer: answer.total.total_tokens, _BROKEN),
}
"""The endpoint of each page, and where a figure stands in what the page shows and in what the endpoint answers."""
BESIDE_DIMENSIONS: Final = {
    "from": "2026-05-01",
    "to": "2026-07-20",
    "compare": "year",
    "basis": "cost",
    "search": "a",
    "sort": "tokens",
    "page_size": "200",
    "driver": "feature",
    "period": "2026-05",
    "year": "2026",
}
FIRST: Final = {
    "model": "gpt-4o",
    "provider": "openai",
    "feature": "feature-0",
    "tool": "tool-0",
    "department": "department-0",
    "project": "project-0",
    "member": "bob",
    "platform": "platform-0",
    "integration": "integration-0",
}
"""What the first of everything is filtered by."""


def test_a_page_and_its_endpoint_understand_the_same_query(scene: StatementScene) -> None:
    assert SAME.keys() == EVERY.keys()
    client = Client()
    client.force_login(scene.owner)
    for name, (endpoint, on_page, in_answer) in SAME.items():
        panel = EVERY[name]
        # The days in the address of a chat are those of the list that it was opened from.
        taken = panel.takes - {*DAYS} if name in ("chat", "message") else panel.takes
        url, _, more = endpoint.partition("?")
        told = []
        for samples in (BESIDE_DIMENSIONS, FIRST):
            query = {key: value for key, value in samples.items() if key in taken}
            if name == "chats" and "search" in query:
                # In more than a month three letters at least.
                query["search"] = "chat"
            shown = client.get(address(panel, scene, prefix="panel"), query)
            assert shown.status_code == 200, (name, query)
            asked = dict(part.split("=") for part in more.split("&") if part) | query
            answer = client.get(BEGINNING + url, {"organization": "juno"} | asked)
            assert answer.status_code == 200, (name, answer.content)
            body = answer.json()
            assert on_page(shown.context["answer"]) == in_answer(body) > 0, (name, query)
            if COMPARE in query:
                assert body["previous"]["first"] == "2025-05-01"
            told.append(in_answer(body))
        if taken & {*FIRST}:
            assert told[0] > told[1], name
