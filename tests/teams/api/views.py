"""Small endpoints that behave in every way that an endpoint can, to see what the API makes of it."""

from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404
from psycopg import errors
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from teams.api.access import request_access
from teams.api.authentication import RequiresScope
from teams.api.problems import Problem
from teams.enums import KeyScope
from teams.models import ApiKey
from teams.queries.access import NotVisible


class LineSerializer(serializers.Serializer[Any]):
    price = serializers.DecimalField(max_digits=5, decimal_places=2)


class OrderSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    tags = serializers.ListField(child=serializers.IntegerField(), required=False)
    lines = LineSerializer(many=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["name"] == "nothing":
            raise serializers.ValidationError("An order orders something.")
        return attrs


class WriteView(APIView):
    permission_classes = [RequiresScope(KeyScope.USAGE_WRITE)]

    def post(self, request: Request) -> Response:
        assert isinstance(request.auth, ApiKey)
        return Response({"organization": request.auth.organization.slug, "user": str(request.user)})


class ReadView(APIView):
    permission_classes = [RequiresScope(KeyScope.USAGE_READ, people=True)]

    def get(self, request: Request) -> Response:
        return Response({"organization_id": request_access(request).organization_id})


class OrderView(APIView):
    permission_classes = []
    authentication_classes = []

    def post(self, request: Request) -> Response:
        serializer = OrderSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response({})


def database_error(
    cause: Exception, kind: type[OperationalError | InterfaceError] = OperationalError
) -> Exception:
    """As Django raises what the driver said."""
    error = kind("secret host")
    error.__cause__ = cause
    return error


class RaisingView(APIView):
    permission_classes = []
    authentication_classes = []
    errors = {
        "missing": lambda: Http404("secret name"),
        "invisible": lambda: NotVisible(),
        "denied": lambda: PermissionDenied("secret rule"),
        "suspicious": lambda: SuspiciousOperation("secret host"),
        "throttled": lambda: Throttled(wait=2.1),
        "django": lambda: DjangoValidationError({"time_zone": ["No such zone."], "__all__": ["Nor this."]}),
        "own": lambda: Problem(status=409, detail="Already there.", errors=[("id", "taken")]),
        "busy": lambda: Problem(status=503, detail="Busy.", headers={"Retry-After": "7"}),
        "unreachable": lambda: database_error(errors.OperationalError("secret host")),
        "starting": lambda: database_error(errors.CannotConnectNow()),
        "shut-down": lambda: database_error(errors.AdminShutdown()),
        "full-disk": lambda: database_error(errors.DiskFull()),
        "lost": lambda: database_error(errors.InterfaceError("closed"), InterfaceError),
        "in-a-copy": lambda: errors.AdminShutdown("secret host"),
        "too-complex": lambda: database_error(errors.StatementTooComplex()),
        "bug": lambda: ZeroDivisionError("secret value"),
    }

    def get(self, request: Request, kind: str) -> Response:
        raise self.errors[kind]()
