"""Why a team's figures are what they are: who belonged where when, and what ran under no member."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, F, Max, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from teams.enums import Role, ScopeKind
from teams.models import DepartmentMembership, Member
from teams.queries.together import asked_together
from usage.breakdown import Key
from usage.figures import Measures
from usage.models import UsageDaily
from usage.progress import Days
from usage.queries.names import INTEGRATION, directory_names
from usage.queries.snapshot import one_snapshot
from usage.queries.spend import measured, measures

MOST_MEMBERS: Final = 20
"""Members whose history is shown at once."""
KEY_ONLY: Final = "key"


@dataclass(frozen=True, slots=True)
class MembershipSpan:
    """A department from one instant to another; ``ends_at`` None until further notice."""

    department: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberHistory:
    """The departments of a member, the latest first; ``merged_entries`` is how many entries are shown under it."""

    id: int
    external_id: str
    name: str
    role: Role
    left_at: datetime | None
    merged_into: str
    merged_entries: int
    spans: tuple[MembershipSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedUse:
    """Usage without a member under one project or integration, or (``kind`` "key") under an API key alone."""

    kind: str
    name: str
    external_id: str
    measures: Measures


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamHealth:
    """``asked`` is the search; without one the members are those who moved last. ``shared``: local days."""

    asked: str
    members: tuple[MemberHistory, ...]
    shared: tuple[SharedUse, ...]


def team_health(*, organization_id: int, days: Days, asked: str = "") -> TeamHealth:
    """Membership history and shared resources of an organization. Three queries."""
    with one_snapshot():
        members = _members(organization_id, asked)
        stays, merged, shared = asked_together(
            _stays(members), _merged(members), _shared_sums(organization_id, days)
        )
        return TeamHealth(
            asked=asked,
            members=_histories(members, stays, dict(merged)),
            shared=_shared(organization_id, shared),
        )


def _members(organization_id: int, asked: str) -> list[Member]:
    members = (
        Member.objects.filter(organization_id=organization_id)
        .select_related("merged_into")
        .annotate(moved_at=Max("department_memberships__starts_at"))
    )
    # A NUL cannot even be looked up.
    if "\0" in asked:
        return []
    if asked:
        named = Q(external_id=asked) | Q(name__icontains=asked) | Q(email__iexact=asked)
        return list(members.filter(named).order_by("name", "id")[:MOST_MEMBERS])
    return list(members.exclude(moved_at=None).order_by("-moved_at", "id")[:MOST_MEMBERS])


def _stays(members: Sequence[Member]) -> "QuerySet[DepartmentMembership, Any]":
    rows = DepartmentMembership.objects.filter(member_id__in=[member.pk for member in members])
    shown = Coalesce(NullIf("department__name", Value("")), F("department__external_id"))
    return (
        rows.annotate(shown=shown)
        .order_by("-starts_at")
        .values_list("member_id", "shown", "starts_at", "ends_at")
    )


def _merged(members: Sequence[Member]) -> "QuerySet[Member, Any]":
    rows = Member.objects.filter(merged_into_id__in=[member.pk for member in members]).order_by()
    return rows.values("merged_into_id").annotate(number=Count("id")).values_list("merged_into_id", "number")


def _histories(
    members: Sequence[Member], stays: Iterable[Any], entries: Mapping[int, int]
) -> tuple[MemberHistory, ...]:
    spans: dict[int, list[MembershipSpan]] = defaultdict(list)
    for member_id, department, starts_at, ends_at in stays:
        spans[member_id].append(MembershipSpan(department or "", starts_at, ends_at))
    return tuple(
        MemberHistory(
            id=member.pk,
            external_id=member.external_id,
            name=str(member),
            role=Role(member.role),
            left_at=member.left_at,
            merged_into=str(member.merged_into or ""),
            merged_entries=entries.get(member.pk, 0),
            spans=tuple(spans[member.pk]),
        )
        for member in members
    )


def _shared_sums(organization_id: int, days: Days) -> "QuerySet[UsageDaily, Any]":
    rows = UsageDaily.objects.filter(organization_id=organization_id, member_id=0, local_date__range=days)
    sums = rows.order_by().values("project_id", "integration_id").annotate(**measures())
    return sums.values_list("project_id", "integration_id", *measures())


def _shared(organization_id: int, rows: Iterable[Any]) -> tuple[SharedUse, ...]:
    sums: dict[Key, Measures] = defaultdict(Measures)
    for project_id, integration_id, *values in rows:
        sums[_ran_under(project_id, integration_id)] += measured(dict(zip(measures(), values, strict=True)))
    names = directory_names(organization_id, {key for key in sums if key[1]})
    shared = [
        SharedUse(
            kind=kind,
            name=names[kind, entry_id].name if (kind, entry_id) in names else "",
            external_id=names[kind, entry_id].external_id if (kind, entry_id) in names else "",
            measures=some,
        )
        for (kind, entry_id), some in sums.items()
        if some != Measures()
    ]
    return tuple(sorted(shared, key=lambda one: (-one.measures.total_tokens, one.kind, one.name)))


def _ran_under(project_id: int, integration_id: int) -> Key:
    if project_id:
        return ScopeKind.PROJECT.value, project_id
    return (INTEGRATION, integration_id) if integration_id else (KEY_ONLY, 0)
