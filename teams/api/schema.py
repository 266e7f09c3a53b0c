"""What the OpenAPI document says about signing in and about errors. Imported when Django starts."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import serializers


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """Shows the bearer scheme in the OpenAPI document."""

    target_class = "teams.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "tl_live_… / tl_test_…",
            "description": _("An API key of your organization. It may also be sent as X-API-Key."),
        }


class WrongFieldSerializer(serializers.Serializer[Any]):
    """One wrong field of a request."""

    field = serializers.CharField(help_text="Path of the field; empty for the request as a whole.")
    reason = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457), for ``extend_schema(responses={400: ProblemSerializer})``."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    errors = WrongFieldSerializer(many=True, required=False)  # type: ignore[assignment]
