"""The panels' tabs in the admin, in their order: usage itself knows nothing of what stands on it."""

from typing import Final

from billing.queries.panels.registry import AFTER_USAGE, BEFORE_USAGE
from usage.queries.panels.registry import PANELS, Panel

TABS: Final[tuple[Panel, ...]] = (*BEFORE_USAGE, *PANELS, *AFTER_USAGE)
