"""What budgets are for: the organization, or an entry of its directory with all that was merged into it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import QuerySet, Value

from billing.models import Budget
from teams.enums import ScopeKind
from teams.models import Department, Member, Organization, Project
from usage.queries.names import SHOWN_NAME, all_of

Key = tuple[str, int]
"""A scope kind and an id."""

DIRECTORIES: Final[Mapping[str, Any]] = {
    ScopeKind.DEPARTMENT.value: Department,
    ScopeKind.PROJECT.value: Project,
    ScopeKind.MEMBER.value: Member,
}


@dataclass(frozen=True, slots=True)
class Scopes:
    """Merges of some organizations' directories. Ids of one kind are unique over all organizations."""

    _into: Mapping[Key, int]
    _others: Mapping[Key, tuple[int, ...]] = field(default_factory=dict)

    def root(self, key: Key) -> Key:
        """The entry that shows the usage of ``key``: itself, or what it was merged into."""
        kind, entry_id = key
        seen = {entry_id}
        while (target := self._into.get((kind, entry_id))) is not None and target not in seen:
            seen.add(target)
            entry_id = target
        return kind, entry_id

    def ids(self, key: Key) -> tuple[int, ...]:
        """Every id whose usage counts for ``key``: its root and what was merged into that."""
        root = self.root(key)
        return (root[1], *self._others.get(root, ()))


def read_scopes(organization_ids: Collection[int]) -> Scopes:
    """The merges of these organizations, in one query."""
    merged = [
        _entries(kind)
        .filter(organization_id__in=organization_ids, merged_into__isnull=False)
        .values_list("kind", "id", "merged_into_id")
        for kind in DIRECTORIES
    ]
    return scopes_of({(kind, entry_id): target for kind, entry_id, target in all_of(merged)})


def scopes_of(into: Mapping[Key, int]) -> Scopes:
    """The same from merges that were read already: each entry that was merged → what it was merged into."""
    found = Scopes(into)
    others: defaultdict[Key, list[int]] = defaultdict(list)
    for key in into:
        others[found.root(key)].append(key[1])
    return Scopes(into, {root: tuple(sorted(ids)) for root, ids in others.items()})


def scope_names(keys: Iterable[Key]) -> dict[Key, str]:
    """Names of departments, projects and members, in one query; what is gone is missing."""
    return names_of_scopes(all_of(scope_name_queries(keys)))


def scope_name_queries(keys: Iterable[Key]) -> "list[QuerySet[Any, Any]]":
    """What ``names_of_scopes`` reads, by kind of entry."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for kind, entry_id in keys:
        wanted[kind].add(entry_id)
    return [
        _entries(kind).filter(id__in=ids).annotate(shown=SHOWN_NAME).values_list("kind", "id", "shown")
        for kind, ids in sorted(wanted.items())
        if kind in DIRECTORIES
    ]


def names_of_scopes(rows: Iterable[tuple[str, int, str]]) -> dict[Key, str]:
    """Rows of ``scope_name_queries`` as names."""
    return {(kind, entry_id): name for kind, entry_id, name in rows}


def scope_choices(
    organization: Organization, kinds: Collection[str] = tuple(ScopeKind.values)
) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a budget can be for: per kind its entries as (``kind:id``, name), without merged ones and leavers."""
    choices = []
    for kind in ScopeKind:
        if kind.value not in kinds:
            continue
        if kind is ScopeKind.ORGANIZATION:
            entries = [(organization.pk, organization.name)]
        else:
            rows = DIRECTORIES[kind.value].objects.filter(organization=organization, merged_into=None)
            if kind is ScopeKind.MEMBER:
                rows = rows.filter(left_at=None)
            entries = [(row.pk, str(row)) for row in rows]
        if entries:
            choices.append((str(kind.label), [(f"{kind.value}:{pk}", name) for pk, name in entries]))
    return choices


def scope_exists(*, organization: Organization, scope_kind: str, scope_id: int) -> bool:
    """Whether a scope is the organization's: itself, or an entry of its directory."""
    if scope_kind == ScopeKind.ORGANIZATION:
        return scope_id == organization.pk
    model = DIRECTORIES.get(scope_kind)
    return model is not None and model.objects.filter(organization=organization, pk=scope_id).exists()


def _entries(kind: str) -> "QuerySet[Any]":
    """All entries of a kind, with it as a column."""
    found: QuerySet[Any] = DIRECTORIES[kind].objects.order_by().annotate(kind=Value(kind))
    return found


def scope_of(budget: Budget) -> Key:
    return budget.scope_kind, budget.scope_id
