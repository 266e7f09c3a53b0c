"""Makes the organizations of the demo and everybody in them."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from teams.demo import DEMO_PASSWORD, DEMO_SIGN_INS
from teams.enums import Role
from teams.models import AuditEntry, Department, Member, Organization, Project, User
from teams.services.audit import record_audit
from teams.services.memberships import move_member
from teams.services.organizations import create_organization
from usage.demo.cast import DemoOrganization, Person
from usage.demo.people import OUTSIDER
from usage.demo.story import DemoStory
from usage.locks import DEMO_LOCK, LOCK_ALONE
from usage.models import Integration

CREATED = "demo.created"


class DemoInTheWay(Exception):
    """An organization that is none of the demo's has its short name."""


@transaction.atomic
def ensure_demo_organization(
    spec: DemoOrganization, *, end: datetime, months: int
) -> tuple[Organization, DemoStory]:
    """The organization of ``spec`` with its people, and its story.

    What was made before stays, and its story still ends where it did then, so that a load that was interrupted
    goes on with the same events. Raises ``DemoInTheWay``.
    """
    with connection.cursor() as cursor:
        # Two loaders at once make one demo.
        cursor.execute(LOCK_ALONE, [DEMO_LOCK])
    standing = Organization.objects.filter(slug=spec.slug).first()
    if standing is not None:
        return standing, _standing_story(spec, standing)
    organization = create_organization(
        name=spec.name, slug=spec.slug, time_zone=spec.time_zone, currency=spec.currency, country=spec.country
    )
    story = DemoStory(spec, end, months)
    _make_directory(organization, story)
    record_audit(
        action=CREATED,
        subject=organization,
        organization=organization,
        facts={"end": end.isoformat(), "months": months},
    )
    return organization, story


def ensure_demo_users() -> None:
    """Everyone who can sign in, with the demo's password; those there were before keep theirs."""
    staff = DEMO_SIGN_INS[0].email
    for name, email in [(person.full_name, person.email) for person in (*DEMO_SIGN_INS, OUTSIDER)]:
        if not User.objects.filter(email=email).exists():
            User.objects.create_user(email, DEMO_PASSWORD, full_name=name, is_staff=email == staff)


def _standing_story(spec: DemoOrganization, organization: Organization) -> DemoStory:
    entry = AuditEntry.objects.filter(organization=organization, action=CREATED).first()
    if entry is None:
        raise DemoInTheWay(
            _("There is an organization “%(slug)s” already that does not belong to the demo.")
            % {"slug": spec.slug}
        )
    return DemoStory(spec, datetime.fromisoformat(entry.facts["end"]), entry.facts["months"])


def _make_directory(organization: Organization, story: DemoStory) -> None:
    spec = story.organization
    departments = {
        external_id: Department.objects.create(organization=organization, external_id=external_id, name=name)
        for external_id, name in spec.departments.items()
    }
    for external_id, name in spec.projects.items():
        Project.objects.create(organization=organization, external_id=external_id, name=name)
    for external_id, name in spec.integrations.items():
        Integration.objects.create(organization=organization, external_id=external_id, name=name)
    for person in spec.people:
        if person.name:
            member = _make_member(organization, person)
            _give_departments(member, person, story, departments)
    for external_id, lead in spec.leads.items():
        departments[external_id].lead = Member.objects.get(organization=organization, external_id=lead)
        departments[external_id].save(update_fields=["lead"])


def _make_member(organization: Organization, person: Person) -> Member:
    return Member.objects.create(
        organization=organization,
        external_id=person.external_id,
        name=person.name,
        email=person.email,
        role=person.role or Role.MEMBER,
        user=User.objects.filter(email=person.email).first() if person.email else None,
    )


def _give_departments(
    member: Member, person: Person, story: DemoStory, departments: dict[str, Department]
) -> None:
    """Dated as the person's story has it: where they began, where they moved to, and until when they were there."""
    joined, left = person.there
    move_member(
        member=member,
        department=departments[person.department],
        from_instant=story.instant(story.day_at(joined)),
    )
    if person.moves_to:
        move_member(
            member=member,
            department=departments[person.moves_to],
            from_instant=story.instant(story.day_at(person.moves_at)),
        )
    if person.leaves:
        member.left_at = story.instant(story.day_at(left))
        member.save(update_fields=["left_at"])
        move_member(member=member, department=None, from_instant=member.left_at)
