"""The one place that decides who may see and do what in an organization.

Pure predicates over role and scope: an ``Access`` comes in, an answer goes out. Lists, details, exports,
aggregates and webhooks all ask here. How an ``Access`` is found is in ``teams.queries.access``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from teams.enums import KeyScope, Role, ScopeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who asks, as far as one organization is concerned.

    ``role`` is None for staff and keys, which need not be members. ``department_ids`` are the departments
    that the member leads, ``merged_member_ids`` the entries that were merged into the member: they hold
    a part of the member's own history. ``key_scopes`` is filled for API keys only.
    """

    organization_id: int
    role: Role | None = None
    member_id: int | None = None
    department_ids: frozenset[int] = frozenset()
    is_staff: bool = False
    merged_member_ids: frozenset[int] = frozenset()
    key_scopes: frozenset[KeyScope] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """The usage that someone may see: everything, or what lies in one of these departments or members."""

    whole_organization: bool = False
    department_ids: frozenset[int] = frozenset()
    member_ids: frozenset[int] = frozenset()

    @property
    def is_nothing(self) -> bool:
        """True when no usage at all may be seen."""
        return not (self.whole_organization or self.department_ids or self.member_ids)


class _Right(StrEnum):
    """What a role may be allowed to do beyond seeing its own usage."""

    SEE_WHOLE_USAGE = "see_whole_usage"
    SEE_INVOICES = "see_invoices"
    SEE_AUDIT = "see_audit"
    EDIT_BILLING = "edit_billing"
    EDIT_BUDGETS = "edit_budgets"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_KEYS = "manage_keys"
    MANAGE_ORGANIZATION = "manage_organization"


_ROLES: Final[Mapping[_Right, frozenset[Role]]] = {
    _Right.SEE_WHOLE_USAGE: frozenset({Role.OWNER, Role.ADMIN, Role.BILLING, Role.AUDITOR}),
    _Right.SEE_INVOICES: frozenset({Role.OWNER, Role.ADMIN, Role.BILLING, Role.AUDITOR}),
    _Right.SEE_AUDIT: frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}),
    _Right.EDIT_BILLING: frozenset({Role.OWNER, Role.BILLING}),
    _Right.EDIT_BUDGETS: frozenset({Role.OWNER, Role.ADMIN, Role.BILLING}),
    _Right.MANAGE_MEMBERS: frozenset({Role.OWNER, Role.ADMIN}),
    _Right.MANAGE_KEYS: frozenset({Role.OWNER, Role.ADMIN}),
    _Right.MANAGE_ORGANIZATION: frozenset({Role.OWNER, Role.ADMIN}),
}


def _has(access: Access, right: _Right) -> bool:
    return access.is_staff or access.role in _ROLES[right]


def usage_scope(access: Access) -> Visible:
    """The usage that ``access`` may see. A key needs the scope to read; it then sees the organization."""
    if _has(access, _Right.SEE_WHOLE_USAGE) or KeyScope.USAGE_READ in access.key_scopes:
        return Visible(whole_organization=True)
    if access.role is None or access.member_id is None:
        return Visible()
    own = access.merged_member_ids | {access.member_id}
    if access.role == Role.DEPARTMENT_LEAD:
        return Visible(department_ids=access.department_ids, member_ids=own)
    return Visible(member_ids=own)


def may_see_money(access: Access) -> bool:
    """Whether costs stand beside the usage: whoever may see usage may see what it cost."""
    return not usage_scope(access).is_nothing


def may_see_others_usage(access: Access) -> bool:
    """Whether usage of others may be seen: of the whole organization, or of departments that the asker leads."""
    visible = usage_scope(access)
    return visible.whole_organization or bool(visible.department_ids)


def may_see_data_health(access: Access) -> bool:
    """Whether it may be seen what came in by which door: for whoever sees the usage of the whole organization."""
    return usage_scope(access).whole_organization


def may_send_usage(access: Access) -> bool:
    """Whether usage events may be sent: a matter of keys, never of people."""
    return KeyScope.USAGE_WRITE in access.key_scopes


def may_see_invoices(access: Access) -> bool:
    """Whether invoices may be seen. A key needs a scope of its own: one that reads usage reads no invoices."""
    return _has(access, _Right.SEE_INVOICES) or KeyScope.BILLING_READ in access.key_scopes


def may_see_audit(access: Access) -> bool:
    return _has(access, _Right.SEE_AUDIT)


def may_edit_billing(access: Access) -> bool:
    return _has(access, _Right.EDIT_BILLING)


def may_see_budget(access: Access, *, scope_kind: ScopeKind | str, scope_id: int) -> bool:
    """Whether a budget and what was spent of it may be seen: by who may see all the usage that counts for it.

    A lead sees the budgets of their departments and their own. Those of the people in these count what they used
    elsewhere, too.
    """
    visible = usage_scope(access)
    if visible.whole_organization:
        return True
    if scope_kind == ScopeKind.DEPARTMENT:
        return scope_id in visible.department_ids
    return scope_kind == ScopeKind.MEMBER and scope_id in visible.member_ids


def may_edit_budget(access: Access, *, department_id: int | None = None) -> bool:
    """Whether a budget may be changed; a lead may change those of a department that they lead."""
    if _has(access, _Right.EDIT_BUDGETS):
        return True
    return access.role == Role.DEPARTMENT_LEAD and department_id in access.department_ids


def may_manage_members(access: Access) -> bool:
    return _has(access, _Right.MANAGE_MEMBERS)


def may_give_role(access: Access, *, current: Role, new: Role) -> bool:
    """Whether a role may change from ``current`` to ``new``: only owners and staff touch ownership."""
    if Role.OWNER in (current, new):
        return access.is_staff or access.role == Role.OWNER
    return may_manage_members(access)


def may_manage_keys(access: Access) -> bool:
    return _has(access, _Right.MANAGE_KEYS)


def may_manage_organization(access: Access) -> bool:
    return _has(access, _Right.MANAGE_ORGANIZATION)
