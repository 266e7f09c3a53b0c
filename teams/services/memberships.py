"""Moves members between departments, keeping their spans in order."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from teams.models import Department, DepartmentMembership, Member, Organization, User
from teams.services.audit import record_audit


def bump_directory(organization_id: int) -> None:
    """Tell ingest workers to read members and departments anew.

    Takes the organization's row lock: call it first in a transaction, so that all lock in the same order.
    """
    Organization.objects.filter(pk=organization_id).update(directory_version=F("directory_version") + 1)


@transaction.atomic
def move_member(
    *,
    member: Member,
    department: Department | None,
    from_instant: datetime,
    actor: User | None = None,
    reason: str = "",
) -> DepartmentMembership | None:
    """Put ``member`` into ``department`` (None: into no department) from an instant on.

    Closes the open membership there and opens the new one; usage before ``from_instant`` stays where it was.
    A move that starts where the open one starts replaces it. Returns the membership that is open afterwards.
    Raises ``ValidationError`` when ``from_instant`` lies before what is already known, or the two do not fit.
    """
    bump_directory(member.organization_id)
    locked = Member.objects.select_for_update(of=("self",)).select_related("organization").get(pk=member.pk)
    _check_fit(locked, department)
    known = list(locked.department_memberships.select_related("department").order_by("starts_at"))
    current = known[-1] if known and known[-1].ends_at is None else None
    if (current.department_id if current else None) == (department.pk if department else None):
        return current
    _check_order(known, from_instant)
    _close(current, from_instant)
    opened = None
    if department is not None:
        opened = locked.department_memberships.create(department=department, starts_at=from_instant)
    record_audit(
        action="member.moved",
        subject=locked,
        actor=actor,
        organization=locked.organization,
        reason=reason,
        facts={
            "from_department": str(current.department) if current else None,
            "to_department": str(department) if department else None,
            "from_instant": from_instant,
        },
    )
    return opened


def _check_fit(member: Member, department: Department | None) -> None:
    if member.merged_into_id is not None:
        raise ValidationError(_("This member was merged into another one; move that one."))
    if department is None:
        return
    if department.organization_id != member.organization_id:
        raise ValidationError(_("The department belongs to another organization."))
    if department.merged_into_id is not None:
        raise ValidationError(_("This department was merged into another one; choose that one."))


def _check_order(spans: list[DepartmentMembership], from_instant: datetime) -> None:
    if from_instant.tzinfo is None:
        raise ValidationError(_("A move needs a moment with a time zone."))
    if spans and from_instant < (spans[-1].ends_at or spans[-1].starts_at):
        raise ValidationError(
            _("The member's department is already known up to %(moment)s; a move cannot start before that.")
            % {"moment": (spans[-1].ends_at or spans[-1].starts_at).isoformat()}
        )


def _close(current: DepartmentMembership | None, moment: datetime) -> None:
    if current is None:
        return
    if current.starts_at == moment:
        current.delete()
        return
    current.ends_at = moment
    current.save(update_fields=["ends_at"])
