"""What the overview's chart draws, and where its links lead in either face."""

from typing import Any, Final

from django import template
from django.urls import reverse
from django.utils.translation import get_language

from billing.overview_page import chart
from usage.figures import Measures
from usage.overview import Day, Overview, Series
from usage.templatetags.panels import row_title

_WEB: Final = "panel"

register = template.Library()


@register.simple_tag
def overview_chart(overview: Overview) -> dict[str, Any]:
    """The days of the month by model, for ``json_script``."""
    names = [row_title(series.row) for series in overview.series]
    return chart(overview, names=names, locale=get_language() or "en")


@register.filter
def daywise(overview: Overview) -> list[tuple[Day, list[tuple[Series, Measures]]]]:
    """Each day with what every series has on it."""
    return [
        (day, [(series, series.measures[index]) for series in overview.series])
        for index, day in enumerate(overview.days)
    ]


@register.simple_tag(takes_context=True)
def money_page(context: dict[str, Any], name: str) -> str:
    """The address of an organization's ``budgets`` or ``invoices`` in the face that the page stands in."""
    organization = context["organization"]
    if context["face"].prefix == _WEB:
        return reverse(name, args=[organization.slug])
    model = {"budgets": "budget", "invoices": "invoice"}[name]
    url = reverse(f"admin:billing_{model}_changelist")
    return f"{url}?organization__id__exact={organization.pk}"
