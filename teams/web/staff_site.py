"""The admin's door: staff come in by the same sign-in as everyone, and with a second factor."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

# Recovery codes alone are no second factor: they help who has lost one.
_SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class StaffAdminSite(UnfoldAdminSite):
    """Opens to active staff only, and where STAFF_MFA_REQUIRED is set, only to those with a second factor."""

    def has_permission(self, request: HttpRequest) -> bool:
        return _is_staff(request) and not _lacks_second_factor(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Where whoever may not enter is sent: to sign in, to set up a second factor, or away."""
        if not request.user.is_authenticated:
            return redirect_to_login(self._goal(request), resolve_url(settings.LOGIN_URL))
        if not _is_staff(request):
            raise PermissionDenied
        if _lacks_second_factor(request):
            messages.warning(request, _("Staff need a second factor. Please set one up to go on."))
            return redirect("mfa_index")
        return redirect(self._goal(request))

    def _goal(self, request: HttpRequest) -> str:
        goal = request.GET.get(REDIRECT_FIELD_NAME, "")
        if url_has_allowed_host_and_scheme(goal, {request.get_host()}, require_https=request.is_secure()):
            return goal
        return reverse("admin:index", current_app=self.name)


def _is_staff(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_staff)


def _lacks_second_factor(request: HttpRequest) -> bool:
    return bool(settings.STAFF_MFA_REQUIRED) and not is_mfa_enabled(request.user, types=_SECOND_FACTORS)
