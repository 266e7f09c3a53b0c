"""Words of charts: the title above each, with unit, days, zone and as-of time, and what its picture is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from teams import formatting
from teams.templatetags.figures import count, money, reader_locale
from usage.figures import Measures
from usage.panels.answers import Timeseries
from usage.panels.basis import Basis
from usage.panels.overlapping import ToolMeasures
from usage.panels.vocabulary import DIMENSION_NAMES, Bucket, Dimension

_UNITS: Final = {
    "tokens": gettext_lazy("tokens"),
    "rate": gettext_lazy("% of all calls"),
    "ms": gettext_lazy("milliseconds"),
}
"""Of measures that are not money."""
_STEPS: Final = {
    Bucket.HOUR: gettext_lazy("by hour"),
    Bucket.DAY: gettext_lazy("by day"),
    Bucket.WEEK: gettext_lazy("by week"),
    Bucket.MONTH: gettext_lazy("by month"),
}

register = template.Library()


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a chart by one of its measures; with ``attributes`` the words go with the measure shown."""

    measure: str
    title: str
    unit: str
    heard: str
    attributes: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartWords:
    """A chart's words by the name of each measure that it can show; ``shown`` are those that the page is by."""

    said: Mapping[str, Said]
    shown: Said
    step: str
    first: date
    last: date

    @property
    def only(self) -> str:
        """The measure of a chart that has no other."""
        return self.shown.measure if len(self.said) == 1 else ""


@register.simple_tag(takes_context=True)
def said_by(context: dict[str, Any], measure: str) -> SafeString:
    """The attributes of what is said of one measure alone: it is hidden while the page is by another."""
    hidden = "" if measure == context["by"] else " hidden"
    return format_html('data-said-by="{}"{}', measure, hidden)


@register.simple_tag(takes_context=True)
def chart_words(
    context: dict[str, Any], bucket: Bucket, first: date, last: date, **titles: str
) -> ChartWords:
    """The words of a chart of these days, with its title by each measure: ``tokens``, ``cost``, ``rate``, ``ms``."""
    step = str(_STEPS[Bucket(bucket)])
    days = formatting.day_range(first, last, locale=reader_locale())
    said = {}
    for measure, title in titles.items():
        unit = context["currency"] if measure == Basis.COST else str(_UNITS[measure])
        heard = f"{title}: {unit} {step}, {days}, {context['time_zone']}."
        attributes = said_by(context, measure) if len(titles) > 1 else SafeString()
        said[measure] = Said(measure, title, unit, heard, attributes)
    shown = said.get(context["by"]) or next(iter(said.values()))
    return ChartWords(said=said, shown=shown, step=step, first=first, last=last)


@register.simple_tag(takes_context=True)
def series_words(context: dict[str, Any], series: Timeseries, only: str = "", **titles: str) -> ChartWords:
    """The words of a series' chart, by tokens and by cost or by ``only`` one of them."""
    first, last = series.steps[0].days.first, series.steps[-1].days.last
    shown = {
        measure: title for measure, title in (titles or _titles(series.by)).items() if only in ("", measure)
    }
    return chart_words(context, series.bucket, first, last, **shown)


@register.simple_tag(takes_context=True)
def by_each(context: dict[str, Any], words: ChartWords, measures: Measures | ToolMeasures) -> SafeString:
    """A cell of a chart's table: the figure by each measure of the chart, so that either can be shown."""
    # Not a template of its own: a table has hundreds of these.
    return format_html_join(
        "",
        "<span {}>{}</span>",
        (
            (
                said.attributes,
                _cost(context, measures) if measure == Basis.COST else count(measures.total_tokens),
            )
            for measure, said in words.said.items()
        ),
    )


def _cost(context: dict[str, Any], measures: Measures | ToolMeasures) -> SafeString:
    if measures.unpriced_events:
        return render_to_string(
            "usage/panels/cost.html", {"measures": measures, "currency": context["currency"]}
        )
    return money(measures.contracted_cost, context["currency"])


def _titles(by: Dimension | None) -> dict[str, str]:
    if by is None:
        return {"tokens": gettext("Tokens over time"), "cost": gettext("Cost over time")}
    name = {"dimension": str(DIMENSION_NAMES[by]).lower()}
    return {
        "tokens": gettext("Tokens by %(dimension)s over time") % name,
        "cost": gettext("Cost by %(dimension)s over time") % name,
    }
