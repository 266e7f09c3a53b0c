"""Finds out who someone is in an organization. What that allows is decided in ``teams.permissions``."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet
from django.http import Http404

from teams.enums import KeyScope, Role
from teams.models import ApiKey, Department, Member, Organization
from teams.permissions import Access, usage_scope

if TYPE_CHECKING:
    from teams.models import User


class NotVisible(Http404):
    """Nothing here for the asker, who must not learn whether it exists: pages and API answer 404."""


@dataclass(frozen=True, slots=True)
class VisibleOrganization:
    """An organization as its people see it in a list; ``role`` is None for staff who are not members."""

    id: int
    name: str
    slug: str
    role: Role | None


def access_for(*, user: "User | AnonymousUser", organization_slug: str) -> Access:
    """The access of ``user`` to an organization.

    Staff have access everywhere, those who left nowhere. A test twin is open to members of its organization
    who see all usage there. Raises ``NotVisible`` for everyone else, and where there is no organization.
    """
    # A NUL cannot even be looked up.
    known = Organization.objects.filter(slug=organization_slug) if "\0" not in organization_slug else ()
    organization = next(iter(known), None)
    if organization is None or not user.is_active:
        raise NotVisible
    member = _memberships(user).filter(organization_id=organization.twin_of_id or organization.id).first()
    access = Access(organization_id=organization.id, is_staff=user.is_staff)
    if member is not None:
        access = _member_access(access, member)
    if organization.is_test:
        if not usage_scope(access).whole_organization:
            raise NotVisible
        return replace(access, member_id=None, department_ids=frozenset(), merged_member_ids=frozenset())
    if member is None and not user.is_staff:
        raise NotVisible
    return access


def access_of_key(key: ApiKey) -> Access:
    """The access that an API key gives to its organization."""
    return Access(
        organization_id=key.organization_id, key_scopes=frozenset(KeyScope(scope) for scope in key.scopes)
    )


def organizations_for(user: "User | AnonymousUser") -> list[VisibleOrganization]:
    """The organizations that ``user`` may open, by name, without test twins; for staff, all of them."""
    if not user.is_active:
        return []
    roles = {organization_id: Role(role) for organization_id, role in _roles(user)}
    organizations = Organization.objects.filter(twin_of=None).order_by("name", "id")
    if not user.is_staff:
        organizations = organizations.filter(id__in=roles)
    return [
        VisibleOrganization(id=row.id, name=row.name, slug=row.slug, role=roles.get(row.id))
        for row in organizations
    ]


def _roles(user: "User | AnonymousUser") -> "QuerySet[Member, tuple[int, str]]":
    return _memberships(user).values_list("organization_id", "role")


def _memberships(user: "User | AnonymousUser") -> QuerySet[Member]:
    """Members who have not left; ``merged_into`` entries are history, not people."""
    if user.pk is None:
        return Member.objects.none()
    return Member.objects.filter(user_id=user.pk, left_at=None, merged_into=None)


def _member_access(access: Access, member: Member) -> Access:
    leads = Department.objects.annotate(root_lead=F("merged_into__lead")).filter(
        Q(lead=member, merged_into=None) | Q(root_lead=member.id), organization_id=member.organization_id
    )
    merged = Member.objects.filter(merged_into=member)
    return replace(
        access,
        role=Role(member.role),
        member_id=member.id,
        department_ids=frozenset(leads.values_list("id", flat=True)),
        merged_member_ids=frozenset(merged.values_list("id", flat=True)),
    )
