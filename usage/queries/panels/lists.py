"""All panels of the product: those of usage, and those that stand on it; ``settings.PANEL_TABS`` names their list."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from usage.queries.panels.registry import Panel


@cache
def panel_tabs() -> tuple[Panel, ...]:
    """What stands beside each other, in the order in which it is shown; pages within others are not among it."""
    found: tuple[Panel, ...] = import_string(settings.PANEL_TABS)
    return tuple(panel for panel in found if not panel.within)
