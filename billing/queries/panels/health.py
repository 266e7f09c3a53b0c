"""Data health: what came in, what became of it, what to do; and why a team's figures are what they are."""

from dataclasses import dataclass
from datetime import UTC, date
from typing import ClassVar, Final

from django.utils.translation import gettext as _

from billing.queries.billing_link import BillingLink, billing_link
from teams.granted_rights import GrantedRight, granted_rights
from teams.permissions import may_see_invoices
from usage.health import BadDays, asked_days
from usage.panels.filters import FROM, TO, BadFilter, one
from usage.progress import Days
from usage.queries.health import DataHealth, Receipt, data_health
from usage.queries.health_team import MOST_MEMBERS, TeamHealth, team_health
from usage.queries.panels.request import PanelRequest

PART: Final = "part"
TEAM: Final = "team"
MEMBER: Final = "member"
OWN: Final = (FROM, TO, MEMBER)
"""Its days are UTC days of receipt, and the member is a text that is looked for."""
SIGHTINGS: Final = 20
MOST_RECEIPTS: Final = 200
"""Rows of days and sources on one page; more are a matter for the API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptsAnswer:
    """What clients sent on some UTC days, up to ``today``."""

    part: ClassVar[str] = "receipts"
    about: str
    days: Days
    today: date
    health: DataHealth

    @property
    def rows(self) -> tuple[Receipt, ...]:
        """The receipts by day and source that one page holds."""
        return self.health.receipts[:MOST_RECEIPTS]

    @property
    def rows_left(self) -> int:
        """How many it does not hold."""
        return len(self.health.receipts) - len(self.rows)

    @property
    def not_counted(self) -> int:
        """Events that were answered and are in no figure of usage."""
        counts = self.health.totals
        return counts.conflict + counts.quarantined + counts.invalid

    @property
    def adds_up(self) -> bool:
        """Whether every event got exactly one answer, in every row."""
        return all(receipt.counts.adds_up for receipt in self.health.receipts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamAnswer:
    """Who belonged where, what ran under no member, how it is billed, what the asker may.

    ``billing`` is None where it is not the asker's to see.
    """

    part: ClassVar[str] = TEAM
    about: str
    days: Days
    team: TeamHealth
    billing: BillingLink | None
    rights: tuple[GrantedRight, ...]
    most_members: int = MOST_MEMBERS


def health_panel(request: PanelRequest) -> ReceiptsAnswer | TeamAnswer:
    """Receipts of some UTC days, by default the last seven, or with ``part=team`` what makes a team's figures.

    Raises ``BadFilter`` for days that cannot be shown.
    """
    today = request.now.astimezone(UTC).date()
    try:
        days = asked_days(first=one(request.parameters, FROM), last=one(request.parameters, TO), today=today)
    except BadDays as error:
        raise BadFilter(error.field, error.reason) from None
    name = {"name": request.organization.name}
    if one(request.parameters, PART) == TEAM:
        return _team(
            request, days, today, _("Why the figures of a team of %(name)s are what they are") % name
        )
    return ReceiptsAnswer(
        about=_("What clients sent to %(name)s, and what became of it") % name,
        days=days,
        today=today,
        health=data_health(
            organization_id=request.organization.pk, days=days, now=request.now, sightings=SIGHTINGS
        ),
    )


def _team(request: PanelRequest, days: Days, today: date, about: str) -> TeamAnswer:
    organization, access = request.organization, request.access
    asked = one(request.parameters, MEMBER).strip()
    return TeamAnswer(
        about=about,
        days=days,
        team=team_health(organization_id=organization.pk, days=days, asked=asked),
        billing=billing_link(organization, today=today) if may_see_invoices(access) else None,
        rights=granted_rights(access),
    )
