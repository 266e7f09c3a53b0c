"""Panels inside the admin: finance staff see those of any organization, as its own people do."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from teams.models import Organization
from teams.permissions import Access
from usage.admin.organization_form import OrganizationForm
from usage.panels.filters import BadFilter
from usage.panels.sources import NotOffered
from usage.queries.panels.lists import panel_tabs
from usage.queries.panels.page import Face, panel_context
from usage.queries.panels.registry import Panel

PREFIX: Final = "admin-panel"


def panel_paths(panels: Iterable[Panel]) -> list[URLPattern]:
    """The URLs of ``panels`` for any organization."""
    return [
        path(
            f"<slug:slug>/{panel.path}",
            admin.site.admin_view(panel_view(panel)),
            name=f"{PREFIX}-{panel.name}",
        )
        for panel in panels
    ]


def choose_organization(request: HttpRequest) -> HttpResponse:
    """Whose usage to look at; once chosen, on to the first panel or to the one named in ``?panel=``."""
    _check_permission(request)
    known = [tab.name for tab in panel_tabs()]
    name = request.GET.get("panel", "")
    name = name if name in known else known[0]
    asked = request.GET.get("organization", "")
    # The widget that finds organizations cannot show what is no number.
    form = OrganizationForm(request.GET if asked.isascii() and asked.isdigit() and len(asked) < 19 else None)
    if form.is_valid():
        return redirect(f"{PREFIX}-{name}", slug=form.cleaned_data["organization"].slug)
    context = admin.site.each_context(request) | {"title": _("Usage panels"), "form": form, "here": name}
    return TemplateResponse(request, "usage/admin/panels.html", context)


def panel_view(panel: Panel) -> Callable[..., HttpResponse]:
    """The page of one panel."""

    def view(request: HttpRequest, slug: str, **names: str) -> HttpResponse:
        _check_permission(request)
        organization = Organization.objects.select_related("twin_of").filter(slug=slug).first()
        if organization is None:
            raise Http404
        context = admin.site.each_context(request) | _frame(organization, panel)
        try:
            shown = panel_context(
                panel,
                organization=organization,
                access=Access(organization_id=organization.pk, is_staff=True),
                parameters=dict(request.GET.lists()),
                now=timezone.now(),
                face=Face(PREFIX, organization.slug),
                names=names,
            )
        except (BadFilter, NotOffered) as error:
            context |= {"reason": error.reason, "path": request.path}
            return TemplateResponse(request, "usage/admin/panel_bad_filter.html", context, status=400)
        if shown is None:
            raise Http404
        return TemplateResponse(request, "usage/admin/panel.html", context | shown)

    return view


def _check_permission(request: HttpRequest) -> None:
    if not request.user.has_perm("usage.view_usageevent"):
        raise PermissionDenied


def _frame(organization: Organization, panel: Panel) -> dict[str, Any]:
    """What stands around the panel: the other panels of this organization, and the choice of another."""
    here = panel.within or panel.name
    return {
        "title": _("Usage of %(organization)s") % {"organization": organization.name},
        "form": OrganizationForm({"organization": organization.pk}),
        "here": here,
        "panel": panel,
        # Title, address for this organization, and whether it is the page that is shown.
        "tabs": [
            (tab.title, reverse(f"{PREFIX}-{tab.name}", args=[organization.slug]), tab.name == here)
            for tab in panel_tabs()
        ],
    }
