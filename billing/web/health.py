"""The page on data health, with words of its own for who may not see it and for days that cannot be shown."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.queries.panels.health import PART
from billing.queries.panels.registry import HEALTH
from teams.granted_rights import granted_rights
from teams.queries.access import organization_and_access
from usage.panels.filters import FROM, TO, BadFilter
from usage.queries.panels.page import Face, panel_context
from usage.web.panels import PREFIX


@login_required
@require_safe
def health(request: HttpRequest, slug: str) -> HttpResponse:
    """Receipts, keys and findings (or ``?part=team``) of some UTC days, ``?from=2026-11-01&to=2026-11-07``."""
    organization, access = organization_and_access(user=request.user, organization_slug=slug)
    context = {"organization": organization, "access": access, "panel": HEALTH}
    if not HEALTH.may_see(access):
        context["rights"] = granted_rights(access)
        return render(request, "billing/health/not_permitted.html", context, status=403)
    try:
        shown = panel_context(
            HEALTH,
            organization=organization,
            access=access,
            parameters=dict(request.GET.lists()),
            now=timezone.now(),
            face=Face(PREFIX, organization.slug),
        )
    except BadFilter as error:
        if error.field not in (FROM, TO):
            context |= {"reason": error.reason, "path": request.path}
            return render(request, "usage/panels/bad_filter.html", context, status=400)
        typed = {"first": request.GET.get(FROM, "")[:10], "last": request.GET.get(TO, "")[:10]}
        context |= {"error": error, "typed": typed, "part": request.GET.get(PART, "")}
        return render(request, "billing/health/bad_days.html", context, status=400)
    return render(request, "billing/health/page.html", context | (shown or {}))
