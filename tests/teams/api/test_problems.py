import logging
from typing import Any

import pytest
from django.test import Client, override_settings
from rest_framework.test import APIClient

pytestmark = pytest.mark.urls("tests.teams.urls")


@pytest.fixture
def api() -> APIClient:
    return APIClient(raise_request_exception=False)


def problem(response: Any, status: int) -> dict[str, Any]:
    """The body of a well-formed problem."""
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert set(body) - {"errors"} == {"type", "title", "status", "detail", "instance"}
    assert body["status"] == status
    assert "secret" not in response.content.decode()
    return body


def test_wrong_fields_are_named_with_their_path(api: APIClient) -> None:
    sent = {"tags": [1, "x"], "lines": [{"price": "1.00"}, {"price": "dear"}]}
    body = problem(api.post("/api/order", sent, format="json"), 400)
    assert [error["field"] for error in body["errors"]] == ["name", "tags.1", "lines.1.price"]
    assert all(error["reason"] for error in body["errors"])
    assert (body["type"], body["title"], body["instance"]) == ("about:blank", "Bad Request", "/api/order")


def test_what_is_wrong_with_the_whole_has_an_empty_path(api: APIClient) -> None:
    body = problem(api.post("/api/order", {"name": "nothing", "lines": []}, format="json"), 400)
    assert body["errors"] == [{"field": "", "reason": "An order orders something."}]


def test_what_is_no_object_has_an_empty_path(api: APIClient) -> None:
    body = problem(api.post("/api/order", ["x"], format="json"), 400)
    assert [error["field"] for error in body["errors"]] == [""]


@pytest.mark.parametrize(
    ("method", "status", "options"),
    [
        ("post", 400, {"data": "{", "content_type": "application/json"}),
        ("post", 400, {"data": b"\xff\xfe", "content_type": "application/json"}),
        ("post", 415, {"data": "<a/>", "content_type": "application/xml"}),
        ("put", 405, {}),
        ("get", 405, {}),
    ],
)
def test_requests_that_make_no_sense(
    api: APIClient, method: str, status: int, options: dict[str, Any]
) -> None:
    response = getattr(api, method)("/api/order", **options)
    assert "errors" not in problem(response, status)
    assert response["Allow"] == "POST, OPTIONS"


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10)
def test_a_body_that_is_too_large(api: APIClient) -> None:
    problem(api.post("/api/order", {"name": "x" * 100}, format="json"), 413)


def test_a_client_that_accepts_no_json_still_gets_a_problem(api: APIClient) -> None:
    problem(api.post("/api/order", {}, format="json", HTTP_ACCEPT="image/png"), 406)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("missing", 404), ("invisible", 404), ("denied", 403), ("suspicious", 400), ("bug", 500)],
)
def test_exceptions_do_not_show_what_is_inside(api: APIClient, kind: str, status: int) -> None:
    assert "errors" not in problem(api.get(f"/api/raise/{kind}"), status)


def test_what_is_invisible_looks_like_what_is_not_there(api: APIClient) -> None:
    assert api.get("/api/raise/invisible").content == api.get("/api/raise/missing").content.replace(
        b"raise/missing", b"raise/invisible"
    )


def test_a_throttled_client_is_told_when_to_come_back(api: APIClient) -> None:
    response = api.get("/api/raise/throttled")
    problem(response, 429)
    assert response["Retry-After"] == "3"


def test_validation_errors_of_services_are_named_by_field(api: APIClient) -> None:
    body = problem(api.get("/api/raise/django"), 400)
    assert body["errors"] == [
        {"field": "time_zone", "reason": "No such zone."},
        {"field": "", "reason": "Nor this."},
    ]


def test_a_view_raises_a_problem_of_its_own(api: APIClient) -> None:
    body = problem(api.get("/api/raise/own"), 409)
    assert (body["title"], body["detail"]) == ("Conflict", "Already there.")
    assert body["errors"] == [{"field": "id", "reason": "taken"}]
    response = api.get("/api/raise/busy")
    problem(response, 503)
    assert response["Retry-After"] == "7"


@pytest.mark.parametrize("kind", ["unreachable", "starting", "shut-down", "full-disk", "lost", "in-a-copy"])
def test_while_the_database_is_away_clients_are_told_to_come_back(
    api: APIClient, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = api.get(f"/api/raise/{kind}")
    assert "errors" not in problem(response, 503)
    assert response["Retry-After"] == "5"
    (logged,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "secret host" in logged.getMessage() and not logged.exc_info


def test_what_fails_every_time_is_no_outage(api: APIClient) -> None:
    assert "Retry-After" not in api.get("/api/raise/too-complex")
    problem(api.get("/api/raise/too-complex"), 500)


def test_pages_and_other_paths_while_the_database_is_away() -> None:
    client = Client(raise_request_exception=False)
    response = client.get("/api/away")
    assert (problem(response, 503)["instance"], response["Retry-After"]) == ("/api/away", "5")
    response = client.get("/away")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response["Content-Type"].startswith("text/html") and b"secret" not in response.content


def test_a_bug_is_logged_with_its_traceback_once(api: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    api.get("/api/raise/bug")
    logged = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.exc_info is not None and record.exc_info[0] for record in logged] == [ZeroDivisionError]


def test_a_bug_fails_the_test_that_meets_it() -> None:
    with pytest.raises(ZeroDivisionError):
        APIClient().get("/api/raise/bug")


def test_paths_under_the_api_that_no_view_knows() -> None:
    client = Client(raise_request_exception=False)
    assert problem(client.get("/api/v1/nothing"), 404)["instance"] == "/api/v1/nothing"
    problem(client.get("/api/broken"), 500)


@pytest.mark.django_db
def test_pages_keep_their_own_errors() -> None:
    client = Client(raise_request_exception=False)
    for path, status in (("/nothing-here", 404), ("/broken", 500)):
        response = client.get(path)
        assert (response.status_code, response["Content-Type"].split(";")[0]) == (status, "text/html")
