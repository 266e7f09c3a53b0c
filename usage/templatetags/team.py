"""Tags of the pages about the team: links that keep search, order and filter, and where rows lead."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.functional import Promise

from usage.panels.members import SORT_NAMES, MemberSort
from usage.panels.paging import SEARCH, SORT
from usage.panels.vocabulary import PART_TITLES, Dimension
from usage.queries.panels.members import MembersAnswer
from usage.queries.panels.request import PanelRequest

register = template.Library()


@register.simple_tag(takes_context=True)
def panel_all(context: dict[str, Any], name: str) -> str:
    """The address of a panel with the whole filter kept."""
    face = context["face"]
    query = context["asked"].query()
    return reverse(f"{face.prefix}-{name}", kwargs={"slug": face.slug}) + (f"?{query}" if query else "")


@register.simple_tag(takes_context=True)
def members_query(context: dict[str, Any], sort: str | None = None) -> str:
    """The query of the members' table in another order, from its first page on."""
    answer: MembersAnswer = context["answer"]
    kept = {
        SEARCH: answer.search,
        SORT: sort or ("" if answer.sort is MemberSort.COST else answer.sort.value),
    }
    query = [
        *context["asked"].parameters(),
        *((name, value) for name, value in kept.items() if value),
    ]
    return f"?{urlencode(query)}"


@register.simple_tag
def member_sorts() -> list[tuple[str, Promise]]:
    """The orders of the members' table and what they are called."""
    return [(sort.value, title) for sort, title in SORT_NAMES.items()]


@register.filter
def part_title(by: Dimension) -> str:
    """What usage by a dimension is headed with."""
    return str(PART_TITLES[by])


@register.filter
def entry_link(by: Dimension, request: PanelRequest) -> str:
    """The panel that a row of a part leads to; empty where the asker has no such page."""
    has_page = by in (Dimension.DEPARTMENT, Dimension.PROJECT, Dimension.MEMBER)
    return by.value if has_page and not request.is_own_only else ""
