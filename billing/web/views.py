"""The overview page."""

from datetime import date, datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from billing.queries.months import months_to_show
from billing.queries.standing import standing_of
from billing.web import overview_page
from billing.web.overview_page import CURRENCY, MonthChoice
from teams.models import Organization
from teams.permissions import Access, may_manage_keys, usage_scope
from teams.queries.access import access_for
from usage.figures import total
from usage.overview import Overview
from usage.queries.overview import usage_overview
from usage.templatetags.panels import row_title

BASES: Final = ("tokens", "cost")
MOST_BUDGETS: Final = 4


@login_required
@require_safe
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """Tokens, cost, projection, models and teams of one billing month, as far as the reader may see them."""
    access = access_for(user=request.user, organization_slug=slug)
    organization = Organization.objects.get(pk=access.organization_id)
    visible = usage_scope(access)
    if visible.is_nothing:
        return render(request, "billing/no_usage_visible.html", {"organization": organization}, status=403)
    now = timezone.now()
    asked = request.GET.get("period", "")
    month = _month(asked)
    found = None
    if month is not None or not asked:
        found = usage_overview(organization=organization, visible=visible, now=now, month=month)
    months = months_to_show(organization_id=organization.id, now=now)
    if found is None:
        context = {"organization": organization, "access": access, "asked": asked, "months": months}
        return render(request, "billing/no_such_period.html", context, status=404)
    by = request.GET.get("by", "")
    choice = MonthChoice(sorted({*months, found.period.month}, reverse=True), found.period.month)
    context = _page(found, access=access, by=by if by in BASES else BASES[0], now=now)
    standing = standing_of(organization=organization, access=access, overview=found, now=now)
    context["standing"] = standing
    context["budgets"] = standing.budgets.states[:MOST_BUDGETS] if standing.budgets else ()
    return render(
        request, "billing/overview.html", {"organization": organization, "choice": choice, **context}
    )


def _page(found: Overview, *, access: Access, by: str, now: datetime) -> dict[str, Any]:
    names = [row_title(series.row) for series in found.series]
    return {
        "access": access,
        "overview": found,
        "by": by,
        "currency": CURRENCY,
        "now": now,
        "by_tokens": overview_page.bars_by_tokens(found),
        "by_cost": overview_page.bars_by_cost(found),
        "shared_total": total(row.measures for row in found.shared),
        "chart": overview_page.chart(found, names=names, locale=get_language() or "en"),
        "is_own_only": not found.is_whole_organization and not access.department_ids,
        "may_manage_keys": may_manage_keys(access),
        "site_url": settings.SITE_URL.rstrip("/"),
    }


def _month(asked: str) -> date | None:
    """The first day of a month written ``2026-11``, None for anything else."""
    try:
        return datetime.strptime(asked, "%Y-%m").date()  # noqa: DTZ007  # a month has no zone
    except ValueError:
        return None
