"""The overview page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.queries.months import months_to_show
from billing.queries.panels.registry import OVERVIEW
from teams.queries.access import organization_and_access
from usage.panels.filters import BadFilter
from usage.panels.parameters import PERIOD
from usage.queries.panels.page import Face, panel_context
from usage.queries.panels.registry import sees_usage
from usage.web.panels import PREFIX


@login_required
@require_safe
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """Tokens, cost, projection, models and teams of one billing month, as far as the reader may see them."""
    organization, access = organization_and_access(user=request.user, organization_slug=slug)
    context = {"organization": organization, "access": access}
    if not sees_usage(access):
        return render(request, "billing/no_usage_visible.html", context, status=403)
    now = timezone.now()
    try:
        shown = panel_context(
            OVERVIEW,
            organization=organization,
            access=access,
            parameters=dict(request.GET.lists()),
            now=now,
            face=Face(PREFIX, organization.slug),
        )
    except BadFilter as error:
        if error.field != PERIOD:
            context |= {"panel": OVERVIEW, "reason": error.reason, "path": request.path}
            return render(request, "usage/panels/bad_filter.html", context, status=400)
        months = months_to_show(organization_id=organization.pk, now=now)
        context |= {"asked": request.GET.get(PERIOD, ""), "months": months}
        return render(request, "billing/no_such_period.html", context, status=404)
    return render(request, "billing/overview.html", context | (shown or {}))
