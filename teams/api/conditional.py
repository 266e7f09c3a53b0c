"""Answers that a client need not fetch again when nothing in them has changed."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from drf_spectacular.utils import OpenApiParameter

from teams.api.writing import encoded, json_response

IF_NONE_MATCH: Final = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER)
"""Of endpoints that answer by ``conditional``."""


def conditional(request: HttpRequest, body: Mapping[str, Any], *, apart_from: frozenset[str]) -> HttpResponse:
    """``body`` with a weak ETag of all its top fields but ``apart_from``; 304 when the client has it already.

    Weak, since two answers with the same tag may differ in what is left out, such as the time of the answer.
    """
    # Each field is written once, for the tag and for the answer.
    fields = {name: encoded(name) + b":" + encoded(value) for name, value in body.items()}
    told = b",".join(field for name, field in fields.items() if name not in apart_from)
    response = json_response(b"{" + b",".join(fields.values()) + b"}")
    response["ETag"] = f'W/"{hashlib.sha256(told).hexdigest()[:32]}"'
    # Kept by nobody but the asker, and never used without asking again.
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ("Authorization", "X-API-Key", "Cookie", "Accept-Language"))
    return get_conditional_response(request, etag=response["ETag"], response=response) or response
