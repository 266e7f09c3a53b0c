"""Tags of the pages of panels: their links in whichever face they stand, and what their charts draw."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext

from teams.colours import OTHER, colour_slots
from usage.enums import RowKind
from usage.figures import Measures, Row
from usage.panels.answers import SeriesLine, Timeseries
from usage.panels.buckets import Step
from usage.panels.chart import chart_of
from usage.panels.filters import COMPARE
from usage.panels.parameters import BASIS, DAYS
from usage.queries.panels.options import FilterChoice, Option, filter_value
from usage.queries.panels.registry import PANELS

register = template.Library()


@register.filter
def row_title(row: Row) -> str:
    """What a breakdown's line is called."""
    if row.kind is RowKind.OTHER:
        return ngettext("%(count)s other", "%(count)s others", row.entries) % {"count": row.entries}
    if row.kind is RowKind.UNATTRIBUTED:
        return gettext("Unattributed")
    return row.name or row.external_id


@register.filter
def is_rest(row: Row) -> bool:
    """Whether the line stands for no single entry."""
    return row.kind is not RowKind.NAMED


@register.simple_tag(takes_context=True)
def panel_url(context: dict[str, Any], name: str, **names: str) -> str:
    """The address of a panel in the face that the page stands in, the days and the comparison kept if it has any."""
    url = reverse(f"{context['face'].prefix}-{name}", kwargs={"slug": context["face"].slug, **names})
    target = next((panel for panel in PANELS if panel.name == name), context["panel"])
    kept = [
        (name, value)
        for name, value in context["asked"].parameters()
        if name in (*DAYS, COMPARE) and name in target.takes
    ]
    return f"{url}?{urlencode(kept)}" if kept else url


@register.simple_tag(takes_context=True)
def panel_for(context: dict[str, Any], name: str, row: Row) -> str:
    """The address of a panel, filtered by the entry of a breakdown's row, the rest of the filter kept.

    A panel that is named like what the row is one of is the page of that entry; usage that named none has no page
    and is shown by the team's.
    """
    face = context["face"]
    changed: dict[str, str | None] = {**getattr(context.get("answer"), "narrowed_to", {})}
    kwargs = {"slug": face.slug}
    if name != row.entity:
        changed[row.entity] = filter_value(row)
    elif row.kind is RowKind.NAMED:
        changed[row.entity] = None
        kwargs["entry"] = str(row.id)
    else:
        changed[row.entity], name = filter_value(row), "team"
    query = context["asked"].query(**changed)
    return reverse(f"{face.prefix}-{name}", kwargs=kwargs) + (f"?{query}" if query else "")


@register.simple_tag(takes_context=True)
def panel_root(context: dict[str, Any]) -> str:
    """What the addresses of all panels of this organization begin with, on this face."""
    face, panel = context["face"], PANELS[0]
    return reverse(f"{face.prefix}-{panel.name}", kwargs={"slug": face.slug}).removesuffix(panel.path)


@register.simple_tag(takes_context=True)
def filter_query(context: dict[str, Any], **changed: str | None) -> str:
    """This page's query with some parameters changed; the basis and what the panel keeps stay unless changed."""
    return f"?{context['asked'].query(**(dict(_kept(context)) | changed))}"


@register.simple_tag(takes_context=True)
def without(context: dict[str, Any], choice: FilterChoice, option: Option) -> str:
    """This page's query with one value of the filter taken out."""
    left = [
        (name, value)
        for name, value in context["asked"].parameters()
        if (name, value) != (choice.dimension.value, option.value)
    ]
    return f"?{urlencode([*left, *_kept(context)])}"


def _kept(context: dict[str, Any]) -> list[tuple[str, str]]:
    """What stays in the links of a page beside the filter."""
    bases, by = context["panel"].bases, context.get("by")
    basis = [(BASIS, by)] if by in bases[1:] else []
    return [*basis, *context.get("kept", ())]


@register.simple_tag(takes_context=True)
def series_chart(context: dict[str, Any], series: Timeseries, kind: str = "bars") -> dict[str, Any]:
    """What the chart of a series draws, for ``json_script``."""
    lines = series.series or (None,)
    names = [row_title(line.row) if line else gettext("Total") for line in lines]
    return chart_of(
        series,
        names=names,
        kind=kind,
        slots=[slot for _line, slot in coloured(series.series)] or [1],
        currency=context["currency"],
        locale=get_language() or "en",
    )


@register.filter
def coloured(lines: Iterable[SeriesLine]) -> list[tuple[SeriesLine, int]]:
    """Lines of a series, each with the number of its colour."""
    found = list(lines)
    slots = colour_slots(line.row.id for line in found if line.row.kind is RowKind.NAMED)
    return [
        (line, slots.get(line.row.id, OTHER) if line.row.kind is RowKind.NAMED else OTHER) for line in found
    ]


@register.filter
def by_step(line: SeriesLine, series: Timeseries) -> list[tuple[Step, Measures]]:
    """What a line has in each step."""
    return list(zip(series.steps, line.measures, strict=True))


@register.filter
def stepwise(series: Timeseries) -> list[tuple[Step, list[tuple[SeriesLine, Measures]], Measures]]:
    """Each step with what every line and all together have in it."""
    return [
        (step, [(line, line.measures[index]) for line in series.series], series.totals[index])
        for index, step in enumerate(series.steps)
    ]
