"""The frame around the pages: the way in, the ways out, and what is said when nothing can be shown."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client, override_settings

from teams.demo import DEMO_SIGN_INS
from teams.enums import Role
from teams.models import User
from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def get(path: str, user: User | None = None, *, status: int = 200) -> str:
    client = Client()
    if user is not None:
        client.force_login(user)
    response = client.get(path)
    assert response.status_code == status
    return str(response.content.decode())


@override_settings(DEMO=True)
def test_the_demos_sign_ins_are_on_its_sign_in_page() -> None:
    page = get("/accounts/login/")
    assert all(person.email in page for person in DEMO_SIGN_INS)


@override_settings(DEMO=False)
def test_outside_the_demo_nobody_is_listed() -> None:
    page = get("/accounts/login/")
    assert "demo" not in page
    assert not any(person.email in page for person in DEMO_SIGN_INS)


def test_with_one_organization_home_is_its_overview(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.bob)
    assert client.get("/")["Location"] == "/o/acme/"


def test_with_several_organizations_home_lets_choose(cast: Cast) -> None:
    MemberFactory(organization=cast.other, user=cast.alice, role=Role.AUDITOR)
    page = get("/", cast.alice)
    assert 'href="/o/acme/"' in page
    assert 'href="/o/other/"' in page
    assert "Auditor" in page


def test_without_an_organization_home_says_whom_to_ask() -> None:
    stranger = UserFactory(email="stranger@example.com")
    assert "Ask the owner of your organization to add stranger@example.com" in get("/", stranger)


@override_settings(STAFF_MFA_REQUIRED=False)
def test_staff_without_an_organization_land_in_the_admin(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.carol)
    assert client.get("/")["Location"] == "/admin/"


def test_signing_out_is_a_form_and_never_a_link(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.alice)
    assert "You will need your password" in client.get("/accounts/logout/").content.decode()
    assert client.get("/accounts/password/change/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/accounts/password/change/").status_code == 302


def test_nothing_at_an_address_is_said_in_the_same_way_to_anyone(cast: Cast) -> None:
    for user in (None, cast.alice):
        assert "There is nothing at this address" in get("/nowhere/", user, status=404)


def menu(page: str) -> list[str]:
    """Where the main navigation leads."""
    return re.findall(r'<a href="(/o/[^"]*)"', page.partition('<div class="wide-menu">')[2])


def test_who_belongs_to_the_organization_finds_its_menu_where_nothing_is(cast: Cast) -> None:
    for user in (cast.alice, cast.bob):
        whole = menu(get("/o/acme/", user))
        assert len(whole) > 5
        # Whether there is such a chat for somebody else, or no such page at all, makes no difference.
        for path in ("/o/acme/nowhere/", "/o/acme/chats/nobodys/", "/o/acme/nowhere/at/all"):
            assert menu(get(path, user, status=404)) == whole, (user, path)


def test_where_nothing_is_strangers_learn_of_no_organization(cast: Cast) -> None:
    for path in ("/o/acme/", "/o/acme/nowhere/", "/o/no-such/", "/o/no-such/nowhere/"):
        page = get(path, cast.charlie, status=404)
        assert menu(page) == []
        assert "Acme" not in page
    assert get("/o/acme/nowhere/", status=404) == get("/o/no-such/nowhere/", status=404)


def test_the_page_for_our_own_errors_needs_no_request_and_no_database(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert "Something went wrong on our side" in render_to_string("500.html")


@pytest.mark.parametrize("name", ["403.html", "404.html", "403_csrf.html"])
def test_error_pages_render_without_anyone_signed_in(name: str) -> None:
    assert "Token Ledger" in render_to_string(name)


def test_nobody_gives_themselves_another_address(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.charlie)
    for action in ("action_add", "action_primary"):
        taken = client.post("/accounts/email/", {action: "", "email": "somebody.else@example.com"})
        assert taken.status_code == 404
    cast.charlie.refresh_from_db()
    assert cast.charlie.email == "charlie@example.com"
