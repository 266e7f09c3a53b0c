import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from teams.enums import KeyScope, Role
from teams.queries.access import NotVisible, access_for, access_of_key, organizations_for
from teams.services.directory import merge_department, merge_member
from teams.services.organizations import ensure_test_twin
from tests.teams.cast import Cast
from tests.teams.factories import DepartmentFactory, MemberFactory, make_api_key


def test_an_owner_has_the_role_and_no_department(cast: Cast) -> None:
    access = access_for(user=cast.alice, organization_slug="acme")
    assert (access.organization_id, access.role, access.is_staff) == (cast.acme.id, Role.OWNER, False)
    assert access.member_id == cast.member(cast.alice).id
    assert access.department_ids == frozenset()


def test_a_lead_has_the_departments_led_with_what_was_merged_into_them(cast: Cast) -> None:
    DepartmentFactory(organization=cast.acme, external_id="sales")
    old = DepartmentFactory(organization=cast.acme, external_id="labs")
    merge_department(source=old, target=cast.research)
    access = access_for(user=cast.dana, organization_slug="acme")
    assert access.department_ids == {cast.research.id, old.id}


def test_a_member_has_the_entries_that_were_merged_into_theirs(cast: Cast) -> None:
    placeholder = MemberFactory(organization=cast.acme, external_id="bob@old")
    merge_member(source=placeholder, target=cast.member(cast.bob))
    assert access_for(user=cast.bob, organization_slug="acme").merged_member_ids == {placeholder.id}


def test_staff_have_access_everywhere(cast: Cast) -> None:
    for slug in ("acme", "other"):
        access = access_for(user=cast.carol, organization_slug=slug)
        assert access.is_staff
        assert access.role is None


@pytest.mark.parametrize("slug", ["acme", "no-such-organization", "", "acme\0", "acme' OR 1=1"])
def test_an_outsider_cannot_tell_an_organization_from_none(cast: Cast, slug: str) -> None:
    with pytest.raises(NotVisible) as refused:
        access_for(user=cast.charlie, organization_slug=slug)
    assert str(refused.value) == ""


def test_nobody_and_the_inactive_see_nothing(cast: Cast) -> None:
    cast.carol.is_active = cast.alice.is_active = False
    for user in (AnonymousUser(), cast.carol, cast.alice):
        with pytest.raises(NotVisible):
            access_for(user=user, organization_slug="acme")
        assert organizations_for(user) == []


def test_who_left_sees_nothing(cast: Cast) -> None:
    member = cast.member(cast.bob)
    member.left_at = timezone.now()
    member.save()
    with pytest.raises(NotVisible):
        access_for(user=cast.bob, organization_slug="acme")
    assert organizations_for(cast.bob) == []


def test_a_test_twin_is_open_to_those_who_see_all_usage(cast: Cast) -> None:
    twin = ensure_test_twin(cast.acme)
    access = access_for(user=cast.alice, organization_slug=twin.slug)
    assert (access.organization_id, access.role, access.member_id) == (twin.id, Role.OWNER, None)
    assert access_for(user=cast.carol, organization_slug=twin.slug).is_staff
    for user in (cast.bob, cast.dana, cast.charlie):
        with pytest.raises(NotVisible):
            access_for(user=user, organization_slug=twin.slug)


def test_organizations_are_listed_with_the_role_and_without_twins(cast: Cast) -> None:
    ensure_test_twin(cast.acme)
    assert [(row.slug, row.role) for row in organizations_for(cast.dana)] == [("acme", Role.DEPARTMENT_LEAD)]
    assert [(row.slug, row.role) for row in organizations_for(cast.carol)] == [
        ("acme", None),
        ("other", None),
    ]
    assert organizations_for(AnonymousUser()) == []


def test_a_key_opens_its_own_organization_with_its_scopes(cast: Cast) -> None:
    access = access_of_key(make_api_key(cast.acme, KeyScope.USAGE_READ).key)
    assert access.organization_id == cast.acme.id
    assert access.key_scopes == {KeyScope.USAGE_READ}
