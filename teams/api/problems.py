"""Every error of the API in one shape: problem details (RFC 9457), as ``application/problem+json``.

``{"type", "title", "status", "detail", "instance", "errors": [{"field", "reason"}]}``; ``errors`` only where
fields are wrong, with paths such as ``filters.models.0`` and an empty path for the request as a whole.
"""

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import psycopg
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.template import loader
from django.utils.log import log_response
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions

CONTENT_TYPE = "application/problem+json"
API_PREFIX = "/api/"
DATABASE_BACK_IN: Final = 5
"""Seconds after which a client may ask again: PostgreSQL has recovered from a crash by then as a rule."""

_PASSING: Final = {"08", "40", "53", "57"}
_LOCK_NOT_AVAILABLE: Final = "55P03"


class Problem(exceptions.APIException):
    """An error that a view raises on purpose, with its own status, detail, type and wrong fields."""

    def __init__(
        self,
        *,
        status: int,
        detail: str,
        type: str = "about:blank",
        title: str = "",
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail=detail)
        self.status_code = status
        self.type = type
        self.title = title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Shape any exception of an API view (DRF's EXCEPTION_HANDLER)."""
    # DRF's views import the authentication classes, which import this module.
    from rest_framework.views import set_rollback

    request: HttpRequest = getattr(context["request"], "_request", context["request"])
    set_rollback()
    if is_outage(error):
        return _database_away(request, error)
    problem = _as_api_exception(error)
    if problem is None:
        return _unexpected(request, error)
    return problem_response(
        request,
        status=problem.status_code,
        detail=_detail(problem),
        type=getattr(problem, "type", "about:blank"),
        title=getattr(problem, "title", ""),
        errors=_errors(problem),
        headers=_headers(problem),
    )


def problem_response(
    request: HttpRequest,
    *,
    status: int,
    detail: str,
    type: str = "about:blank",
    title: str = "",
    errors: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A problem as an HTTP response; it stays JSON whatever the client said it accepts."""
    body: dict[str, Any] = {
        "type": type,
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.path,
    }
    if errors:
        body["errors"] = [{"field": field, "reason": reason} for field, reason in errors]
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE, headers=dict(headers or {}))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: a problem under the API, the usual page elsewhere."""
    if _is_api(request):
        return problem_response(request, status=404, detail=_("There is nothing here."))
    return defaults.page_not_found(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    if _is_api(request):
        return problem_response(request, status=403, detail=_("You may not do this."))
    return defaults.permission_denied(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    if _is_api(request):
        return problem_response(request, status=400, detail=_("This request cannot be read."))
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500, called while the exception is being handled; Django logs it."""
    if is_outage(sys.exception()):
        return _unavailable(request)
    if _is_api(request):
        return problem_response(request, status=500, detail=_our_fault())
    return defaults.server_error(request)


def is_outage(error: BaseException | None) -> bool:
    """Whether the database could not do its work for now: down, starting, full, out of connections, in a deadlock.

    Nothing of the request was stored, or nobody knows; sent again it may succeed. What will fail every time is none.
    """
    if isinstance(error, OperationalError | InterfaceError):
        error = error.__cause__
    elif not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False  # The driver's own errors come out of a COPY, which Django does not translate.
    state = getattr(error, "sqlstate", None)
    # Without a state the server has not answered at all.
    return state is None or state[:2] in _PASSING or state == _LOCK_NOT_AVAILABLE


def _database_away(request: HttpRequest, error: Exception) -> HttpResponse:
    response = _unavailable(request)
    # One line for each request: the tracebacks of an outage would all be the same.
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    log_response("Database away: %s (%s)", request.path, reason, response=response, request=request)
    return response


def _unavailable(request: HttpRequest) -> HttpResponse:
    headers = {"Retry-After": str(DATABASE_BACK_IN)}
    if _is_api(request):
        detail = _("The database cannot be reached for the moment. Send the same request again shortly.")
        return problem_response(request, status=503, detail=detail, headers=headers)
    return HttpResponse(loader.render_to_string("503.html"), status=503, headers=headers)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)


def _our_fault() -> str:
    return _("Something went wrong on our side. It has been noted; please try again later.")


def _as_api_exception(error: Exception) -> exceptions.APIException | None:
    match error:
        case exceptions.APIException():
            return error
        case Http404():
            return exceptions.NotFound(_("There is nothing here."))
        case PermissionDenied():
            return exceptions.PermissionDenied(_("You may not do this."))
        case RequestDataTooBig():
            return Problem(status=413, detail=_("The request is too large."))
        case UnreadablePostError() if isinstance(error.__cause__, TimeoutError):
            return Problem(status=408, detail=_("The request came in too slowly."))
        case SuspiciousOperation() | BadRequest() | UnreadablePostError():
            return exceptions.ParseError(_("This request cannot be read."))
        case ValidationError():
            fields = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            return exceptions.ValidationError(fields)
    return None


def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    # Error reporters and the test client listen for this, as they do for pages.
    got_request_exception.send(sender=None, request=request)
    response = problem_response(request, status=500, detail=_our_fault())
    log_response(
        "Internal Server Error: %s", request.path, response=response, request=request, exception=error
    )
    return response


def _detail(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.ValidationError):
        return _("The request has invalid values; “errors” names them.")
    return str(error.detail)


def _errors(error: exceptions.APIException) -> Sequence[tuple[str, str]]:
    if isinstance(error, exceptions.ValidationError):
        return tuple(_flatten(error.detail))
    return getattr(error, "errors", ())


def _flatten(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk DRF's nested detail: mappings by field, lists of mappings by position, words as they are."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            part = "" if name in ("non_field_errors", "__all__") else str(name)
            yield from _flatten(inner, ".".join(filter(None, (path, part))))
    elif isinstance(detail, list | tuple):
        for position, inner in enumerate(detail):
            is_nested = isinstance(inner, Mapping | list | tuple)
            yield from _flatten(inner, ".".join(filter(None, (path, str(position)))) if is_nested else path)
    else:
        yield path, str(detail)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = dict(getattr(error, "headers", {}))
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(math.ceil(wait))
    return headers
