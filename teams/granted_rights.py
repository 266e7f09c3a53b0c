"""What somebody may see and do in an organization, in words. Decided in ``teams.permissions`` alone. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teams import permissions
from teams.permissions import Access, usage_scope


@dataclass(frozen=True, slots=True)
class GrantedRight:
    """One thing that people ask about, and whether the asker may."""

    label: Promise
    is_granted: bool


def _sees_departments(access: Access) -> bool:
    visible = usage_scope(access)
    return visible.whole_organization or bool(visible.department_ids)


_RIGHTS: Final[tuple[tuple[Promise, Callable[[Access], bool]], ...]] = (
    (_("See your own usage"), lambda access: not usage_scope(access).is_nothing),
    (_("See usage of departments"), _sees_departments),
    (_("See usage of the whole organization"), lambda access: usage_scope(access).whole_organization),
    (_("See data health"), permissions.may_see_data_health),
    (_("See invoices"), permissions.may_see_invoices),
    (_("See the audit history"), permissions.may_see_audit),
    (_("Change billing data"), permissions.may_edit_billing),
    (_("Change budgets of the organization"), permissions.may_edit_budget),
    (_("Manage members"), permissions.may_manage_members),
    (_("Manage API keys"), permissions.may_manage_keys),
    (_("Manage the organization"), permissions.may_manage_organization),
)


def granted_rights(access: Access) -> tuple[GrantedRight, ...]:
    """Every right, in the order in which people ask about them."""
    return tuple(GrantedRight(label, allows(access)) for label, allows in _RIGHTS)
