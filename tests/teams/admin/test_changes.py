"""What staff do in the admin takes effect and stands in the audit history."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from teams.enums import Role
from teams.models import ApiKey, AuditEntry, Department, Organization, Project, User
from teams.queries.keys import find_api_key
from teams.queries.organizations import time_zone_on
from teams.services.directory import ensure_members, ensure_projects
from tests.teams.cast import LONG_AGO, Cast
from tests.teams.factories import PASSWORD, DepartmentFactory, OrganizationFactory, make_api_key


def url(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:teams_{model}_{page}", args=args)


def member_fields(**changed: Any) -> dict[str, Any]:
    inline = {
        "department_memberships-TOTAL_FORMS": 0,
        "department_memberships-INITIAL_FORMS": 0,
    }
    return {"name": "Bob", "email": "bob@example.com", "role": "member"} | inline | changed


def audited(action: str) -> AuditEntry:
    return AuditEntry.objects.get(action=action)


def test_a_new_organization_has_its_zone(cast: Cast, staff: Client) -> None:
    fields = {
        "name": "Himal",
        "slug": "himal",
        "currency": "eur",
        "language": "en",
        "week_start": 1,
        "fiscal_year_start": 4,
        "time_zone": "Asia/Kathmandu",
    }
    assert staff.post(url("organization", "add"), fields).status_code == 302
    made = Organization.objects.get(slug="himal")
    assert (made.currency, time_zone_on(made.id, date(2026, 1, 1))) == ("EUR", "Asia/Kathmandu")
    assert made.fiscal_year_start == 4
    assert audited("organization.created").actor == cast.carol


def test_a_wrong_organization_is_told_by_field(staff: Client) -> None:
    fields = {
        "name": "X",
        "slug": "acme",
        "currency": "XQX",
        "language": "en",
        "week_start": 1,
        "fiscal_year_start": 4,
        "time_zone": "Nowhere",
    }
    response = staff.post(url("organization", "add"), fields)
    assert response.status_code == 200
    assert set(response.context["adminform"].form.errors) == {"slug", "currency", "time_zone"}


def test_a_changed_organization_is_audited_with_before_and_after(cast: Cast, staff: Client) -> None:
    fields = {
        "name": "Acme Ltd",
        "slug": "acme",
        "currency": "USD",
        "language": "en",
        "week_start": 7,
        "fiscal_year_start": 4,
    }
    inline = {"zones-TOTAL_FORMS": 0, "zones-INITIAL_FORMS": 0}
    assert staff.post(url("organization", "change", cast.acme.pk), fields | inline).status_code == 302
    entry = audited("organization.changed")
    assert (entry.actor, entry.organization) == (cast.carol, cast.acme)
    assert entry.facts == {
        "name": {"before": "Acme", "after": "Acme Ltd"},
        "week_start": {"before": 1, "after": 7},
        "fiscal_year_start": {"before": 1, "after": 4},
    }


def test_a_changed_role_is_audited(cast: Cast, staff: Client) -> None:
    bob = cast.member(cast.bob)
    fields = member_fields(role="admin", user=cast.bob.pk)
    assert staff.post(url("member", "change", bob.pk), fields).status_code == 302
    bob.refresh_from_db()
    assert (bob.role, bob.user) == (Role.ADMIN, cast.bob)
    entry = audited("member.changed")
    assert (entry.organization, entry.facts) == (cast.acme, {"role": {"before": "member", "after": "admin"}})


def test_an_entry_keeps_its_organization_and_the_clients_id(cast: Cast, staff: Client) -> None:
    bob = cast.member(cast.bob)
    fields = member_fields(organization=cast.other.pk, external_id="hijacked", user=cast.bob.pk)
    staff.post(url("member", "change", bob.pk), fields)
    bob.refresh_from_db()
    assert (bob.organization, bob.external_id) == (cast.acme, "bob")


def test_naming_a_placeholder_makes_it_a_project(cast: Cast, staff: Client) -> None:
    project = Project.objects.get(pk=ensure_projects(cast.acme.id, ["p-1"])["p-1"])
    assert staff.post(url("project", "change", project.pk), {"name": "Website"}).status_code == 302
    project.refresh_from_db()
    assert (project.name, project.is_placeholder) == ("Website", False)


def test_a_member_moves_at_midnight_where_the_organization_is(cast: Cast, staff: Client) -> None:
    cast.acme.zones.update(time_zone="Asia/Kathmandu")
    bob, sales = cast.member(cast.bob), DepartmentFactory(organization=cast.acme)
    page = reverse("admin:teams_member_move", args=(bob.pk,))
    assert "Research" in staff.get(page).content.decode()
    fields = {"department": sales.pk, "from_day": "2026-03-01", "reason": "New job"}
    assert staff.post(page, fields).status_code == 302
    midnight = datetime(2026, 2, 28, 18, 15, tzinfo=UTC)
    spans = bob.department_memberships.order_by("starts_at").values_list(
        "department_id", "starts_at", "ends_at"
    )
    assert list(spans) == [(cast.research.id, LONG_AGO, midnight), (sales.id, midnight, None)]
    assert audited("member.moved").reason == "New job"


def test_a_move_to_a_foreign_department_or_without_reason_is_refused(cast: Cast, staff: Client) -> None:
    page = reverse("admin:teams_member_move", args=(cast.member(cast.bob).pk,))
    foreign = DepartmentFactory(organization=OrganizationFactory())
    response = staff.post(page, {"department": foreign.pk, "from_day": "2026-03-01"})
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"department", "reason"}


def test_a_placeholder_is_merged(cast: Cast, staff: Client) -> None:
    placeholder = ensure_members(cast.acme.id, ["bob@old"])["bob@old"]
    page = reverse("admin:teams_member_merge", args=(placeholder,))
    assert staff.get(page).status_code == 200
    # An id of another organization is not found here.
    response = staff.post(page, {"target": "charlie", "reason": "Same person"})
    assert "no such entry" in response.content.decode()
    response = staff.post(page, {"target": "bob", "reason": "Same person"})
    assert response["Location"] == url("member", "change", cast.member(cast.bob).pk)
    assert audited("member.merged").actor == cast.carol


def test_departments_are_merged(cast: Cast, staff: Client) -> None:
    labs = DepartmentFactory(organization=cast.acme)
    page = reverse("admin:teams_department_merge", args=(labs.pk,))
    assert staff.post(page, {"target": "research", "reason": "One team"}).status_code == 302
    assert Department.objects.get(pk=labs.pk).merged_into == cast.research


def test_a_new_keys_secret_is_shown_in_one_answer_only(cast: Cast, staff: Client) -> None:
    fields = {"organization": cast.acme.pk, "name": "CI", "scopes": ["usage:write"]}
    response = staff.post(url("apikey", "add"), fields)
    key = ApiKey.objects.get(name="CI")
    secret = response.context["secret"]
    assert find_api_key(secret) == key
    assert secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    tail = secret.rpartition("_")[2]
    for page in (
        url("apikey", "change", key.pk),
        url("apikey", "changelist"),
        url("apikey", "history", key.pk),
    ):
        shown = staff.get(page).content.decode()
        assert tail not in shown
        assert bytes(key.digest).hex() not in shown
    assert audited("api_key.created").actor == cast.carol


def test_a_test_key_goes_to_the_twin(cast: Cast, staff: Client) -> None:
    fields = {"organization": cast.acme.pk, "name": "Try", "scopes": ["usage:write"], "is_test": "on"}
    response = staff.post(url("apikey", "add"), fields)
    assert response.context["secret"].startswith("tl_test_")
    assert ApiKey.objects.get(name="Try").organization.twin_of == cast.acme


def test_a_wrong_key_is_told_by_field(cast: Cast, staff: Client) -> None:
    twin = make_api_key(cast.acme, is_test=True).key.organization
    fields = {"organization": twin.pk, "name": "Bad", "expires_at_0": "2020-01-01", "expires_at_1": "00:00"}
    response = staff.post(url("apikey", "add"), fields)
    assert set(response.context["adminform"].form.errors) == {"scopes", "is_test", "expires_at"}


def test_revoking_asks_first_and_wants_a_reason(cast: Cast, staff: Client) -> None:
    new = make_api_key(cast.acme)
    page = reverse("admin:teams_apikey_revoke", args=(new.key.pk,))
    assert "never used" in staff.get(page).content.decode()
    staff.post(page, {"reason": ""})
    assert find_api_key(new.secret) is not None
    assert staff.post(page, {"reason": "Leaked"}).status_code == 302
    assert find_api_key(new.secret) is None
    entry = audited("api_key.revoked")
    assert (entry.actor, entry.reason) == (cast.carol, "Leaked")


def test_rotating_shows_the_new_secret_once(cast: Cast, staff: Client) -> None:
    old = make_api_key(cast.acme)
    page = reverse("admin:teams_apikey_rotate", args=(old.key.pk,))
    assert staff.get(page).status_code == 200
    response = staff.post(page, {"overlap_hours": 0, "reason": "Yearly"})
    assert find_api_key(response.context["secret"]) is not None
    assert find_api_key(old.secret) is None
    # The old key has ended, so asking again changes nothing.
    response = staff.post(page, {"overlap_hours": 0, "reason": "Again"})
    assert "no longer works" in response.content.decode()
    assert ApiKey.objects.count() == 2


@pytest.mark.parametrize("name", ["apikey_revoke", "apikey_rotate", "member_move", "member_merge"])
def test_pages_about_nothing_are_not_found(staff: Client, name: str) -> None:
    assert staff.get(reverse(f"admin:teams_{name}", args=(999999,))).status_code == 404
    assert Client().get(reverse(f"admin:teams_{name}", args=(1,))).status_code == 302


def test_a_superuser_makes_staff_and_it_is_audited(cast: Cast, staff: Client) -> None:
    root = User.objects.create_superuser("root@example.com", PASSWORD)
    staff.force_login(root)
    fields = {
        "email": "New.Staff@Example.com",
        "full_name": "New",
        "language": "en",
        "is_staff": "on",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert staff.get(url("user", "add")).status_code == 200
    assert staff.post(url("user", "add"), fields).status_code == 302
    made = User.objects.get(email="new.staff@example.com")
    assert made.is_staff
    assert made.check_password(PASSWORD)
    entry = audited("user.created")
    assert entry.facts["is_staff"] == {"before": None, "after": True}
    assert PASSWORD not in str(entry.facts)
    page = url("user", "change", made.pk)
    assert staff.post(page, {"email": made.email, "language": "en", "is_active": "on"}).status_code == 302
    assert audited("user.changed").facts["is_staff"] == {"before": True, "after": False}
