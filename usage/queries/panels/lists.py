"""All panels of the product: those of usage, and those that stand on it; ``settings.PANEL_TABS`` names their list."""

from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from usage.queries.panels.registry import Panel


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelLink:
    """A page of the admin that is no panel and stands beside them; its URL takes the organization as a parameter."""

    title: Promise
    url_name: str


@cache
def panel_tabs() -> tuple[Panel | PanelLink, ...]:
    """What stands beside each other, in the order in which it is shown; pages within others are not among it."""
    found = import_string(settings.PANEL_TABS)
    return tuple(entry for entry in found if isinstance(entry, PanelLink) or not entry.within)
