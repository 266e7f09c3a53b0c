"""Who is told when a budget crosses a threshold. The one place that decides it.

========================  ====================================================================
budget of                 is told
========================  ====================================================================
the organization          owners, admins, members with the billing role, contacts for invoices
a department              its lead and the owners
a project                 owners and admins
a member                  the member and the owners
========================  ====================================================================

People who left, and entries without an e-mail address, are told nothing. Where that leaves nobody, owners are told.
"""

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from billing.models import BillingContact, Budget
from billing.queries.budget_scopes import read_scopes, scope_of
from teams.enums import Role, ScopeKind
from teams.models import Department, Member

_ROLES = {
    ScopeKind.ORGANIZATION.value: (Role.OWNER, Role.ADMIN, Role.BILLING),
    ScopeKind.DEPARTMENT.value: (Role.OWNER,),
    ScopeKind.PROJECT.value: (Role.OWNER, Role.ADMIN),
    ScopeKind.MEMBER.value: (Role.OWNER,),
}


def alert_recipients(budget: Budget) -> list[str]:
    """The addresses that a budget's alerts go to, each once, in the order of the table above."""
    people_of = _people_of(budget)
    found = _addresses(people_of.filter(role__in=_ROLES[budget.scope_kind]))
    _kind, scope_id = read_scopes([budget.organization_id]).root(scope_of(budget))
    if budget.scope_kind == ScopeKind.ORGANIZATION:
        contacts = BillingContact.objects.filter(account__organization_id=_real_organization(budget))
        found += contacts.order_by("id").values_list("email", flat=True)
    elif budget.scope_kind == ScopeKind.DEPARTMENT:
        leads = Department.objects.filter(pk=scope_id).values("lead_id")
        found = [*_addresses(people_of.filter(pk__in=leads)), *found]
    elif budget.scope_kind == ScopeKind.MEMBER:
        found = [*_addresses(people_of.filter(pk=scope_id)), *found]
    return _each_once(found) or _each_once(_addresses(people_of.filter(role=Role.OWNER)))


def _real_organization(budget: Budget) -> int:
    """Whose people look after a budget: a test twin has none of its own."""
    return budget.organization.twin_of_id or budget.organization_id


def _people_of(budget: Budget) -> "QuerySet[Member]":
    organizations = {budget.organization_id, _real_organization(budget)}
    return Member.objects.filter(organization_id__in=organizations, left_at=None, merged_into=None)


def _addresses(members: "QuerySet[Member]") -> list[str]:
    """The member's own address, else that of the user who signs in as it."""
    rows = members.filter(Q(user=None) | Q(user__is_active=True)).order_by("id")
    return [email or user_email for email, user_email in rows.values_list("email", "user__email")]


def _each_once(addresses: list[str]) -> list[str]:
    def distinct() -> Iterator[str]:
        seen = set()
        for address in addresses:
            if address and address.casefold() not in seen:
                seen.add(address.casefold())
                yield address

    return list(distinct())
