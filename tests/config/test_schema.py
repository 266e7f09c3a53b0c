"""The API describes itself: a valid document, and a page that shows it without the internet."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.urls import URLPattern, URLResolver
from drf_spectacular.validation import validate_schema

from config.urls import api
from usage.formats import envelopes

DOCUMENT, PAGE = "/api/v1/schema", "/api/v1/docs"


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_is_valid_and_written_without_a_warning(tmp_path):
    call_command(
        "spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml"), verbosity=0
    )

    assert (tmp_path / "schema.yaml").read_text().startswith("openapi: 3.1.0")


def test_what_is_served_is_valid_too(api_document):
    validate_schema(api_document)
    assert api_document["info"]["title"] == settings.SPECTACULAR_SETTINGS["TITLE"]


def routes(patterns: Iterable[URLPattern | URLResolver], prefix: str = "/api/v1/") -> Iterator[str]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        else:
            yield path


def test_describes_every_endpoint(api_document):
    served = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route) for route in routes(api)}

    assert served == {DOCUMENT, PAGE, *api_document["paths"]}


def test_every_operation_says_what_it_is_for(api_document):
    for name, operation in operations(api_document):
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        assert "_" in operation["operationId"], name


def test_errors_are_problems(api_document):
    own_words = {f"POST /api/v1/ingest/{one.path}" for one in envelopes() if one.refuse}
    for name, operation in operations(api_document):
        errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert {"401", "403"} <= errors.keys(), name
        for status, answer in errors.items() if name not in own_words else ():
            shapes = [content["schema"].get("$ref", "") for content in answer["content"].values()]
            assert shapes == ["#/components/schemas/Problem"], (name, status)
            assert list(answer["content"]) == ["application/problem+json"], (name, status)


def test_page_needs_no_other_host(client):
    page = client.get(PAGE)
    html = page.content.decode()

    assert page.status_code == 200
    assert re.findall(r'(?:src|href)="(?!/)([^"]+)"', html) == []
    assert "//" not in html.replace("<!--", "").replace(f"//{page.wsgi_request.get_host()}", "")
    loaded = re.findall(r'(?:src|href)="(/static/[^"]+)"', html)
    assert len(loaded) >= 4
    for path in loaded:
        assert client.get(path).status_code == 200, path


def test_page_stands_under_the_strict_policy(client):
    page = client.get(PAGE)
    policy = page["Content-Security-Policy"]

    assert "script-src 'self';" in policy + ";"
    assert "unsafe" not in policy
    html = page.content.decode()
    assert re.findall(r"<script(?![^>]*\ssrc=)", html) == []
    assert "<style" not in html
    assert "style=" not in html
