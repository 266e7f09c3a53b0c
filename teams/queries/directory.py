"""Reads the directory: as ingest needs it (external id to id) and as people read it (id to name)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Coalesce

from teams.models import Department, DepartmentMembership, Member, Organization, Project

Span = tuple[datetime, datetime | None, int]


@dataclass(frozen=True, slots=True)
class Directory:
    """One organization's directory as of ``version``.

    ``members``, ``departments`` and ``projects`` map a client's external id to ours; merged entries map to
    what they were merged into. ``memberships`` holds per member the spans (starts_at, ends_at or None,
    department id), by start, never overlapping.
    """

    organization_id: int
    version: int
    members: Mapping[str, int]
    departments: Mapping[str, int]
    projects: Mapping[str, int]
    memberships: Mapping[int, tuple[Span, ...]]

    def department_at(self, member_id: int, instant: datetime) -> int:
        """The id of the member's department at an instant, 0 when there was none."""
        spans = self.memberships.get(member_id, ())
        position = bisect_right(spans, instant, key=_starts_at) - 1
        if position < 0:
            return 0
        _start, ends_at, department_id = spans[position]
        return department_id if ends_at is None or instant < ends_at else 0

    def has_departments(self, member_id: int) -> bool:
        """Whether the member was in any department, ever."""
        return member_id in self.memberships


@dataclass(frozen=True, slots=True)
class Named:
    """What an entry is shown as: the id that it was merged into, or its own, and that one's name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class DisplayNames:
    """Per id, under which id and name its usage is shown."""

    members: Mapping[int, Named]
    departments: Mapping[int, Named]
    projects: Mapping[int, Named]


def directory_version(organization_id: int) -> int:
    """Grows when a directory that was loaded before is no longer right."""
    return Organization.objects.values_list("directory_version", flat=True).get(pk=organization_id)


def load_directory(organization_id: int) -> Directory:
    """Everything that ingest needs to know about an organization's people, in five queries."""
    # The version first: if a change comes between, the copy is newer than its number and is loaded again.
    version = directory_version(organization_id)
    return Directory(
        organization_id=organization_id,
        version=version,
        members=_ids(Member, organization_id),
        departments=_ids(Department, organization_id),
        projects=_ids(Project, organization_id),
        memberships=_memberships(organization_id),
    )


def display_names(organization_id: int) -> DisplayNames:
    """How the ids found in usage are shown to people."""
    return DisplayNames(
        members=_names(Member, organization_id),
        departments=_names(Department, organization_id),
        projects=_names(Project, organization_id),
    )


def _starts_at(span: Span) -> datetime:
    return span[0]


def _ids(model: type[Member] | type[Department] | type[Project], organization_id: int) -> dict[str, int]:
    entries = model._default_manager.filter(organization_id=organization_id).order_by()
    return dict(entries.values_list("external_id", Coalesce("merged_into_id", "id")))


def _memberships(organization_id: int) -> dict[int, tuple[Span, ...]]:
    rows = (
        DepartmentMembership.objects.filter(member__organization_id=organization_id)
        .order_by("member_id", "starts_at")
        .values_list(
            "member_id", "starts_at", "ends_at", Coalesce("department__merged_into_id", "department_id")
        )
    )
    spans: defaultdict[int, list[Span]] = defaultdict(list)
    for member_id, starts_at, ends_at, department_id in rows:
        spans[member_id].append((starts_at, ends_at, department_id))
    return {member_id: tuple(found) for member_id, found in spans.items()}


def _names(model: type[Member] | type[Department] | type[Project], organization_id: int) -> dict[int, Named]:
    rows = (
        model._default_manager.filter(organization_id=organization_id)
        .order_by()
        .values_list("id", "merged_into_id", "name", "external_id")
    )
    entries = {entry_id: (root, name or external_id) for entry_id, root, name, external_id in rows}
    return {
        entry_id: Named(id=root or entry_id, name=entries[root or entry_id][1])
        for entry_id, (root, _name) in entries.items()
    }
