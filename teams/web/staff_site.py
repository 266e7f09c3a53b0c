"""The admin's door: staff come in by the same sign-in as everyone."""

from typing import Any

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.sites import UnfoldAdminSite


class StaffAdminSite(UnfoldAdminSite):
    """Opens to active staff only; their second factor is asked for by ``StaffSecondFactorMiddleware``."""

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Where whoever may not enter is sent: to sign in, or away."""
        if not request.user.is_authenticated:
            return redirect_to_login(self._goal(request), resolve_url(settings.LOGIN_URL))
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect(self._goal(request))

    def _goal(self, request: HttpRequest) -> str:
        goal = request.GET.get(REDIRECT_FIELD_NAME, "")
        if url_has_allowed_host_and_scheme(goal, {request.get_host()}, require_https=request.is_secure()):
            return goal
        return reverse("admin:index", current_app=self.name)
