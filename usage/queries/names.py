"""What the ids found in rollups are shown as. Reads the entries that are shown, not whole directories."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import chain
from typing import Any, Final

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from teams.enums import ScopeKind
from teams.models import Department, Member, Project
from teams.queries.together import Question, asked_ahead
from usage.breakdown import Key, Name
from usage.models import Integration, LlmModel

INTEGRATION: Final = "integration"
MODEL: Final = "model"
DIRECTORIES: Final[Mapping[str, Any]] = {
    ScopeKind.DEPARTMENT.value: Department,
    ScopeKind.PROJECT.value: Project,
    ScopeKind.MEMBER.value: Member,
    INTEGRATION: Integration,
}

SHOWN_NAME: Final = Coalesce(NullIf("name", Value("")), F("external_id"))
"""What an entry is called; one without a name by its id at the client."""
MODEL_NAME_SQL: Final = "coalesce(nullif(title, ''), name)"
"""What a model is called."""


class Merges:
    """Which entry shows the usage of which: history stays under the old id, and is resolved when read."""

    def __init__(self, into: Mapping[Key, int]) -> None:
        self._into = into

    @property
    def into(self) -> Mapping[Key, int]:
        """What each entry that was merged was merged into."""
        return self._into

    def of(self, entity: str) -> dict[int, int]:
        """Of a kind of entry those that were merged, each with the one that shows its usage."""
        return {old: self.shown_as((kind, old))[1] for kind, old in self._into if kind == entity}

    def shown_as(self, key: Key) -> Key:
        """The entry that the usage of ``key`` is shown under."""
        entity, entry_id = key
        seen = {entry_id}
        while (target := self._into.get((entity, entry_id))) is not None and target not in seen:
            seen.add(target)
            entry_id = target
        return entity, entry_id

    def shown_under(self, key: Key) -> frozenset[int]:
        """All ids whose usage is shown where that of ``key`` is, its own included."""
        shown = self.shown_as(key)
        merged = (old for old in self._into if old[0] == key[0] and self.shown_as(old) == shown)
        return frozenset({key[1], shown[1], *(entry_id for _entity, entry_id in merged)})


def merges(organization_id: int) -> Merges:
    """All merges of an organization, in one query."""
    merged = [
        entries(entity, Q(merged_into__isnull=False), organization_id).values_list(
            "entity", "id", "merged_into_id"
        )
        for entity in DIRECTORIES
    ]
    return Merges({(entity, old): new for entity, old, new in all_of(merged)})


def directory_names(organization_id: int, wanted: Iterable[Key]) -> dict[Key, Name]:
    """The names of ``wanted`` entries, in one query. What is gone from the directory is missing."""
    return all_names(organization_id, wanted)


def model_names(wanted: Iterable[Key]) -> dict[Key, Name]:
    """The names of models, in one query."""
    return all_names(0, wanted)


def all_names(organization_id: int, wanted: Iterable[Key]) -> dict[Key, Name]:
    """The names of ``wanted`` entries of directories and of models, in one query."""
    return names_ahead(organization_id, wanted)()


def names_ahead(organization_id: int, wanted: Iterable[Key]) -> Callable[[], dict[Key, Name]]:
    """The same, sent ahead."""
    found = asked_ahead(*name_questions(organization_id, wanted))
    return lambda: names_read(chain.from_iterable(found()))


def name_questions(organization_id: int, wanted: Iterable[Key]) -> list[Question]:
    """What ``names_read`` reads: one question, or none where nothing is wanted.

    In SQL, for every panel asks it: Django would take longer to compile it than the server to answer it.
    """
    ids: dict[str, set[int]] = {}
    for entity, entry_id in wanted:
        ids.setdefault(entity, set()).add(entry_id)
    if not ids:
        return []
    arguments: list[Any] = []
    for entity, some in sorted(ids.items()):
        arguments += [sorted(some)] if entity == MODEL else [sorted(some), organization_id]
    sql = " UNION ALL ".join(_name_query(entity) for entity in sorted(ids))
    return [Question(sql, arguments, columns=6)]


@cache
def _name_query(entity: str) -> str:
    if entity == MODEL:
        return (
            f"SELECT '{MODEL}', id, {MODEL_NAME_SQL}, name, provider_name, is_placeholder "
            f"FROM {LlmModel._meta.db_table} WHERE id = ANY(%s)"
        )
    return (
        f"SELECT '{entity}', id, coalesce(nullif(name, ''), external_id), external_id, '', is_placeholder "
        f"FROM {DIRECTORIES[entity]._meta.db_table} WHERE id = ANY(%s) AND organization_id = %s"
    )


@cache
def directory_sql(entity: str) -> str:
    """SELECT of all entries of a kind, as id, name and external_id; the organization is its argument."""
    return (
        "SELECT id, coalesce(nullif(name, ''), external_id) AS name, external_id "
        f"FROM {DIRECTORIES[entity]._meta.db_table} WHERE organization_id = %s"
    )


def names_read(rows: Iterable[Any]) -> dict[Key, Name]:
    """Rows of ``name_questions`` as names. What is gone is missing."""
    return {
        (entity, entry_id): Name(
            name=name, external_id=external, detail=detail, is_placeholder=is_placeholder
        )
        for entity, entry_id, name, external, detail, is_placeholder in rows
    }


def entries(entity: str, which: Q, organization_id: int) -> "QuerySet[Any]":
    """Those of a kind of entry that ``which`` selects, with ``entity`` as a column."""
    found: QuerySet[Any] = DIRECTORIES[entity]._default_manager.filter(which, organization_id=organization_id)
    return found.order_by().annotate(entity=Value(entity))


def all_of(queries: "list[QuerySet[Any, Any]]") -> "Iterable[Any]":
    """The rows of all ``queries``, in one query; none of them asks nothing."""
    if len(queries) < 2:
        return queries[0] if queries else ()
    return queries[0].union(*queries[1:], all=True)
