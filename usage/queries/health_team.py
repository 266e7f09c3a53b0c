"""Why a team's figures are what they are: who belonged where when, and what ran under no member."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Max, Q

from teams.enums import Role, ScopeKind
from teams.models import Member
from teams.queries.together import Question, asked_together
from usage.breakdown import Key
from usage.figures import Measures
from usage.month_sql import SUMMED
from usage.progress import Days
from usage.queries.names import INTEGRATION, directory_names
from usage.queries.snapshot import one_snapshot

MOST_MEMBERS: Final = 20
"""Members whose history is shown at once."""
KEY_ONLY: Final = "key"

# In SQL, for Django would take longer to compile these than the server to answer them.
_STAYS: Final = """
SELECT stay.member_id, coalesce(nullif(department.name, ''), department.external_id), stay.starts_at, stay.ends_at
FROM teams_departmentmembership stay LEFT JOIN teams_department department ON department.id = stay.department_id
WHERE stay.member_id = ANY(%s) ORDER BY stay.starts_at DESC
"""
_MERGED: Final = """
SELECT merged_into_id, count(*) FROM teams_member WHERE merged_into_id = ANY(%s) GROUP BY merged_into_id
"""
_SHARED: Final = f"""
SELECT project_id, integration_id,
    {", ".join(f"sum({name})" if name.endswith("cost") else f"sum({name})::bigint" for name in SUMMED)}
FROM usage_daily WHERE organization_id = %s AND member_id = 0 AND local_date BETWEEN %s AND %s
GROUP BY project_id, integration_id
"""


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


def _stays(members: Sequence[Member]) -> Question:
    return Question(_STAYS, [[member.pk for member in members]], columns=4)


def _merged(members: Sequence[Member]) -> Question:
    return Question(_MERGED, [[member.pk for member in members]], columns=2)


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


def _shared_sums(organization_id: int, days: Days) -> Question:
    return Question(_SHARED, [organization_id, *days], columns=2 + len(SUMMED))


def _shared(organization_id: int, rows: Iterable[Any]) -> tuple[SharedUse, ...]:
    sums: dict[Key, Measures] = defaultdict(Measures)
    for project_id, integration_id, *values in rows:
        sums[_ran_under(project_id, integration_id)] += Measures(*values)
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
