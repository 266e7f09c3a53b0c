"""Small line icons, drawn in place so that nothing has to be fetched. They never stand without a word."""

from collections.abc import Mapping
from typing import Final

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_PATHS: Final[Mapping[str, str]] = {
    "overview": "M2.5 13.5h11M4 11V7.5M8 11V3M12 11V5.5",
    "budgets": "M2.5 11.5a5.5 5.5 0 0 1 11 0M8 11.5l2.8-3.6M2.5 13.5h11",
    "invoices": "M4 2.5h8v11l-2-1.3-2 1.3-2-1.3-2 1.3zM6 6h4M6 8.5h4",
    "health": "M1.5 8.5h3l2-5 3 9 2-4h3",
    "filter": "M2 4h12M4.5 8h7M6.5 12h3",
    "close": "M4.5 4.5l7 7M11.5 4.5l-7 7",
    "features": "M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z",
    "chats": "M2.5 3h11v8h-6l-3 2.5V11h-2z",
    "files": "M4 1.5h5l3 3v10H4zM9 1.5v3h3",
    "tools": "M9.5 2.5a3.5 3.5 0 0 0-3 5L2 12l2 2 4.5-4.5a3.5 3.5 0 0 0 5-3L11 9 8 8 7 5z",
    "patterns": "M2.5 2.5h3v3h-3zM6.5 6.5h3v3h-3zM10.5 2.5h3v3h-3zM2.5 10.5h3v3h-3zM10.5 10.5h3v3h-3z",
    "trends": "M2 12l4-4.5 3 2.5 5-6M10.5 4H14v3.5",
    "months": "M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 1.8v3M10.5 1.8v3",
    "team": "M6 7a2.3 2.3 0 1 0 0-4.6A2.3 2.3 0 0 0 6 7zM1.5 13c.3-2.6 2-4 4.5-4s4.2 1.4 4.5 4"
    "M10.5 2.6a2.3 2.3 0 0 1 0 4.3M12 9.3c1.5.5 2.3 1.8 2.5 3.7",
    "costs": "M8 1.8v12.4M11 4.5C10.3 3.6 9.3 3.2 8 3.2c-1.9 0-3 .9-3 2.3 0 3.2 6.2 1.7 6.2 4.9 "
    "0 1.5-1.3 2.4-3.2 2.4-1.5 0-2.7-.5-3.4-1.6",
    "integrations": "M6 2v3M10 2v3M4.5 5h7v3a3.5 3.5 0 0 1-7 0zM8 11.5V14",
    "organizations": "M2.5 13.5h11M4 13.5v-10h5v10M9 6.5h3.5v7M6 6h1M6 8.5h1M6 11h1",
    "admin": "M3 4h10M3 8h10M3 12h10M6 2.5v3M10.5 6.5v3M5 10.5v3",
    "account": "M8 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 13.5c.4-2.6 2.4-4 5-4s4.6 1.4 5 4",
    "sign-out": "M9 3H3.5v10H9M7 8h6.5M11 5.5 13.5 8 11 10.5",
    "theme": "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
    "menu": "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
    "previous": "M10 3.5 5.5 8 10 12.5",
    "next": "M6 3.5 10.5 8 6 12.5",
    "up": "M8 13V3.5M4 7.5 8 3.5l4 4",
    "down": "M8 3v9.5M4 8.5l4 4 4-4",
    "same": "M3 8h9.5M8.5 4l4 4-4 4",
    "ok": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.5 8.2l1.8 1.8 3.4-3.8",
    "notice": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.3v3.7M8 5v.2",
    "warning": "M8 2.5 14.2 13.5H1.8zM8 6.5v3.3M8 11.6v.2",
    "caution": "M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5zM8 5v3.8M8 10.8v.2",
    "critical": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """The icon ``name``, hidden from screen readers: the word beside it says what it means."""
    return format_html(
        '<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>',
        mark_safe(_PATHS[name]),  # noqa: S308  # our own drawing, not input
    )
