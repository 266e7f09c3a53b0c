"""Who gets which panel, as a page and as an endpoint: every role of an organization, keys, staff and outsiders.

A new panel needs a row in ``PAGES`` or ``ENDPOINTS``; a panel or endpoint without one fails here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from typing import Any, Final

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from billing.queries.panels.registry import MEMBERS, MONTHS
from teams.enums import KeyScope, Role
from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory, UserFactory, make_api_key
from tests.usage.panels.team_scene import NOW, TeamScene, set_team_scene
from tests.usage.rollup_factories import Fact
from usage.queries.panels.registry import PANELS

WHOLE: Final = ("owner", "admin", "billing", "auditor", "staff")
PEOPLE: Final = (*WHOLE, "lead", "member", "outsider", "nobody")
KEYS: Final = ("key", "writing key", "foreign key")


@dataclass(frozen=True)
class Page:
    """A panel's page: which role sees it, or gets 403; the others 404. ``entry`` gives the parts of its address."""

    sees: Sequence[str] = (*WHOLE, "lead", "member")
    forbidden: Sequence[str] = ()
    entry: Callable[[TeamScene], Mapping[str, Any]] = lambda scene: {}


@dataclass(frozen=True)
class Endpoint:
    """An endpoint: who may not have it, what it is asked, and where in its answer the totals stand, if it has any."""

    forbidden: Sequence[str] = ()
    parameters: Mapping[str, str] | None = None
    path: Mapping[str, str] | None = None
    sees: Sequence[str] = (*WHOLE, "lead", "member", "key")
    totals: Callable[[Any], list[Any]] | None = lambda body: [body["total"]]


def _entry(name: str) -> Callable[[TeamScene], Mapping[str, Any]]:
    return lambda scene: {"entry": str(getattr(scene, name).pk)}


def _user_entry(name: str) -> Callable[[TeamScene], Mapping[str, Any]]:
    return lambda scene: {"entry": str(scene.cast.member(getattr(scene.cast, name)).pk)}


TEAM: Final = Page(sees=(*WHOLE, "lead"), forbidden=("member",))
PAGES: Final[tuple[tuple[str, Page], ...]] = (
    ("chats", Page()),
    ("chat", Page(sees=(), entry=lambda scene: {"conversation_id": "none"})),
    ("message", Page(sees=(), entry=lambda scene: {"conversation_id": "none", "message_id": "none"})),
    ("files", Page()),
    ("file", Page(sees=(), entry=lambda scene: {"file_id": "none"})),
    ("features", Page()),
    # Tools are kept for departments, not for single members.
    ("tools", TEAM),
    ("integrations", Page()),
    ("integration", Page(sees=WHOLE, entry=lambda scene: {"integration_id": "slack"})),
    ("patterns", Page()),
    ("trends", Page()),
    ("costs", Page()),
    ("months", Page()),
    ("team", TEAM),
    ("members", TEAM),
    # Erin was never in a department that Dana leads, Bob is; each member has a page of their own.
    ("member", Page(sees=WHOLE, entry=_entry("erin"))),
    ("member", Page(entry=_user_entry("bob"))),
    ("member", Page(sees=(*WHOLE, "lead"), entry=_user_entry("dana"))),
    ("member", Page(sees=WHOLE, entry=_user_entry("alice"))),
    ("member", Page(sees=(), entry=_user_entry("charlie"))),
    ("member", Page(sees=(), entry=lambda scene: {"entry": "99999999"})),
    ("member", Page(sees=(), entry=lambda scene: {"entry": "erin"})),
    ("department", Page(sees=(*WHOLE, "lead"), forbidden=("member",), entry=lambda scene: _research(scene))),
    # Dana used something in Support herself.
    ("department", Page(sees=(*WHOLE, "lead"), forbidden=("member",), entry=_entry("support"))),
    ("department", Page(sees=(), forbidden=("member",), entry=lambda scene: {"entry": "99999999"})),
    ("project", Page(sees=(*WHOLE, "lead"), forbidden=("member",), entry=_entry("atlas"))),
    ("project", Page(sees=WHOLE, forbidden=("member",), entry=_entry("secret"))),
)
ENDPOINTS: Final[Mapping[str, Endpoint]] = {
    "chats": Endpoint(totals=None),
    "chat": Endpoint(path={"conversation_id": "none"}, sees=(), totals=None),
    "messages": Endpoint(parameters={"conversation_id": "none"}, sees=(), totals=None),
    "files": Endpoint(totals=None),
    "tools": Endpoint(forbidden=("member",), totals=None),
    "integrations": Endpoint(totals=None),
    "integration": Endpoint(path={"integration_id": "slack"}, sees=(*WHOLE, "key"), totals=None),
    "heatmap": Endpoint(totals=None),
    "trends": Endpoint(totals=None),
    "costs": Endpoint(),
    "timeseries": Endpoint(parameters={"by": "member"}, totals=lambda body: body["totals"]),
    "breakdown": Endpoint(parameters={"by": "member"}),
    "compare": Endpoint(),
    "members": Endpoint(forbidden=("member",)),
    "departments": Endpoint(forbidden=("member",)),
    "projects": Endpoint(forbidden=("member",)),
}


def _research(scene: TeamScene) -> Mapping[str, Any]:
    return {"entry": str(scene.cast.research.pk)}


@pytest.fixture
def scene(cast: Cast, settings: Any) -> Iterator[TeamScene]:
    settings.STAFF_MFA_REQUIRED = False
    scene = set_team_scene(cast)
    with time_machine.travel(NOW, tick=False):
        yield scene


def sign_in(scene: TeamScene, role: str) -> tuple[Client, dict[str, str]]:
    """A client of somebody with ``role``, and the headers that it sends."""
    client, cast = Client(), scene.cast
    if role in KEYS:
        scope = KeyScope.USAGE_WRITE if role == "writing key" else KeyScope.USAGE_READ
        owner = cast.other if role == "foreign key" else cast.acme
        return client, {"Authorization": f"Bearer {make_api_key(owner, scope).secret}"}
    users = {
        "owner": cast.alice,
        "lead": cast.dana,
        "member": cast.bob,
        "staff": cast.carol,
        "outsider": cast.charlie,
    }
    if role in users:
        client.force_login(users[role])
    elif role != "nobody":
        user = UserFactory(email=f"{role}@example.com")
        MemberFactory(organization=cast.acme, user=user, role=Role(role))
        client.force_login(user)
    return client, {}


def asked(name: str, endpoint: Endpoint) -> tuple[str, dict[str, str]]:
    """The address of an endpoint and what it is asked."""
    url = reverse(f"usage-{name}", kwargs=dict(endpoint.path or {}))
    return url, {"organization": "acme", **(endpoint.parameters or {})}


def seen_by(scene: TeamScene, role: str) -> list[Fact]:
    """The facts of this month that are ``role``'s to see."""
    cast = scene.cast
    facts = scene.of_month()
    if role == "lead":
        dana = cast.member(cast.dana).pk
        return [fact for fact in facts if cast.research.pk == fact.department_id or fact.member_id == dana]
    if role == "member":
        return [fact for fact in facts if fact.member_id == cast.member(cast.bob).pk]
    return facts if role in (*WHOLE, "key") else []


def test_every_panel_and_endpoint_has_a_row() -> None:
    mounted = {panel.name for panel in (*PANELS, MONTHS, MEMBERS)}
    assert mounted == {name for name, _page in PAGES}
    # Its addresses can be read once the project's own are.
    reverse("usage-compare")
    urlpatterns = import_module("usage.api.panels.urls").urlpatterns
    assert {str(pattern.name) for pattern in urlpatterns} == {f"usage-{name}" for name in ENDPOINTS}


@pytest.mark.parametrize("role", PEOPLE)
def test_pages(scene: TeamScene, role: str) -> None:
    client, _headers = sign_in(scene, role)
    hidden = [name for name in ("Erin", "Secret") if role in ("lead", "member", "outsider")]
    for name, page in PAGES:
        url = reverse(f"panel-{name}", kwargs={"slug": "acme", **page.entry(scene)})
        response = client.get(url)
        expected = 200 if role in page.sees else 403 if role in page.forbidden else 404
        assert response.status_code == (302 if role == "nobody" else expected), (name, url)
        text = response.content.decode()
        for word in (*hidden, "99,999,999", "Charlie") if role != "outsider" else hidden:
            assert word not in text, (name, word)


@pytest.mark.parametrize("role", PEOPLE)
def test_pages_of_the_admin_are_for_staff_alone(scene: TeamScene, role: str) -> None:
    client, _headers = sign_in(scene, role)
    for name, page in PAGES:
        url = reverse(f"admin-panel-{name}", kwargs={"slug": "acme", **page.entry(scene)})
        expected = 302 if role != "staff" else 200 if "staff" in page.sees else 404
        assert client.get(url).status_code == expected, (name, url)


@pytest.mark.parametrize("role", [*PEOPLE, *KEYS])
def test_endpoints(scene: TeamScene, role: str) -> None:
    client, headers = sign_in(scene, role)
    seen = seen_by(scene, role)
    refused = {"outsider": 404, "nobody": 401, "writing key": 403}
    for name, endpoint in ENDPOINTS.items():
        response = client.get(*asked(name, endpoint), headers=headers)
        sees = 200 if role in endpoint.sees or (endpoint.sees and role == "foreign key") else 404
        expected = refused.get(role, 403 if role in endpoint.forbidden else sees)
        if role == "foreign key" and endpoint.path:
            expected = 404
        assert response.status_code == expected, (name, response.content)
        if expected != 200:
            assert response["Content-Type"] == "application/problem+json"
            continue
        text = response.content.decode()
        if role == "foreign key":
            assert "Erin" not in text
            assert "Acme" not in text
            continue
        if role in ("lead", "member"):
            assert "Erin" not in text
            assert response.json()["is_whole_organization"] is False
        if endpoint.totals is None:
            continue
        totals = endpoint.totals(response.json())
        assert sum(total["total_tokens"] for total in totals) == sum(fact.tokens for fact in seen), name
        cost = sum((Decimal(total["contracted_cost"]) for total in totals), Decimal(0))
        assert cost == sum((fact.money for fact in seen), Decimal(0)), name
