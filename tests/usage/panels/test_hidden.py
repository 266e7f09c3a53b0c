"""What somebody may not see cannot be told from what is not there: by no filter, search, address or page's position.

The owner is asked the same: for them there is a difference, so that each question could have given it away.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, Final
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import pytest
from django.test import Client, override_settings
from django.urls import resolve, reverse
from time_machine import travel

from teams.models import Department, Member, Project, User
from tests.teams.cast import Cast
from tests.usage.panels.asking import client_of
from tests.usage.panels.ledger_scene import ABSENT, FOREIGN, HIDDEN, NOW, set_ledger_scene
from usage.models import Integration
from usage.panels.vocabulary import Dimension
from usage.queries.panels.registry import PANELS

pytestmark = pytest.mark.django_db

DAYS: Final = "from=2026-04-01&to=2026-05-31"
SINGLE: Final = ("usage-chat", "usage-messages")
"""Endpoints about one entry, which have no filters."""
MORE: Final = {"usage-breakdown": "&by=model", "usage-timeseries": "&by=model"}
DIRECTORIES: Final[Mapping[str, Any]] = {
    "department": Department,
    "project": Project,
    "member": Member,
    "integration": Integration,
}
ROLES: Final = ("lead", "member")
ENTRIES: Final = (
    "/api/v1/usage/chats/{}?organization=acme",
    "/api/v1/usage/chats/{}/cost?organization=acme",
    "/api/v1/usage/messages?organization=acme&conversation_id={}",
    "/api/v1/usage/messages/{}-4?organization=acme&conversation_id={}",
    "/api/v1/usage/messages/{}-4/cost?organization=acme&conversation_id={}",
    "/api/v1/usage/files/{}?organization=acme",
    "/api/v1/usage/integrations/{}?organization=acme",
    "/o/acme/chats/{}/",
    "/o/acme/chats/{}/messages/{}-4/",
    "/o/acme/files/{}/",
    "/o/acme/integrations/{}/",
)
SEARCHES: Final = (
    ("lead", f"/api/v1/usage/members?{DAYS}&organization=acme&search="),
    ("lead", f"/o/acme/team/members/?{DAYS}&search="),
    ("lead", f"/api/v1/usage/chats?{DAYS}&organization=acme&search="),
    ("member", f"/api/v1/usage/chats?{DAYS}&organization=acme&search="),
    ("member", f"/o/acme/chats/?{DAYS}&search="),
    ("lead", "/api/v1/usage/files?organization=acme&search="),
    ("member", "/api/v1/usage/files?organization=acme&search="),
    ("member", "/o/acme/files/?search="),
)
LISTS: Final = (
    ("lead", "members", lambda line: line["row"]["external_id"]),
    ("lead", "chats", lambda chat: chat["conversation_id"]),
    ("member", "chats", lambda chat: chat["conversation_id"]),
    ("lead", "files", lambda file: file["file_id"]),
    ("member", "files", lambda file: file["file_id"]),
)


@pytest.fixture(autouse=True)
def acme(cast: Cast) -> Iterator[Cast]:
    set_ledger_scene(cast)
    with travel(NOW, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        yield cast


def clients(cast: Cast) -> dict[str, Client]:
    users: dict[str, User] = {
        "owner": cast.alice,
        "lead": cast.dana,
        "member": cast.bob,
        "foreign owner": cast.charlie,
    }
    return {role: client_of(user) for role, user in users.items()}


def endpoints() -> Iterator[tuple[str, Sequence[Dimension]]]:
    """The address of every endpoint, with the dimensions that it can be filtered by."""
    # Its addresses can be read once the project's own are.
    reverse("usage-compare")
    for pattern in import_module("usage.api.panels.urls").urlpatterns:
        names = {"integration_id": "slack"} if pattern.name == "usage-integration" else {}
        if pattern.name not in SINGLE:
            url = reverse(pattern.name, kwargs=names)
            address = f"{url}?organization=acme&{DAYS}{MORE.get(pattern.name, '')}"
            view: Any = resolve(url).func
            if filters := getattr(view.view_class, "filters", ()):
                yield address, filters


def pages() -> Iterator[tuple[str, Sequence[Dimension]]]:
    """The same for the pages."""
    for panel in PANELS:
        if panel.filters and "<" not in panel.path:
            yield f"{reverse(f'panel-{panel.name}', args=['acme'])}?{DAYS}", panel.filters


def values(cast: Cast, name: str, dimension: Dimension) -> list[str]:
    """How a filter may call the entry of this name: by the client's id, or by ours."""
    found = [f"{name}/{name}" if dimension is Dimension.MODEL else name]
    if dimension in DIRECTORIES:
        owner = cast.other if name == FOREIGN else cast.acme
        entries = DIRECTORIES[dimension].objects.filter(organization=owner, external_id=name)
        found.append(f"id:{entries.get().pk if name != ABSENT else 99_999_999}")
    return found


_NEXT: Final = re.compile(r'"next":"([^"]+)"')


def told(client: Client, address: str, asked: Mapping[Dimension, Sequence[str]]) -> tuple[int, str, str]:
    """Everything that an answer says, but for the values that it was asked for."""
    pairs = [(dimension, value) for dimension, values in asked.items() for value in values]
    response = client.get(f"{address}&{urlencode(pairs)}")
    # The address of a next page repeats what was asked, and so an ETag stands for it, too.
    text, repeated = _NEXT.subn(_cursor_alone, said(response, [value for _dimension, value in pairs]))
    return response.status_code, text, "" if repeated else response.get("ETag", "")


def _cursor_alone(address: re.Match[str]) -> str:
    return f'"next":{parse_qs(urlsplit(address[1]).query)["cursor"]}'


def said(response: Any, asked: Sequence[str]) -> str:
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    # What is a part of another comes after it.
    for value in sorted(asked, key=len, reverse=True):
        for written in (value, quote_plus(value)):
            text = text.replace(written, "VALUE")
    return text


def test_no_filter_of_an_endpoint_finds_what_is_hidden(acme: Cast) -> None:
    """Whatever an answer is filtered by: for them it is the one without any usage, for the owner it is not."""
    asked, found = clients(acme), Counter[str]()
    for address, dimensions in endpoints():
        for role in ("owner", *ROLES):
            empty = absent(asked[role], acme, address, dimensions[0])
            for by in dimensions:
                hidden, foreign = (values(acme, name, by) for name in (HIDDEN, FOREIGN))
                answer = told(asked[role], address, {by: [*hidden, *foreign]})
                found[role] += answer[0] == 200
                if role == "owner":
                    assert answer[0] != 200 or answer != empty, (address, by)
                    continue
                # Most answers without usage are alike, whatever they were filtered by.
                if answer != empty:
                    empty = absent(asked[role], acme, address, by)
                assert answer == empty, (role, address, by)
    assert found["owner"] > 60, found
    assert found["lead"] > 60, found
    assert found["member"] > 40, found


def absent(client: Client, cast: Cast, address: str, by: Dimension) -> tuple[int, str, str]:
    """What is told of what is not there."""
    return told(client, address, {by: values(cast, ABSENT, by)})


def test_no_filter_of_a_page_shows_what_is_hidden(acme: Cast) -> None:
    """All filters at once: the sums are those of the endpoints, but a page writes what it was asked for."""
    asked = clients(acme)
    for client in (asked[role] for role in ROLES):
        for address, dimensions in pages():
            hidden, missing = (
                told(client, address, {by: values(acme, name, by) for by in dimensions})
                for name in (HIDDEN, ABSENT)
            )
            assert hidden == missing, address
            assert "Erin" not in hidden[1]


def test_no_search_finds_what_is_hidden(acme: Cast) -> None:
    asked = clients(acme)
    for role, address in SEARCHES:
        hidden, missing, seen = (
            said(asked[who].get(address + name), [name])
            for who, name in ((role, HIDDEN), (role, ABSENT), ("owner", HIDDEN))
        )
        assert hidden == missing, address
        assert seen.count("VALUE") > hidden.count("VALUE"), address


def test_no_address_of_what_is_hidden_says_that_it_is_there(acme: Cast) -> None:
    asked = clients(acme)
    for address in ENTRIES:
        assert asked["owner"].get(address.format(HIDDEN, HIDDEN)).status_code == 200, address
        for client in (asked[role] for role in ROLES):
            hidden, missing = (client.get(address.format(name, name)) for name in (HIDDEN, ABSENT))
            assert hidden.status_code == missing.status_code == 404, address
            assert said(hidden, [HIDDEN]) == said(missing, [ABSENT]), address


def test_no_page_of_an_entry_says_that_it_is_there(acme: Cast) -> None:
    asked = clients(acme)
    for kind in ("member", "department", "project"):
        entry = DIRECTORIES[kind].objects.get(organization=acme.acme, external_id=HIDDEN).pk
        hidden, missing = (reverse(f"panel-{kind}", args=["acme", pk]) for pk in (entry, 99_999_999))
        assert asked["owner"].get(hidden).status_code == 200
        for client in (asked[role] for role in ROLES):
            found, nothing = client.get(hidden), client.get(missing)
            assert found.status_code == nothing.status_code in (403, 404)
            assert said(found, [hidden]) == said(nothing, [missing]), hidden


def listed(client: Client, panel: str, organization: str = "acme", **more: Any) -> dict[str, Any]:
    days = {} if panel == "files" else {"from": "2026-04-01", "to": "2026-05-31"}
    response = client.get(f"/api/v1/usage/{panel}", {"organization": organization} | days | more)
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def test_a_position_on_somebody_elses_pages_shows_only_what_is_ones_own(acme: Cast) -> None:
    asked = clients(acme)
    for role, panel, name in LISTS:
        everything = listed(asked[role], panel)
        assert everything[panel]
        assert HIDDEN not in [name(row) for row in everything[panel]]
        for other, organization, first in (("owner", "acme", HIDDEN), ("foreign owner", "other", FOREIGN)):
            page = listed(asked[other], panel, organization, page_size=1)
            assert name(page[panel][0]).startswith(first)
            # What stands after the hidden one on somebody else's pages is all that one has oneself.
            (cursor,) = parse_qs(urlsplit(page["page"]["next"]).query)["cursor"]
            after = listed(asked[role], panel, cursor=cursor)
            assert after | {"page": None} == everything | {"page": None}, (role, panel, other)
