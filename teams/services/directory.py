"""Fills the directory from what clients send, and lets people name and merge what was found."""

from collections.abc import Iterable
from typing import TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from teams.models import Department, Member, Project, User
from teams.services.audit import record_audit
from teams.services.memberships import bump_directory

Entry = TypeVar("Entry", Department, Member, Project)


def ensure_members(organization_id: int, external_ids: Iterable[str]) -> dict[str, int]:
    """The member id of every external id, making placeholders for unknown ones.

    A merged entry answers with the id that it was merged into. Safe when many do it at once.
    """
    return _ensure(Member, organization_id, external_ids)


def ensure_departments(organization_id: int, external_ids: Iterable[str]) -> dict[str, int]:
    """Like ``ensure_members``, for departments."""
    return _ensure(Department, organization_id, external_ids)


def ensure_projects(organization_id: int, external_ids: Iterable[str]) -> dict[str, int]:
    """Like ``ensure_members``, for projects."""
    return _ensure(Project, organization_id, external_ids)


def _ensure(model: type[Entry], organization_id: int, external_ids: Iterable[str]) -> dict[str, int]:
    # Sorted, so that two writers of the same unknown ids wait in one order and never in a circle.
    wanted = sorted(set(external_ids))
    if not wanted:
        return {}
    model._default_manager.bulk_create(
        [
            model(organization_id=organization_id, external_id=external, is_placeholder=True)
            for external in wanted
        ],
        ignore_conflicts=True,
    )
    # A statement of its own: it sees the rows of a rival that the insert has just waited for.
    entries = model._default_manager.filter(organization_id=organization_id, external_id__in=wanted)
    return dict(entries.values_list("external_id", Coalesce("merged_into_id", "id")))


def merge_member(*, source: Member, target: Member, actor: User | None = None, reason: str = "") -> Member:
    """Show the usage of ``source`` under ``target`` from now on; see ``_merge``."""
    if source.user_id is not None:
        raise ValidationError(_("This member can sign in; merge the other one into it instead."))
    return _merge(source, target, actor=actor, reason=reason)


def merge_department(
    *, source: Department, target: Department, actor: User | None = None, reason: str = ""
) -> Department:
    """Show the usage of ``source`` under ``target`` from now on; see ``_merge``."""
    return _merge(source, target, actor=actor, reason=reason)


def merge_project(
    *, source: Project, target: Project, actor: User | None = None, reason: str = ""
) -> Project:
    """Show the usage of ``source`` under ``target`` from now on; see ``_merge``."""
    return _merge(source, target, actor=actor, reason=reason)


@transaction.atomic
def _merge(source: Entry, target: Entry, *, actor: User | None, reason: str) -> Entry:
    """Point ``source`` and all that was merged into it at the root of ``target``, which is returned.

    So ``merged_into`` is never followed by more than one step. Raises ``ValidationError`` for a circle, for
    another organization, or when ``source`` was merged before.
    """
    # The organization's row lock puts all merges of an organization into one order.
    bump_directory(source.organization_id)
    entries = type(source)._default_manager
    current, root = entries.get(pk=source.pk), entries.select_related("merged_into").get(pk=target.pk)
    root = cast(Entry, root.merged_into or root)
    if root.organization_id != current.organization_id:
        raise ValidationError(_("Entries of different organizations cannot be merged."))
    if root.pk == current.pk:
        raise ValidationError(_("An entry cannot be merged into itself."))
    if current.merged_into_id is not None:
        raise ValidationError(_("This entry was merged before."))
    entries.filter(merged_into=current).update(merged_into=root)
    entries.filter(pk=current.pk).update(merged_into=root)
    source.merged_into = root
    record_audit(
        action=f"{source._meta.model_name}.merged",
        subject=current,
        actor=actor,
        organization=current.organization,
        reason=reason,
        facts={"source": current.external_id, "target": root.external_id},
    )
    return root


@transaction.atomic
def name_placeholder(entry: Entry, *, name: str, actor: User | None = None) -> Entry:
    """Give an entry that an event made a name that people know. Raises ``ValidationError`` without one."""
    if not name.strip():
        raise ValidationError({"name": _("A name is needed.")})
    before, entry.name, entry.is_placeholder = str(entry), name.strip(), False
    entry.full_clean(validate_unique=False)
    entry.save(update_fields=["name", "is_placeholder"])
    record_audit(
        action=f"{entry._meta.model_name}.named",
        subject=entry,
        actor=actor,
        organization=entry.organization,
        facts={"before": before, "after": entry.name},
    )
    return entry
