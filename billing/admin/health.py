"""The way to data health, which stands among the panels of each organization."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from billing.queries.panels.registry import HEALTH


def data_health(request: HttpRequest) -> HttpResponse:
    """To the choice of an organization; with ``?organization=7`` straight to its data health."""
    asked = request.GET.copy()
    asked["panel"] = HEALTH.name
    return redirect(f"{reverse('admin-panels')}?{asked.urlencode()}")
