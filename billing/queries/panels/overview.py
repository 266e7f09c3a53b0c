"""The overview of a billing month: usage, projection, models and teams, and how plan, invoice and budgets stand."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from billing.months import parse_month
from billing.overview_page import Bars, MonthChoice, bars_by_cost, bars_by_tokens
from billing.queries.budgets import BudgetState
from billing.queries.months import months_to_show
from billing.queries.standing import Standing, overview_and_standing
from teams.permissions import may_manage_keys
from usage.figures import Measures, total
from usage.overview import Overview
from usage.panels.filters import BadFilter, one
from usage.panels.parameters import PERIOD
from usage.queries.panels.request import PanelRequest

MOST_BUDGETS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewAnswer:
    """What the page of the overview shows; ``budgets`` are those that stand worst."""

    heading: str
    overview: Overview
    standing: Standing
    choice: MonthChoice
    budgets: tuple[BudgetState, ...]
    by_tokens: Bars
    by_cost: Bars
    shared_total: Measures
    may_manage_keys: bool
    site_url: str


def overview_panel(request: PanelRequest) -> OverviewAnswer:
    """The month in progress, or the one that ``period`` names. Raises ``BadFilter`` where there is no such month."""
    organization = request.organization
    answer = overview_and_standing(
        organization=organization, access=request.access, month=_asked_month(request), found=request.bearings
    )
    if answer is None:
        raise BadFilter(PERIOD, _("There is no such billing period, or it has not begun."))
    found, standing = answer
    months = months_to_show(organization_id=organization.pk, now=request.now)
    return OverviewAnswer(
        heading=_("Your usage") if request.is_own_only else _("Overview"),
        overview=found,
        standing=standing,
        choice=MonthChoice(sorted({*months, found.period.month}, reverse=True), found.period.month),
        budgets=standing.budgets.states[:MOST_BUDGETS] if standing.budgets else (),
        by_tokens=bars_by_tokens(found),
        by_cost=bars_by_cost(found),
        shared_total=total(row.measures for row in found.shared),
        may_manage_keys=may_manage_keys(request.access),
        site_url=settings.SITE_URL.rstrip("/"),
    )


def _asked_month(request: PanelRequest) -> date | None:
    text = one(request.parameters, PERIOD)
    if not text:
        return None
    month = parse_month(text)
    if month is None:
        raise BadFilter(PERIOD, _("The period is a month such as 2026-11."))
    return month
