"""Panels inside the admin that need more than usage; they stand beside those of usage, at ``/admin/panels/``."""

from billing.queries.panels.registry import HEALTH, MEMBERS, MONTHS, OVERVIEW
from usage.admin.panels import panel_paths

urlpatterns = panel_paths((OVERVIEW, MONTHS, MEMBERS, HEALTH))
