"""What stands in the web app's main navigation. A page is added here once it exists."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teams.permissions import Access, may_see_data_health, may_see_invoices, may_see_others_usage


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One page of an organization. ``url_name`` is reversed with the organization's slug.

    ``may_see`` says who has it in their navigation; without it everyone of the organization. Pages of one ``group``
    stand together under its name.
    """

    title: Promise
    url_name: str
    icon: str
    may_see: Callable[[Access], bool] | None = None
    group: Promise | str = ""


_USAGE: Final = _("Usage")
_TEAM: Final = _("Team")
_MONEY: Final = _("Money")

ORGANIZATION_PAGES: Final = (
    NavigationItem(title=_("Overview"), url_name="overview", icon="overview"),
    NavigationItem(title=_("Chats"), url_name="panel-chats", icon="chats", group=_USAGE),
    NavigationItem(title=_("Files"), url_name="panel-files", icon="files", group=_USAGE),
    NavigationItem(title=_("Features"), url_name="panel-features", icon="features", group=_USAGE),
    NavigationItem(
        title=_("Tools"), url_name="panel-tools", icon="tools", may_see=may_see_others_usage, group=_USAGE
    ),
    NavigationItem(title=_("Patterns"), url_name="panel-patterns", icon="patterns", group=_USAGE),
    NavigationItem(title=_("Trends"), url_name="panel-trends", icon="trends", group=_USAGE),
    NavigationItem(title=_("Integrations"), url_name="panel-integrations", icon="integrations", group=_USAGE),
    NavigationItem(
        title=_("Data health"), url_name="health", icon="health", may_see=may_see_data_health, group=_USAGE
    ),
    NavigationItem(
        title=_("Team"), url_name="panel-team", icon="team", may_see=may_see_others_usage, group=_TEAM
    ),
    NavigationItem(title=_("Costs"), url_name="panel-costs", icon="costs", group=_MONEY),
    NavigationItem(title=_("Months"), url_name="panel-months", icon="months", group=_MONEY),
    NavigationItem(title=_("Budgets"), url_name="budgets", icon="budgets", group=_MONEY),
    NavigationItem(
        title=_("Invoices"), url_name="invoices", icon="invoices", may_see=may_see_invoices, group=_MONEY
    ),
)
