"""Content-Security-Policy: strict everywhere, looser under /admin/, whose Alpine.js evaluates expressions."""

from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

ADMIN_PREFIX = "/admin/"


class PolicyMiddleware(CSPMiddleware):  # type: ignore[misc]
    """django-csp's middleware, with one more policy for the admin."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(ADMIN_PREFIX) and not report_only:
            admin: dict[str, Any] = settings.ADMIN_CONTENT_SECURITY_POLICY
            parts.config = admin["DIRECTIVES"]
        return parts
