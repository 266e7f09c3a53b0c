"""Who may see and do what, written out as the table that people would ask for."""

from collections.abc import Callable

import pytest

from teams import permissions
from teams.enums import KeyScope, Role, ScopeKind
from teams.permissions import Access, Visible

OWN, ALIAS, LED, FOREIGN = 7, 8, 3, 4
ROLES = [Role.OWNER, Role.ADMIN, Role.BILLING, Role.DEPARTMENT_LEAD, Role.MEMBER, Role.AUDITOR]
STAFF = Access(organization_id=1, is_staff=True)
KEY = Access(organization_id=1, key_scopes=frozenset({KeyScope.USAGE_READ}))
SENDING_KEY = Access(organization_id=1, key_scopes=frozenset({KeyScope.USAGE_WRITE}))
NOBODY = Access(organization_id=1)

# One column per role in the order of ROLES, then staff, a reading key, and nobody.
MATRIX = {
    #                          own adm bil led mem aud  staff key nobody
    "may_see_money":           "yes yes yes yes yes yes  yes yes no",
    "may_see_others_usage":    "yes yes yes yes no  yes  yes yes no",
    "may_see_data_health":     "yes yes yes no  no  yes  yes yes no",
    "may_see_invoices":        "yes yes yes no  no  yes  yes no  no",
    "may_see_audit":           "yes yes no  no  no  yes  yes no  no",
    "may_edit_billing":        "yes no  yes no  no  no   yes no  no",
    "may_edit_budget":         "yes yes yes no  no  no   yes no  no",
    "may_manage_members":      "yes yes no  no  no  no   yes no  no",
    "may_manage_keys":         "yes yes no  no  no  no   yes no  no",
    "may_manage_organization": "yes yes no  no  no  no   yes no  no",
}  # fmt: skip


def access(role: Role) -> Access:
    """A member of that role who leads a department, so that only the role can make a difference."""
    return Access(
        organization_id=1,
        role=role,
        member_id=OWN,
        department_ids=frozenset({LED}),
        merged_member_ids=frozenset({ALIAS}),
    )


def columns() -> list[Access]:
    return [*map(access, ROLES), STAFF, KEY, NOBODY]


@pytest.mark.parametrize(("name", "row"), MATRIX.items())
def test_the_matrix(name: str, row: str) -> None:
    predicate: Callable[[Access], bool] = getattr(permissions, name)
    answers = ["yes" if predicate(column) else "no" for column in columns()]
    assert answers == row.split()


def test_every_predicate_stands_in_the_matrix_or_has_its_own_test() -> None:
    own_tests = {"may_send_usage", "may_give_role", "may_see_budget"}
    assert {name for name in vars(permissions) if name.startswith("may_")} == set(MATRIX) | own_tests


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.BILLING, Role.AUDITOR])
def test_those_who_run_or_check_the_organization_see_all_usage(role: Role) -> None:
    assert permissions.usage_scope(access(role)) == Visible(whole_organization=True)


def test_staff_and_reading_keys_see_all_usage() -> None:
    assert permissions.usage_scope(STAFF).whole_organization
    assert permissions.usage_scope(KEY).whole_organization


def test_a_lead_sees_the_departments_led_and_the_own_usage() -> None:
    visible = permissions.usage_scope(access(Role.DEPARTMENT_LEAD))
    assert visible == Visible(department_ids=frozenset({LED}), member_ids=frozenset({OWN, ALIAS}))


def test_a_member_sees_the_own_usage_also_what_was_merged_and_no_department() -> None:
    assert permissions.usage_scope(access(Role.MEMBER)) == Visible(member_ids=frozenset({OWN, ALIAS}))


@pytest.mark.parametrize("who", [NOBODY, SENDING_KEY])
def test_without_membership_or_scope_nothing_is_visible(who: Access) -> None:
    assert permissions.usage_scope(who).is_nothing
    assert not permissions.may_see_money(who)


def test_only_keys_send_usage() -> None:
    assert permissions.may_send_usage(SENDING_KEY)
    assert not any(map(permissions.may_send_usage, columns()))


def test_a_lead_edits_budgets_of_the_departments_led_only() -> None:
    lead = access(Role.DEPARTMENT_LEAD)
    assert permissions.may_edit_budget(lead, department_id=LED)
    assert not permissions.may_edit_budget(lead, department_id=FOREIGN)
    assert not permissions.may_edit_budget(access(Role.MEMBER), department_id=LED)


@pytest.mark.parametrize(
    ("who", "scope_kind", "scope_id", "expected"),
    [
        (access(Role.OWNER), ScopeKind.ORGANIZATION, 1, True),
        (access(Role.AUDITOR), ScopeKind.MEMBER, FOREIGN, True),
        (access(Role.DEPARTMENT_LEAD), ScopeKind.ORGANIZATION, 1, False),
        (access(Role.DEPARTMENT_LEAD), ScopeKind.DEPARTMENT, LED, True),
        (access(Role.DEPARTMENT_LEAD), ScopeKind.DEPARTMENT, FOREIGN, False),
        (access(Role.DEPARTMENT_LEAD), ScopeKind.MEMBER, OWN, True),
        (access(Role.DEPARTMENT_LEAD), ScopeKind.MEMBER, FOREIGN, False),
        (access(Role.MEMBER), ScopeKind.MEMBER, ALIAS, True),
        (access(Role.MEMBER), ScopeKind.MEMBER, FOREIGN, False),
        (access(Role.MEMBER), ScopeKind.PROJECT, OWN, False),
        (NOBODY, ScopeKind.ORGANIZATION, 1, False),
    ],
)
def test_budgets_are_seen_by_those_whose_usage_they_watch(
    who: Access, scope_kind: ScopeKind, scope_id: int, expected: bool
) -> None:
    assert permissions.may_see_budget(who, scope_kind=scope_kind, scope_id=scope_id) is expected


@pytest.mark.parametrize(
    ("giver", "current", "new", "expected"),
    [
        (Role.ADMIN, Role.MEMBER, Role.ADMIN, True),
        (Role.ADMIN, Role.MEMBER, Role.OWNER, False),
        (Role.ADMIN, Role.OWNER, Role.MEMBER, False),
        (Role.OWNER, Role.MEMBER, Role.OWNER, True),
        (Role.OWNER, Role.OWNER, Role.MEMBER, True),
        (Role.MEMBER, Role.MEMBER, Role.BILLING, False),
    ],
)
def test_only_owners_make_and_unmake_owners(giver: Role, current: Role, new: Role, expected: bool) -> None:
    assert permissions.may_give_role(access(giver), current=current, new=new) is expected
