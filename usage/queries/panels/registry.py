"""Which panels of usage there are: one row each, read alike by the web app and the admin."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teams.permissions import Access, may_see_others_usage, usage_scope
from usage.panels.basis import TOKENS_OR_COST, Basis
from usage.panels.filters import COMPARE
from usage.panels.paging import CURSOR, PAGE_SIZE, SEARCH, SORT
from usage.panels.parameters import BASIS, DAYS, DRIVER
from usage.panels.sources import Source, offered
from usage.panels.vocabulary import Dimension
from usage.queries.panels.chat import chat_panel
from usage.queries.panels.chats import CHAT_FILTERS, chats_panel
from usage.queries.panels.costs import costs_panel
from usage.queries.panels.entry import department_page, member_page, project_page
from usage.queries.panels.features import features_panel
from usage.queries.panels.files import file_panel, files_panel
from usage.queries.panels.integrations import (
    INTEGRATION_FILTERS,
    PAGE_FILTERS,
    integration_panel,
    integrations_panel,
)
from usage.queries.panels.message import message_panel
from usage.queries.panels.patterns import BASES as PATTERNS_BASES
from usage.queries.panels.patterns import patterns_panel
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.team import team_panel
from usage.queries.panels.tools import TOOL_FILTERS, tools_panel
from usage.queries.panels.trends import trends_panel


def sees_usage(access: Access) -> bool:
    """Whether any usage may be seen at all, if only the asker's own."""
    return not usage_scope(access).is_nothing


sees_more_than_own: Final = may_see_others_usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One page of usage. ``read`` gives the answer that ``template`` shows, or None where there is no such thing.

    ``name`` names its URLs ("panel-features", "admin-panel-features"), ``path`` is where it stands below an
    organization; parts in angle brackets are ``PanelRequest.names``. ``filters`` are the dimensions that it can be
    filtered by, in the order in which they are offered. ``is_compared`` is False for pages that compare nothing.
    A page ``within`` another has no tab of its own. ``bases`` are what its page can draw or rank by, the first of
    them unless ``basis`` says otherwise. Of its own parameters ``keeps`` names those that stay when the filter is
    changed, ``also`` the others, and ``own`` those that are called like parameters of the filter and mean something
    else here. ``styles`` are style sheets that it needs beside the common ones.
    """

    name: str
    title: Promise
    path: str
    template: str
    read: Callable[[PanelRequest], Any]
    filters: tuple[Dimension, ...] = ()
    may_see: Callable[[Access], bool] = sees_usage
    is_compared: bool = True
    has_range: bool = True
    within: str = ""
    bases: tuple[Basis, ...] = ()
    keeps: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()

    @property
    def takes(self) -> frozenset[str]:
        """The names of all parameters that this page can be asked with."""
        return frozenset(
            (
                *(dimension.value for dimension in self.filters),
                *(DAYS if self.has_range else ()),
                *((COMPARE,) if self.has_range and self.is_compared else ()),
                *((BASIS,) if self.bases else ()),
                *self.keeps,
                *self.also,
                *self.own,
            )
        )


EVERY_DAY: Final = (
    Dimension.MODEL,
    Dimension.PROVIDER,
    Dimension.FEATURE,
    Dimension.DEPARTMENT,
    Dimension.PROJECT,
    Dimension.MEMBER,
    Dimension.PLATFORM,
    Dimension.INTEGRATION,
)
"""What every panel of sums by day can be filtered and broken down by."""
assert set(EVERY_DAY) == offered(Source.USAGE)

BY_CHARGE: Final = (
    Dimension.MODEL,
    Dimension.PROVIDER,
    Dimension.FEATURE,
    Dimension.DEPARTMENT,
    Dimension.PROJECT,
)
"""What sums by kind of charge can be filtered by."""
assert set(BY_CHARGE) == offered(Source.CHARGES)


def without(dimension: Dimension) -> tuple[Dimension, ...]:
    """What the page of one entry of ``dimension`` can be filtered by."""
    return tuple(other for other in EVERY_DAY if other is not dimension)


EVERY_HOUR: Final = (
    Dimension.MODEL,
    Dimension.PROVIDER,
    Dimension.FEATURE,
    Dimension.DEPARTMENT,
    Dimension.PLATFORM,
    Dimension.INTEGRATION,
)
"""What sums by hour can be filtered by, whoever asks."""
assert set(EVERY_HOUR) == offered(Source.HOURS)

PANELS: Final[tuple[Panel, ...]] = (
    Panel(
        name="chats",
        title=_("Chats"),
        path="chats/",
        template="usage/panels/chats.html",
        read=chats_panel,
        filters=CHAT_FILTERS,
        is_compared=False,
        keeps=(SEARCH, SORT, PAGE_SIZE),
        also=(CURSOR,),
    ),
    # Before the chat, whose id may hold slashes.
    Panel(
        name="message",
        title=_("Message"),
        path="chats/<path:conversation_id>/messages/<path:message_id>/",
        template="usage/panels/message.html",
        read=message_panel,
        is_compared=False,
        has_range=False,
        within="chats",
        also=DAYS,
    ),
    Panel(
        name="chat",
        title=_("Chat"),
        path="chats/<path:conversation_id>/",
        template="usage/panels/chat.html",
        read=chat_panel,
        is_compared=False,
        has_range=False,
        within="chats",
        keeps=(PAGE_SIZE,),
        # A chat is told from its beginning to its end: these are the days of the list that it was opened from.
        also=(*DAYS, CURSOR),
    ),
    Panel(
        name="files",
        title=_("Files"),
        path="files/",
        template="usage/panels/files.html",
        read=files_panel,
        has_range=False,
        keeps=(SEARCH, PAGE_SIZE),
        also=(CURSOR,),
    ),
    Panel(
        name="file",
        title=_("File"),
        path="files/<path:file_id>/",
        template="usage/panels/file.html",
        read=file_panel,
        has_range=False,
        within="files",
    ),
    Panel(
        name="features",
        title=_("Features"),
        path="features/",
        template="usage/panels/features.html",
        read=features_panel,
        filters=EVERY_DAY,
        bases=TOKENS_OR_COST,
    ),
    Panel(
        name="tools",
        title=_("Tools"),
        path="tools/",
        template="usage/panels/tools.html",
        read=tools_panel,
        filters=TOOL_FILTERS,
        # Tools are kept for departments, not for single members.
        may_see=sees_more_than_own,
        bases=TOKENS_OR_COST,
    ),
    Panel(
        name="integrations",
        title=_("Integrations"),
        path="integrations/",
        template="usage/panels/integrations.html",
        read=integrations_panel,
        filters=INTEGRATION_FILTERS,
    ),
    Panel(
        name="integration",
        title=_("Integration"),
        path="integrations/<path:integration_id>/",
        template="usage/panels/integration.html",
        read=integration_panel,
        filters=PAGE_FILTERS,
        within="integrations",
    ),
    Panel(
        name="team",
        title=_("Team"),
        path="team/",
        template="usage/panels/team.html",
        read=team_panel,
        filters=EVERY_DAY,
        may_see=sees_more_than_own,
        bases=TOKENS_OR_COST,
    ),
    Panel(
        name="member",
        title=_("Member"),
        path="team/members/<str:entry>/",
        template="usage/panels/entry.html",
        read=member_page,
        filters=without(Dimension.MEMBER),
        bases=TOKENS_OR_COST,
        within="team",
    ),
    Panel(
        name="department",
        title=_("Department"),
        path="team/departments/<str:entry>/",
        template="usage/panels/entry.html",
        read=department_page,
        filters=without(Dimension.DEPARTMENT),
        bases=TOKENS_OR_COST,
        may_see=sees_more_than_own,
        within="team",
    ),
    Panel(
        name="project",
        title=_("Project"),
        path="team/projects/<str:entry>/",
        template="usage/panels/entry.html",
        read=project_page,
        filters=without(Dimension.PROJECT),
        bases=TOKENS_OR_COST,
        may_see=sees_more_than_own,
        within="team",
    ),
    Panel(
        name="patterns",
        title=_("Patterns"),
        path="patterns/",
        template="usage/panels/patterns.html",
        read=patterns_panel,
        filters=EVERY_HOUR,
        is_compared=False,
        bases=PATTERNS_BASES,
    ),
    Panel(
        name="trends",
        title=_("Trends"),
        path="trends/",
        template="usage/panels/trends.html",
        read=trends_panel,
        filters=EVERY_DAY,
        is_compared=False,
        bases=TOKENS_OR_COST,
        keeps=(DRIVER,),
    ),
    Panel(
        name="costs",
        title=_("Costs"),
        path="costs/",
        template="usage/panels/costs.html",
        read=costs_panel,
        filters=BY_CHARGE,
    ),
)


def panel_around(panel: Panel, access: Access) -> Panel | None:
    """The panel that ``panel`` stands within, if it is one of these and may be seen."""
    return next((other for other in PANELS if other.name == panel.within and other.may_see(access)), None)
