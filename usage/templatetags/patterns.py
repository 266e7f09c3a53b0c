"""Tags of the pages of patterns and trends: hours of the week, cells of the heat map, changes with their sign."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from teams import formatting
from teams.templatetags.figures import count, money, reader_locale
from usage.figures import Measures
from usage.panels.basis import BASIS_NAMES, Basis, amount
from usage.panels.buckets import Step
from usage.panels.heat import STEPS, HeatCell, Heatmap, scale_of
from usage.panels.quiet import QuietWindow
from usage.panels.weeks_chart import weeks_chart_of
from usage.queries.panels.trends import TrendsAnswer

register = template.Library()


@dataclass(frozen=True, slots=True)
class HeatScale:
    """How the figures of a heat map are written: all of them divided by the same, with as many decimals."""

    divisor: int
    places: int
    unit: str


@register.filter
def weekday(value: int) -> str:
    """The name of a weekday."""
    return formatting.weekday(value, locale=reader_locale())


@register.filter
def weekday_short(value: int) -> str:
    """The short name of a weekday."""
    return formatting.weekday(value, locale=reader_locale(), width="abbreviated")


@register.filter
def clock_hour(value: int) -> str:
    """An hour as the clock shows it: ``09:00``; the end of a day is ``24:00``."""
    return f"{value:02}:00"


@register.filter
def clock_span(first: int) -> str:
    """An hour from its beginning to its end."""
    return f"{first:02}:00–{first + 1:02}:00"


@register.filter
def window_text(window: QuietWindow) -> str:
    """A quiet window with its length."""
    if window.hours == 24:
        return gettext("all day")
    return gettext("%(first)s–%(until)s, %(hours)d h") % {
        "first": clock_hour(window.first_hour),
        "until": clock_hour(window.until),
        "hours": window.hours,
    }


@register.simple_tag(takes_context=True)
def heat_scale(context: dict[str, Any], heatmap: Heatmap, largest: Decimal) -> HeatScale:
    """How figures of a heat map up to ``largest`` are written, and in what unit."""
    divisor, places = scale_of(largest, heatmap.basis)
    units = {
        1: "",
        1_000: gettext("thousands"),
        1_000_000: gettext("millions"),
        1_000_000_000: gettext("billions"),
    }
    name = context["currency"] if heatmap.basis is Basis.COST else str(BASIS_NAMES[heatmap.basis]).lower()
    unit = name if divisor == 1 else gettext("%(name)s in %(unit)s") % {"name": name, "unit": units[divisor]}
    return HeatScale(divisor, places, unit)


@register.simple_tag
def heat_value(average: Decimal | None, scale: HeatScale) -> SafeString:
    """An average on the scale of its heat map; a dash for an hour that never came, and nothing as 0."""
    if average is None:
        return format_html('<span class="quiet">{}</span>', "–")
    if not average:
        return format_html('<data value="0">{}</data>', "0")
    text = formatting.decimal(average / scale.divisor, places=scale.places, locale=reader_locale())
    return format_html('<data value="{}">{}</data>', f"{average:f}", text.replace(" ", ""))


@register.simple_tag
def heat_is_unpriced(cell: HeatCell, heatmap: Heatmap) -> bool:
    """Whether a cell of costs has none only because its usage has no price yet."""
    return bool(heatmap.basis is Basis.COST and cell.measures.unpriced_events and not cell.average)


@register.simple_tag
def heat_bounds(heatmap: Heatmap, scale: HeatScale) -> list[tuple[int, str]]:
    """The steps of the colours, each with the most that it stands for."""
    return [
        (
            step,
            formatting.decimal(
                heatmap.largest * step / STEPS / scale.divisor, places=scale.places, locale=reader_locale()
            ),
        )
        for step in range(1, STEPS + 1)
    ]


@register.simple_tag(takes_context=True)
def of_basis(context: dict[str, Any], value: Decimal | int, basis: Basis) -> SafeString:
    """A figure of the basis in full: money, or whole tokens or calls."""
    value = Decimal(value)
    if basis is Basis.COST:
        return money(value, context["currency"])
    if basis is Basis.CALLS and value < 100:
        return format_html("{}", formatting.decimal(value, places=1, locale=reader_locale()))
    return count(value.quantize(Decimal(1)))


@register.simple_tag(takes_context=True)
def signed(context: dict[str, Any], value: Decimal | int, basis: Basis) -> SafeString:
    """A difference with its sign, in full."""
    sign = "+" if value > 0 else ""
    return format_html("{}{}", sign, of_basis(context, value, basis))


@register.filter
def basis_amount(measures: Any, basis: Basis) -> Decimal:
    """The figure of the basis."""
    return amount(measures, basis)


@register.filter
def index_text(value: Decimal) -> str:
    """An index, 100 for an average day, as a whole number."""
    return formatting.count(value.quantize(Decimal(1)), locale=reader_locale())


@register.simple_tag(takes_context=True)
def weeks_chart(context: dict[str, Any], answer: TrendsAnswer) -> dict[str, Any]:
    """What the chart of weeks draws, for ``json_script``."""
    return weeks_chart_of(
        answer.weeks,
        answer.on_spikes,
        names=(gettext("Usual days"), gettext("Days far above the usual")),
        currency=context["currency"],
        locale=get_language() or "en",
    )


@register.filter
def weekwise(answer: TrendsAnswer) -> list[tuple[Step, Measures, Measures, Measures]]:
    """Each week with its total, what falls on usual days and what on spikes."""
    return [
        (step, whole, whole - on_spikes, on_spikes)
        for step, whole, on_spikes in zip(
            answer.weeks.steps, answer.weeks.totals, answer.on_spikes, strict=True
        )
    ]
