"""Staff see every organization, so they need more than a password: in the admin, the web app and the API alike."""

from collections.abc import Callable
from typing import Any, Final

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

# Recovery codes alone are no second factor: they help who has lost one.
_SECOND_FACTORS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Here one signs in and out, and sets up the second factor.
_OPEN: Final = ("/accounts/", "/static/")


class StaffSecondFactorMiddleware:
    """Where STAFF_MFA_REQUIRED is set, leads staff without a second factor to set one up before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _applies(request) or not lacks_second_factor(request.user):
            return self.get_response(request)
        if request.path.startswith("/api/"):
            raise PermissionDenied
        messages.warning(request, _("Staff need a second factor. Please set one up to go on."))
        return redirect("mfa_index")


def lacks_second_factor(user: Any) -> bool:
    """Whether a person must have a second factor and has none."""
    return bool(user.is_authenticated and user.is_staff) and not is_mfa_enabled(
        user, types=list(_SECOND_FACTORS)
    )


def _applies(request: HttpRequest) -> bool:
    # Without a session nobody is signed in: requests with a key are not held up by looking.
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    return settings.STAFF_MFA_REQUIRED and has_session and not request.path.startswith(_OPEN)
