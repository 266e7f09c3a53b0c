from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.test import Client, override_settings
from django.urls import reverse

from teams.models import User
from teams.web.staff_backend import StaffBackend
from tests.teams.cast import Cast
from tests.teams.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def second_factor_required() -> Iterator[None]:
    with override_settings(STAFF_MFA_REQUIRED=True):
        yield


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def give_second_factor(user: User) -> None:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})


@override_settings(STAFF_MFA_REQUIRED=False)
def test_staff_sign_in_where_everyone_does(cast: Cast) -> None:
    client = Client()
    response = client.get("/admin/teams/member/", follow=True)
    path, _status = response.redirect_chain[-1]
    assert path.startswith(reverse("account_login"))
    response = client.post(path, {"login": cast.carol.email, "password": PASSWORD})
    assert response.status_code == 302
    assert response["Location"] == "/admin/teams/member/"
    assert client.get("/admin/teams/member/").status_code == 200


@override_settings(STAFF_MFA_REQUIRED=False)
@pytest.mark.parametrize("goal", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_the_door_leads_to_no_other_site(cast: Cast, goal: str) -> None:
    assert signed_in(cast.carol).get("/admin/login/", {"next": goal})["Location"] == "/admin/"
    response = Client().get("/admin/login/", {"next": goal})
    assert "evil" not in response["Location"]
    assert "javascript" not in response["Location"]


@pytest.mark.parametrize("path", ["/admin/", "/admin/teams/member/", "/admin/teams/user/"])
def test_others_are_turned_away(cast: Cast, path: str) -> None:
    for user in (cast.alice, cast.charlie):
        assert signed_in(user).get(path, follow=True).status_code == 403


@pytest.mark.usefixtures("second_factor_required")
@pytest.mark.parametrize(
    "path",
    ["/", "/o/acme/", "/admin/", "/admin/teams/member/", "/admin/teams/member/1/change/", "/admin/login/"],
)
def test_staff_without_a_second_factor_are_led_to_set_one_up(cast: Cast, path: str) -> None:
    response = signed_in(cast.carol).get(path, follow=True)
    assert reverse("mfa_index") in [target for target, _status in response.redirect_chain]
    assert response.redirect_chain[-1][0].startswith("/accounts/")
    assert "second factor" in response.content.decode()


@pytest.mark.usefixtures("second_factor_required")
def test_the_api_too_is_closed_to_staff_without_a_second_factor(cast: Cast) -> None:
    response = signed_in(cast.carol).get("/api/v1/usage/overview", {"organization": "acme"})
    assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")


@pytest.mark.usefixtures("second_factor_required")
def test_staff_without_a_second_factor_can_sign_out(cast: Cast) -> None:
    client = signed_in(cast.carol)
    assert client.post(reverse("account_logout")).status_code == 302
    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("second_factor_required")
def test_staff_with_a_second_factor_enter(cast: Cast) -> None:
    give_second_factor(cast.carol)
    assert signed_in(cast.carol).get("/admin/teams/member/").status_code == 200


@pytest.mark.usefixtures("second_factor_required")
def test_recovery_codes_alone_are_no_second_factor(cast: Cast) -> None:
    Authenticator.objects.create(user=cast.carol, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"})
    assert signed_in(cast.carol).get("/admin/teams/member/").status_code == 302


@pytest.mark.usefixtures("second_factor_required")
def test_signing_in_with_a_second_factor_asks_for_it(cast: Cast) -> None:
    give_second_factor(cast.carol)
    client = Client()
    client.post(reverse("account_login"), {"login": cast.carol.email, "password": PASSWORD})
    assert client.get("/admin/teams/member/", follow=True).redirect_chain[-1][0].startswith("/accounts/")


@pytest.mark.usefixtures("second_factor_required")
def test_the_rule_is_for_staff_only(cast: Cast) -> None:
    assert signed_in(cast.alice).get("/admin/").status_code == 302
    assert signed_in(cast.alice).get(reverse("mfa_index")).status_code == 200


def test_staff_may_do_everything_but_decide_who_is_staff(cast: Cast) -> None:
    carol = cast.carol
    assert carol.has_perms(["teams.change_member", "teams.add_apikey", "usage.view_price", "teams.view_user"])
    assert not carol.has_perm("teams.change_user")
    assert not carol.has_perm("teams.add_user")
    assert not carol.has_perm("django_celery_beat.change_periodictask")
    assert carol.has_module_perms("usage")
    assert not carol.has_module_perms("django_celery_beat")


def test_the_backend_gives_nothing_to_others(cast: Cast) -> None:
    gone = UserFactory(is_staff=True, is_active=False)
    for user in (cast.alice, gone, AnonymousUser()):
        assert not StaffBackend().has_perm(user, "teams.view_member")
        assert not StaffBackend().has_module_perms(user, "teams")
