"""Panels as pages of the web app. Which there are says ``usage.queries.panels.registry``."""

from collections.abc import Callable, Iterable
from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_safe

from teams.queries.access import NotVisible, organization_and_access
from usage.panels.filters import BadFilter
from usage.panels.sources import NotOffered
from usage.queries.panels.page import Face, panel_context
from usage.queries.panels.registry import Panel, sees_usage
from usage.queries.panels.request import panel_request
from usage.queries.snapshot import one_snapshot

PREFIX: Final = "panel"


def panel_paths(panels: Iterable[Panel]) -> list[URLPattern]:
    """The URLs of ``panels`` below an organization."""
    return [
        path(f"o/<slug:slug>/{panel.path}", panel_view(panel), name=f"{PREFIX}-{panel.name}")
        for panel in panels
    ]


def panel_view(panel: Panel) -> Callable[..., HttpResponse]:
    """The page of one panel; what cannot be shown is said on a page of its own, with a way back."""

    @login_required
    @require_safe
    def view(request: HttpRequest, slug: str, **names: str) -> HttpResponse:
        organization, access = organization_and_access(user=request.user, organization_slug=slug)
        context = {"organization": organization, "access": access, "panel": panel}
        if not panel.may_see(access):
            context["sees_usage"] = sees_usage(access)
            return render(request, "usage/panels/not_permitted.html", context, status=403)
        try:
            with one_snapshot():
                asked = panel_request(
                    organization=organization,
                    access=access,
                    parameters=dict(request.GET.lists()),
                    dimensions=panel.filters,
                    own=panel.own,
                    now=timezone.now(),
                    names=names,
                )
                shown = panel_context(panel, asked, face=Face(PREFIX, organization.slug))
        except (BadFilter, NotOffered) as error:
            context |= {"reason": error.reason, "path": request.path}
            return render(request, "usage/panels/bad_filter.html", context, status=400)
        if shown is None:
            raise NotVisible
        return render(request, "usage/panels/page.html", context | shown)

    return view
