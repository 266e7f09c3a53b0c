"""The page on data health: what came in, what became of it, what to do; and why a team's figures are what they are."""

from datetime import date
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.queries.billing_link import billing_link
from billing.queries.health_links import event_link, link_of
from teams.granted_rights import granted_rights
from teams.models import Organization
from teams.permissions import Access, may_see_data_health, may_see_invoices
from teams.queries.access import organization_and_access
from teams.queries.organizations import time_zone_on
from usage.health import BadDays, asked_days
from usage.panels.filters import FROM, TO, NotTaken
from usage.panels.parameters import check_taken
from usage.panels.vocabulary import Dimension
from usage.progress import Days
from usage.queries.health import data_health
from usage.queries.health_team import MOST_MEMBERS, team_health

CURRENCY: Final = "USD"
TEAM: Final = "team"
TAKEN: Final = (FROM, TO, Dimension.MEMBER.value)
"""Of the parameters that panels know, what this page takes; ``part`` is its own."""
SIGHTINGS: Final = 20
MOST_RECEIPTS: Final = 200
"""Rows of days and sources on one page; more are a matter for the API."""


@login_required
@require_safe
def health(request: HttpRequest, slug: str) -> HttpResponse:
    """Receipts, keys and findings (or ``?part=team``) of some UTC days, ``?from=2026-11-01&to=2026-11-07``."""
    organization, access = organization_and_access(user=request.user, organization_slug=slug)
    context: dict[str, Any] = {"organization": organization, "access": access}
    if not may_see_data_health(access):
        context["rights"] = granted_rights(access)
        return render(request, "billing/health/not_permitted.html", context, status=403)
    today = timezone.now().date()
    try:
        check_taken(dict(request.GET.lists()), TAKEN)
        days = asked_days(first=request.GET.get("from", ""), last=request.GET.get("to", ""), today=today)
    except (BadDays, NotTaken) as error:
        typed = {"first": request.GET.get("from", "")[:10], "last": request.GET.get("to", "")[:10]}
        context |= {"error": error, "typed": typed, "part": request.GET.get("part", "")}
        return render(request, "billing/health/bad_days.html", context, status=400)
    context |= {"days": days, "today": today, "currency": CURRENCY}
    if request.GET.get("part") == TEAM:
        context |= _team(request, organization, access, days, today)
        return render(request, "billing/health/team.html", context)
    return render(request, "billing/health/health.html", context | _receipts(organization, access, days))


def _receipts(organization: Organization, access: Access, days: Days) -> dict[str, Any]:
    found = data_health(organization_id=organization.pk, days=days, now=timezone.now(), sightings=SIGHTINGS)
    counts = found.totals
    return {
        "health": found,
        "receipts": found.receipts[:MOST_RECEIPTS],
        "receipts_left": max(len(found.receipts) - MOST_RECEIPTS, 0),
        "not_counted": counts.conflict + counts.quarantined + counts.invalid,
        "adds_up": all(receipt.counts.adds_up for receipt in found.receipts),
        "findings": [
            (finding, link_of(finding, organization=organization, access=access))
            for finding in found.findings
        ],
        "calls": [
            (
                seen,
                [
                    (one, event_link(one.position, organization_id=organization.pk, access=access))
                    for one in seen.events
                ],
            )
            for seen in found.sightings.calls
        ],
        "site_url": settings.SITE_URL.rstrip("/"),
    }


def _team(
    request: HttpRequest, organization: Organization, access: Access, days: Days, today: date
) -> dict[str, Any]:
    asked = request.GET.get("member", "").strip()
    return {
        "team": team_health(organization_id=organization.pk, days=days, asked=asked),
        "most_members": MOST_MEMBERS,
        "billing": billing_link(organization, today=today) if may_see_invoices(access) else None,
        "rights": granted_rights(access),
        "time_zone": time_zone_on(organization.pk, today),
        "now": timezone.now(),
    }
