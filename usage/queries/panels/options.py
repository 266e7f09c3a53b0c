"""What the filters of a panel offer to choose from, as far as the asker may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from usage.breakdown import Name
from usage.enums import RowKind
from usage.figures import Row
from usage.models import LlmModel
from usage.panels.vocabulary import DIMENSION_NAMES, UNATTRIBUTED, Dimension
from usage.progress import Spans
from usage.queries.names import DIRECTORIES, SHOWN_NAME, all_of, directory_names, entries
from usage.queries.panels.places import tools_place
from usage.queries.panels.reader import COLUMNS
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.resolve import OWN_ID
from usage.queries.panels.series import value_of

MOST_OPTIONS: Final = 200
"""Entries offered per dimension, by name; others can still be written into the address."""

Found = dict[Dimension, dict[str, str]]
"""Per dimension what can be chosen: the value in the address → the name that people read."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a filter: as the address has it, and as people read it."""

    value: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """A dimension that can be filtered by, and what it can be set to."""

    dimension: Dimension
    title: str
    options: tuple[Option, ...]

    @property
    def chosen(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if option.is_chosen)


def filter_choices(request: PanelRequest, dimensions: Sequence[Dimension]) -> tuple[FilterChoice, ...]:
    """The filters of a panel, in the order of ``dimensions``. At most five queries, whatever there is to choose.

    People who see the whole organization choose from its directory, others from what stands in their own usage.
    """
    wanted: list[Dimension] = [dimension for dimension in dimensions if dimension is not Dimension.TOOL]
    whole = request.visible.whole_organization
    found = _of_organization(request, wanted) if whole else _of_usage(request, wanted)
    if Dimension.TOOL in dimensions:
        wanted.insert(0, Dimension.TOOL)
        found[Dimension.TOOL] = _tools(request)
    return tuple(_choice(dimension, found.get(dimension, {}), request.asked.chosen) for dimension in wanted)


def model_value(provider_name: str, name: str) -> str:
    """What a filter calls a model."""
    return f"{provider_name}/{name}"


def entry_value(entry_id: int, external_id: str | None) -> str:
    """What a filter calls a department, project, member or integration."""
    return external_id or f"{OWN_ID}{entry_id}"


def filter_value(row: Row) -> str:
    """What a filter calls the entry that a breakdown's row stands for; not for rows of kind OTHER."""
    if row.kind is RowKind.UNATTRIBUTED:
        return UNATTRIBUTED
    if row.entity == Dimension.MODEL:
        return model_value(row.detail, row.external_id)
    value = value_of(row)
    return entry_value(value, row.external_id) if isinstance(value, int) else value


def _choice(dimension: Dimension, found: dict[str, str], asked: Any) -> FilterChoice:
    chosen = asked.get(dimension, ())
    # What is set stays to be seen, whether there is such a thing or not.
    names = {
        value: str(RowKind.UNATTRIBUTED.label) if value == UNATTRIBUTED else value for value in chosen
    } | found
    ordered = sorted(names.items(), key=lambda pair: (pair[0] == UNATTRIBUTED, pair[1].casefold(), pair[0]))
    return FilterChoice(
        dimension,
        str(DIMENSION_NAMES[dimension]),
        tuple(Option(value, name, value in chosen) for value, name in ordered),
    )


def _tools(request: PanelRequest) -> dict[str, str]:
    """Tools used in departments that the asker sees; of single members none are kept."""
    reader = request.reader.unfiltered()
    found = reader.sums().over_places(
        [tools_place(reader)], _shown(request), by=(Dimension.TOOL,), measures=("events",)
    )
    return _words(sorted(tool for tool, _events in found)[:MOST_OPTIONS])


def _of_organization(request: PanelRequest, wanted: Sequence[Dimension]) -> Found:
    used = _used(request, (Dimension.MODEL, Dimension.FEATURE, Dimension.PLATFORM))
    found = _models(used[Dimension.MODEL], wanted)
    for dimension in (Dimension.FEATURE, Dimension.PLATFORM):
        found[dimension] = _words(used[dimension])
    directories = [
        entries(dimension.value, Q(merged_into=None), request.organization.pk)
        .order_by("name", "external_id")
        .values_list("entity", "id", SHOWN_NAME, "external_id")[:MOST_OPTIONS]
        for dimension in wanted
        if dimension.value in DIRECTORIES
    ]
    for entity, entry_id, name, external_id in all_of(directories):
        found.setdefault(Dimension(entity), {UNATTRIBUTED: str(RowKind.UNATTRIBUTED.label)})[
            entry_value(entry_id, external_id)
        ] = name
    return found


def _of_usage(request: PanelRequest, wanted: Sequence[Dimension]) -> Found:
    reader = request.reader
    used = _used(request, list({*wanted, Dimension.MODEL} & COLUMNS.keys()))
    found = _models(used[Dimension.MODEL], wanted)
    for dimension in {Dimension.FEATURE, Dimension.PLATFORM} & used.keys():
        found[dimension] = _words(used[dimension])
    keys = {
        reader.merged.shown_as((dimension.value, entry_id))
        for dimension, ids in used.items()
        if dimension.value in DIRECTORIES
        for entry_id in ids
    }
    names = directory_names(reader.organization_id, keys)
    for entity, entry_id in keys:
        value, name = _entry(entry_id, names.get((entity, entry_id)))
        found.setdefault(Dimension(entity), {})[value] = name
    return found


def _used(request: PanelRequest, dimensions: Sequence[Dimension]) -> dict[Dimension, set[Any]]:
    """The values that stand in the usage of the days shown, as far as the asker may see; in one query."""
    found: dict[Dimension, set[Any]] = {by: set() for by in dimensions}
    for by, value, *_sums in request.reader.unfiltered().sums().over_each(_shown(request), dimensions):
        found[by].add(value)
    return found


def _shown(request: PanelRequest) -> Spans:
    return Spans(request.spans.shown, None, None)


def _entry(entry_id: int, name: Name | None) -> tuple[str, str]:
    if not entry_id:
        return UNATTRIBUTED, str(RowKind.UNATTRIBUTED.label)
    if name is None:
        return entry_value(entry_id, None), f"#{entry_id}"
    return entry_value(entry_id, name.external_id), name.name


def _models(ids: set[int], wanted: Sequence[Dimension]) -> Found:
    if not {Dimension.MODEL, Dimension.PROVIDER} & set(wanted):
        return {}
    models = list(LlmModel.objects.filter(id__in=ids).order_by())
    unnamed = {UNATTRIBUTED: str(RowKind.UNATTRIBUTED.label)} if 0 in ids else {}
    return {
        Dimension.MODEL: unnamed
        | {model_value(row.provider_name, row.name): row.title or row.name for row in models},
        Dimension.PROVIDER: unnamed | {row.provider_name: row.provider_name for row in models},
    }


def _words(words: Iterable[str]) -> dict[str, str]:
    return {word or UNATTRIBUTED: word or str(RowKind.UNATTRIBUTED.label) for word in words}
