"""What the pages of files, tools and integrations are made of beside the parts that all panels share."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.template.defaultfilters import filesizeformat
from django.urls import NoReverseMatch
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from teams.formatting import count, percent
from teams.templatetags.figures import reader_locale
from usage.panels.integration_health import HealthPoint, IntegrationPage, health_charts
from usage.panels.overlapping import ToolLine, ToolMeasures, tools_chart
from usage.queries.panels.tools import ToolsAnswer
from usage.templatetags.panels import panel_url

register = template.Library()


@register.simple_tag(takes_context=True)
def panel_url_if_any(context: dict[str, Any], name: str, **names: str) -> str:
    """The address of a panel, or nothing where there is no such panel or it cannot be called by ``names``."""
    try:
        return panel_url(context, name, **names)
    except NoReverseMatch:
        return ""


@register.filter
def file_size(size_bytes: int) -> SafeString:
    """A size in the unit that suits it; to the byte in its title, a dash where none was sent."""
    if not size_bytes:
        return format_html('<span class="quiet">{}</span>', "–")
    exact = gettext("%(count)s bytes") % {"count": count(size_bytes, locale=reader_locale())}
    return format_html('<data value="{}" title="{}">{}</data>', size_bytes, exact, filesizeformat(size_bytes))


@register.filter
def rate(value: float | None) -> SafeString:
    """A rate from 0 to 1 as per cent; a dash where there is nothing that it could be a rate of."""
    if value is None:
        return format_html('<span class="quiet">{}</span>', "–")
    exact = Decimal(str(round(value, 9)))
    return format_html('<data value="{}">{}</data>', exact, percent(exact, locale=reader_locale()))


@register.filter
def rounded(value: float) -> SafeString:
    """A computed figure, such as a median or milliseconds, as a whole number."""
    written = count(round(value), locale=reader_locale())
    return format_html('<data value="{}">{}</data>', round(value), written)


@register.simple_tag(takes_context=True)
def drawn_tools(context: dict[str, Any], answer: ToolsAnswer) -> dict[str, Any]:
    """What the chart of tools draws, for ``json_script``."""
    return tools_chart(
        answer.lines,
        bucket=answer.bucket,
        steps=answer.steps,
        currency=context["currency"],
        locale=get_language() or "en",
    )


@register.filter
def tools_stepwise(answer: ToolsAnswer) -> list[tuple[Any, list[tuple[ToolLine, ToolMeasures]]]]:
    """Each step with what every tool has in it."""
    return [
        (step, [(line, line.measures[index]) for line in answer.lines])
        for index, step in enumerate(answer.steps)
    ]


@register.simple_tag
def drawn_health(page: IntegrationPage) -> dict[str, dict[str, Any]]:
    """What the charts of an integration draw, for ``json_script``."""
    names = {
        "errors": gettext("Failed calls among all"),
        "p50": gettext("Half of the calls took at most"),
        "p95": gettext("95 of 100 calls took at most"),
    }
    return health_charts(page, names=names, locale=get_language() or "en")


@register.filter
def latest_first(points: Sequence[HealthPoint]) -> list[HealthPoint]:
    """Steps as tables of hours have them: what just happened stands on top."""
    return list(reversed(points))


@register.simple_tag
def volume_bars(volume: Sequence[int]) -> dict[str, Any]:
    """Small bars of a volume per step: left edge, top edge and height of each, 3 wide and at most 24 high."""
    largest = max((0, *volume))
    heights = [max(round(24 * calls / largest), 1) if calls > 0 else 0 for calls in volume]
    return {
        "width": max(4 * len(volume), 4),
        "label": gettext("From %(first)s to %(last)s calls, at most %(largest)s")
        % {
            "first": count(volume[0] if volume else 0, locale=reader_locale()),
            "last": count(volume[-1] if volume else 0, locale=reader_locale()),
            "largest": count(largest, locale=reader_locale()),
        },
        "bars": [(4 * index, 24 - height, height) for index, height in enumerate(heights)],
    }
