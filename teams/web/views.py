"""The way in: where someone lands after signing in."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from teams.queries.access import organizations_for


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the only organization, to a choice of several, or for staff without one to the admin."""
    mine = [organization for organization in organizations_for(request.user) if organization.role is not None]
    if len(mine) == 1:
        return redirect("overview", mine[0].slug)
    if not mine and request.user.is_staff:
        return redirect("admin:index")
    return render(request, "web/organizations.html", {"organizations": mine})


def not_here(request: HttpRequest) -> HttpResponse:
    """Takes the place of a page that a package brings and the product does not offer."""
    raise Http404
