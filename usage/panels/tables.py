"""Which tables hold what is asked for: by day, and by month where months are kept. Pure.

A department lead's usage lies in two places: that of the departments, and the lead's own elsewhere.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from teams.enums import ScopeKind
from teams.permissions import Visible
from usage.month_sql import ALONE, KEPT_BY, SUMMED
from usage.panels.sources import NOT_BY_SCOPE, Source, daily_source
from usage.panels.vocabulary import SCOPED, Dimension

Chosen = Mapping[Dimension, Collection[Any]]
"""What a filter lets through: values in the column of each dimension that it names."""

COLUMNS: Final[Mapping[Dimension, str]] = {
    Dimension.MODEL: "model_id",
    Dimension.FEATURE: "feature",
    Dimension.DEPARTMENT: "department_id",
    Dimension.PROJECT: "project_id",
    Dimension.MEMBER: "member_id",
    Dimension.PLATFORM: "platform",
    Dimension.INTEGRATION: "integration_id",
}
"""Columns of ``usage_daily``, of ``usage_hourly`` and of events. A provider is found through its models."""

_ENTRIES_OF_FEW: Final = {Dimension.DEPARTMENT: "teams_department", Dimension.PROJECT: "teams_project"}
"""The tables of the entries of scopes that are few: each of these is asked for in the sums per scope by its id."""

_BESIDE: Final = frozenset({Dimension.MODEL, Dimension.PROVIDER, Dimension.DEPARTMENT})
"""What each row of a kept month has beside the dimension that it is kept by."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that adds up, its columns by dimension or another word, and what its rows must meet: conditions with an
    argument each."""

    name: str
    columns: Mapping[Any, str]
    where: tuple[tuple[str, Any], ...] = ()
    is_narrow: bool = False
    """Whether it has hardly more rows than values, so that to sum up each part of it for itself saves nothing."""
    is_partitioned: bool = False
    """By month: a range of days is asked for with its months, so that only those are looked at."""

    def column(self, by: str) -> str:
        """The column that a dimension is read from."""
        return self.columns[Dimension.MODEL if by is Dimension.PROVIDER else by]

    def narrowed(self, chosen: Chosen) -> "Table":
        """Only the rows that a filter lets through."""
        more = tuple((f"{self.column(by)} = ANY(%s)", sorted(values)) for by, values in chosen.items())
        return replace(self, where=(*self.where, *more))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where some of the usage lies. ``by_month`` has a table per dimension that kept months answer it by; None for
    what needs no dimension."""

    by_day: Table
    by_month: Mapping[Dimension | None, Table]

    def computed(self, columns: Mapping[Dimension, str]) -> "Place":
        """The same with SQL in place of some columns; there are no months of that."""
        if not columns:
            return self
        by_day = replace(self.by_day, columns={**self.by_day.columns, **columns})
        return Place(by_day=by_day, by_month={})

    def monthly(self, dimensions: Sequence[Dimension]) -> list[Table] | None:
        """The tables of kept months, one per dimension; None unless months answer all of them."""
        found = [self.by_month[by] for by in dimensions if by in self.by_month]
        return found if len(found) == len(dimensions) else None


def places_of(
    by: Sequence[Dimension],
    *,
    organization_id: int,
    visible: Visible,
    chosen: Chosen,
    measures: Collection[str] = SUMMED,
) -> tuple[Place, ...]:
    """Where ``measures`` of what ``visible`` covers and ``chosen`` lets through lie, to be told apart by ``by``; each
    row of usage is in one of the places. Raises ``NotOffered`` where no table answers it."""
    asked = frozenset({*by, *chosen})
    source = daily_source(asked, visible=visible, measures=measures)
    if visible.whole_organization:
        by_day = Table(Source.USAGE.value, COLUMNS)
        if source is Source.SPEND:
            by_day = _scopes(asked, organization_id, chosen) or by_day
        return (_place(by_day, by, chosen),)
    found = []
    if departments := visible.department_ids:
        among = ("department_id = ANY(%s)", sorted(departments))
        if asked <= {*_BESIDE, Dimension.FEATURE} and NOT_BY_SCOPE.isdisjoint(measures):
            by_day = _scope(Dimension.DEPARTMENT, departments)
        else:
            by_day = Table(Source.USAGE.value, COLUMNS, (among,))
        found.append(_place(by_day, by, chosen, among))
    if members := visible.member_ids:
        own: tuple[tuple[str, Any], ...] = (("member_id = ANY(%s)", sorted(members)),)
        if departments:
            own = (*own, ("NOT department_id = ANY(%s)", sorted(departments)))
        by_day = Table(Source.USAGE.value, COLUMNS, own)
        # Months keep it by member, with departments and models.
        found.append(_place(by_day, by, chosen, *_by_entry(own), beside=Dimension.MEMBER))
    return tuple(found)


def _by_entry(where: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Conditions on members, as the tables of months have them."""
    return [(text.replace("member_id", "entry_id"), argument) for text, argument in where]


def place_of(
    *,
    daily: str,
    monthly: str,
    columns: Mapping[Any, str],
    beyond: Collection[Any],
    visible: Visible,
    chosen: Chosen,
) -> Place:
    """Where usage lies that is kept by department, as tools and charges are: a lead sees that of their departments.

    Months keep all ``columns`` but those ``beyond``.
    """
    where = (
        () if visible.whole_organization else (("department_id = ANY(%s)", sorted(visible.department_ids)),)
    )
    by_day = Table(daily, columns, where).narrowed(chosen)
    if chosen.keys() & set(beyond):
        return Place(by_day=by_day, by_month={})
    return Place(by_day=by_day, by_month={None: Table(monthly, columns, where).narrowed(chosen)})


def _place(
    by_day: Table,
    by: Sequence[Dimension],
    chosen: Chosen,
    *where: tuple[str, Any],
    beside: Dimension | None = None,
) -> Place:
    """``where`` is asked of months; of a dimension, if that is ``beside`` what is asked for."""
    more = {beside} if beside else set()
    together = _month_table({*by, *chosen, *more}, where)
    by_month = {None: together} | {one: _month_table({one, *chosen, *more}, where) for one in by}
    kept = {one: table.narrowed(chosen) for one, table in by_month.items() if table}
    return Place(by_day=by_day.narrowed(chosen), by_month=kept)


def _scopes(asked: frozenset[Dimension], organization_id: int, chosen: Chosen) -> Table | None:
    """Usage summed up per scope already, where few of its rows are meant.

    The members of some days stand side by side in ``usage_daily``, and apart there.
    """
    scope = next((dimension for dimension in SCOPED if dimension in asked), None)
    if scope is None:
        return _scope(None, {organization_id})
    if scope in chosen:
        return _scope(scope, chosen[scope])
    if scope not in _ENTRIES_OF_FEW:
        return None
    columns = {Dimension.MODEL: "model_id", Dimension.FEATURE: "feature", scope: "scope_id"}
    every = f"scope_id = ANY(ARRAY(SELECT id FROM {_ENTRIES_OF_FEW[scope]} WHERE organization_id = %s) || 0::bigint)"
    return Table(Source.SPEND.value, columns, (("scope_kind = %s", scope.value), (every, organization_id)))


def _scope(scope: Dimension | None, ids: Collection[int]) -> Table:
    kind = scope.value if scope else ScopeKind.ORGANIZATION.value
    columns: dict[str, str] = {Dimension.MODEL: "model_id", Dimension.FEATURE: "feature"}
    if scope is not None:
        columns[scope] = "scope_id"
    return Table(
        Source.SPEND.value, columns, (("scope_kind = %s", kind), ("scope_id = ANY(%s)", sorted(ids)))
    )


def _month_table(asked: Collection[Dimension], where: Sequence[tuple[str, Any]]) -> Table | None:
    """What months are kept by that answers this; None where only days do."""
    beyond = set(asked) - _BESIDE
    if len(beyond) > 1 or not beyond <= KEPT_BY.keys():
        return None
    one = next(iter(beyond), None)
    columns: dict[str, str] = {Dimension.DEPARTMENT: "department_id"}
    if one:
        columns[one] = "word" if KEPT_BY[one][0] == "0" else "entry_id"
    if one in ALONE and not {Dimension.MODEL, Dimension.PROVIDER} & set(asked):
        return Table("usage_monthly", columns, (("kept_by = %s", ALONE[one]), *where), is_narrow=True)
    columns[Dimension.MODEL] = "model_id"
    kept_by = one or next(iter(KEPT_BY))
    return Table("usage_monthly", columns, (("kept_by = %s", kept_by.value), *where))
