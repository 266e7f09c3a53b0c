"""What stands in the web app's main navigation. A page is added here once it exists."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One page of an organization. ``url_name`` is reversed with the organization's slug."""

    title: Promise
    url_name: str
    icon: str


ORGANIZATION_PAGES: Final = (
    NavigationItem(title=_("Overview"), url_name="overview", icon="overview"),
    NavigationItem(title=_("Budgets"), url_name="budgets", icon="budgets"),
)
