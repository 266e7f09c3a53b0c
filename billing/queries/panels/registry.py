"""Which panels need more than usage. They are mounted like those of ``usage.queries.panels.registry``."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from billing.queries.panels.health import OWN, health_panel
from billing.queries.panels.members import members_with_budgets
from billing.queries.panels.months import months_panel
from billing.queries.panels.overview import overview_panel
from teams.permissions import may_see_data_health
from usage.panels.basis import TOKENS_OR_COST
from usage.panels.paging import CURSOR, PAGE_SIZE, SEARCH, SORT
from usage.panels.parameters import PERIOD, YEAR
from usage.queries.panels.registry import EVERY_DAY, Panel, sees_more_than_own

OVERVIEW: Final = Panel(
    name="overview",
    title=_("Overview"),
    path="",
    template="billing/overview/body.html",
    read=overview_panel,
    is_compared=False,
    has_range=False,
    bases=TOKENS_OR_COST,
    also=(PERIOD,),
    styles=("billing/budgets.css", "billing/overview.css"),
)
"""In the web app it is every organization's first page, with words of its own for what it cannot show."""

MONTHS: Final = Panel(
    name="months",
    title=_("Months"),
    path="months/",
    template="billing/panels/months.html",
    read=months_panel,
    is_compared=False,
    has_range=False,
    bases=TOKENS_OR_COST,
    also=(YEAR,),
)

MEMBERS: Final = Panel(
    name="members",
    title=_("Members"),
    path="team/members/",
    template="usage/panels/members.html",
    read=members_with_budgets,
    filters=EVERY_DAY,
    keeps=(SEARCH, SORT, PAGE_SIZE),
    also=(CURSOR,),
    may_see=sees_more_than_own,
    within="team",
    styles=("billing/budgets.css",),
)

HEALTH: Final = Panel(
    name="health",
    title=_("Data health"),
    path="health/",
    template="billing/health/body.html",
    read=health_panel,
    may_see=may_see_data_health,
    is_compared=False,
    has_range=False,
    own=OWN,
    styles=("billing/health.css",),
)
"""In the web app it has words of its own for what it cannot show."""

BEFORE_USAGE: Final[tuple[Panel, ...]] = (OVERVIEW,)
AFTER_USAGE: Final[tuple[Panel, ...]] = (MONTHS, HEALTH)
"""What stands before and after the panels of usage, for ``settings.PANEL_TABS``."""
