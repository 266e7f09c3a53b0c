"""Finds out who someone is in an organization. What that allows is decided in ``teams.permissions``."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404

from teams.enums import KeyScope, Role
from teams.models import ApiKey, Member, Organization
from teams.permissions import Access, usage_scope

if TYPE_CHECKING:
    from teams.models import User


class NotVisible(Http404):
    """Nothing here for the asker, who must not learn whether it exists: pages and API answer 404."""


@dataclass(frozen=True, slots=True)
class _Membership:
    member_id: int
    role: str
    department_ids: Sequence[int]
    merged_member_ids: Sequence[int]


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
    return organization_and_access(user=user, organization_slug=organization_slug)[1]


def organization_and_access(
    *, user: "User | AnonymousUser", organization_slug: str
) -> tuple[Organization, Access]:
    """The organization with ``access_for`` it, in one query: every page and every call of the API begins with it."""
    # A NUL cannot even be looked up.
    found = _membership_in(organization_slug, user.pk) if "\0" not in organization_slug else None
    if found is None or not user.is_active:
        raise NotVisible
    organization, member = found
    access = Access(organization_id=organization.id, is_staff=user.is_staff)
    if member is not None:
        access = _member_access(access, member)
    if organization.is_test:
        if not usage_scope(access).whole_organization:
            raise NotVisible
        return organization, replace(
            access, member_id=None, department_ids=frozenset(), merged_member_ids=frozenset()
        )
    if member is None and not user.is_staff:
        raise NotVisible
    return organization, access


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


def _member_access(access: Access, member: _Membership) -> Access:
    return replace(
        access,
        role=Role(member.role),
        member_id=member.member_id,
        department_ids=frozenset(member.department_ids),
        merged_member_ids=frozenset(member.merged_member_ids),
    )


def _membership_in(slug: str, user_id: int | None) -> tuple[Organization, _Membership | None] | None:
    """The organization, and who the user is in it or in the one that it is the test twin of.

    The SQL is put together only once: Django would take longer to compile it than the server to answer it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_access_query(), [user_id, slug])
        row = cursor.fetchone()
    if row is None:
        return None
    *columns, member_id, role, department_ids, merged_member_ids = row
    organization: Organization = Organization.from_db(connection.alias, _organization_columns(), columns)
    if member_id is None:
        return organization, None
    return organization, _Membership(member_id, role, department_ids, merged_member_ids)


@cache
def _organization_columns() -> list[str]:
    return [field.attname for field in Organization._meta.concrete_fields]


@cache
def _access_query() -> str:
    columns = ", ".join(f"o.{field.column}" for field in Organization._meta.concrete_fields)
    return f"""
        SELECT {columns}, m.id, m.role,
            ARRAY(SELECT d.id FROM teams_department d LEFT JOIN teams_department root ON root.id = d.merged_into_id
                WHERE d.organization_id = m.organization_id
                AND CASE WHEN d.merged_into_id IS NULL THEN d.lead_id ELSE root.lead_id END = m.id),
            ARRAY(SELECT old.id FROM teams_member old WHERE old.merged_into_id = m.id)
        FROM teams_organization o LEFT JOIN teams_member m
            ON m.organization_id = coalesce(o.twin_of_id, o.id) AND m.user_id = %s
            AND m.left_at IS NULL AND m.merged_into_id IS NULL
        WHERE o.slug = %s
        ORDER BY m.name, m.external_id LIMIT 1
    """
