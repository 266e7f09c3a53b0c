"""The people that tests tell about."""

from dataclasses import dataclass
from datetime import UTC, datetime

from teams.enums import Role
from teams.models import Department, Member, Organization, User
from tests.teams.factories import DepartmentFactory, MemberFactory, OrganizationFactory, UserFactory

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cast:
    """Acme with its people, Carol of the finance staff, and Charlie of Other, who must never see Acme.

    Alice owns Acme, Dana leads Research, Bob is a member of Research.
    """

    acme: Organization
    other: Organization
    research: Department
    alice: User
    bob: User
    dana: User
    carol: User
    charlie: User

    def member(self, user: User) -> Member:
        """The entry of one of these people in their organization."""
        return Member.objects.get(user=user)


def make_cast() -> Cast:
    acme = OrganizationFactory(name="Acme", slug="acme")
    other = OrganizationFactory(name="Other", slug="other")
    research = DepartmentFactory(organization=acme, external_id="research", name="Research")
    names = ("alice", "bob", "dana", "carol", "charlie")
    people = {
        name: UserFactory(email=f"{name}@example.com", full_name=name.title(), is_staff=name == "carol")
        for name in names
    }
    _join(acme, people["alice"], role=Role.OWNER)
    _join(acme, people["bob"], department=research)
    research.lead = _join(acme, people["dana"], role=Role.DEPARTMENT_LEAD, department=research)
    research.save(update_fields=["lead"])
    _join(other, people["charlie"], role=Role.OWNER)
    return Cast(acme=acme, other=other, research=research, **people)


def _join(
    organization: Organization, user: User, *, role: Role = Role.MEMBER, department: Department | None = None
) -> Member:
    member = MemberFactory(
        organization=organization,
        external_id=user.email.partition("@")[0],
        name=user.full_name,
        email=user.email,
        role=role,
        user=user,
    )
    if department is not None:
        member.department_memberships.create(department=department, starts_at=LONG_AGO)
    return member
