import gzip
import json
from typing import Any

import pytest
from django.test import Client, override_settings

from teams.enums import KeyScope
from teams.models import Organization
from teams.services.keys import NewApiKey, create_api_key, revoke_api_key
from tests.usage.ledger_fixtures import open_ledger
from usage.models import ReceiptDaily, UsageEvent

pytestmark = pytest.mark.django_db

URL = "/api/v1/usage/events"


@pytest.fixture
def organization() -> Organization:
    return open_ledger()


@pytest.fixture
def key(organization: Organization) -> NewApiKey:
    return create_api_key(organization=organization, name="app", scopes=[KeyScope.USAGE_WRITE])


def call(**changed: Any) -> dict[str, Any]:
    fields = {
        "transaction_id": "t1",
        "occurred_at": "2026-05-20T12:00:00Z",
        "provider_name": "openai",
        "response_model": "gpt-4o",
        "input_tokens": 1000,
        "output_tokens": 100,
    }
    return fields | changed


def post(key: NewApiKey | None, body: Any, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = {"Authorization": f"Bearer {key.secret}"} if key else {}
    return Client().post(
        URL, content, content_type=headers.pop("content_type", "application/json"), headers=signed | headers
    )


def test_each_event_of_a_batch_is_answered(key: NewApiKey) -> None:
    post(key, [call(transaction_id="known"), call(transaction_id="changed")])
    response = post(
        key,
        [
            call(transaction_id="new"),
            call(transaction_id="known"),
            call(transaction_id="changed", output_tokens=1),
            call(transaction_id="early", occurred_at="2999-01-01T00:00:00Z"),
            call(transaction_id="wrong", output_tokens=-1),
        ],
    )
    assert response.status_code == 200
    body = response.json()
    assert {name: body[name] for name in body if name != "events"} == {
        "received": 5,
        "stored": 1,
        "duplicate": 1,
        "conflict": 1,
        "quarantined": 1,
        "invalid": 1,
    }
    statuses = [(one["transaction_id"], one["status"]) for one in body["events"]]
    assert statuses == [
        ("new", "stored"),
        ("known", "duplicate"),
        ("changed", "conflict"),
        ("early", "quarantined"),
        ("wrong", "invalid"),
    ]
    assert body["events"][4]["field"] == "output_tokens"
    assert ReceiptDaily.objects.get().received == 7


def test_ndjson_and_gzip(key: NewApiKey) -> None:
    lines = b"\n".join(json.dumps(call(transaction_id=name)).encode() for name in ("a", "b")) + b"\n\n"
    response = post(
        key, gzip.compress(lines), **{"Content-Encoding": "gzip", "content_type": "application/x-ndjson"}
    )
    assert response.json()["stored"] == 2
    # Two gzip members behind each other are one body, as the format allows.
    two = gzip.compress(b"[" + json.dumps(call(transaction_id="c")).encode()) + gzip.compress(b"]")
    assert post(key, two, **{"Content-Encoding": "gzip"}).json()["stored"] == 1


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"transaction_id": ""}, "transaction_id", "length >= 1"),
        ({"transaction_id": "a\0b"}, "transaction_id", "NUL"),
        ({"occurred_at": "2026-05-20T12:00:00"}, "occurred_at", "timezone"),
        ({"occurred_at": "yesterday"}, "occurred_at", "RFC3339"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at", "outside the years"),
        ({"occurred_at": "9999-12-31T23:59:59-14:00"}, "occurred_at", "outside the years"),
        ({"input_tokens": -1}, "input_tokens", "must be a whole number from 0"),
        ({"input_tokens": 10**30}, "input_tokens", "<="),
        ({"input_tokens": 1.5}, "input_tokens", "int"),
        ({"input_tokens": "1000"}, "input_tokens", "int"),
        ({"cache_read_input_tokens": 1001}, "input_tokens", "must include cached"),
        ({"reasoning_output_tokens": 101}, "output_tokens", "must include reasoning"),
        ({"composition": {"user_text": 1001}}, "composition", "more than input_tokens"),
        ({"composition": {"user_text": "many"}}, "composition.user_text", "int"),
        ({"tools": [{"name": "a"}, {"calls": 1}]}, "tools.1.name", "is missing"),
        (
            {"files": [{"file_id": "f", "tokens": 5, "cache_read_tokens": 6}]},
            "files.0.cache_read_tokens",
            "part of",
        ),
        ({"tools": [{"name": "a"}, {"name": "a"}]}, "tools", "twice"),
    ],
)
def test_a_wrong_event_names_the_field_and_the_reason(
    key: NewApiKey, changed: dict[str, Any], field: str, reason: str
) -> None:
    response = post(key, [call(**changed)])
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    (error,) = response.json()["errors"]
    assert error["field"] == f"0.{field}"
    assert reason in error["reason"]
    assert not UsageEvent.objects.exists()


def test_a_missing_field_is_named(key: NewApiKey) -> None:
    response = post(key, [{"occurred_at": "2026-05-20T12:00:00Z"}, {"transaction_id": "t"}, 5])
    assert [error["field"] for error in response.json()["errors"]] == [
        "0.transaction_id",
        "1.occurred_at",
        "2.event",
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"  "],
)
def test_an_empty_batch_is_answered(key: NewApiKey, body: bytes) -> None:
    assert post(key, body).json()["received"] == 0


@pytest.mark.parametrize(
    "body",
    [
        b"[",
        b"{",
        b"nonsense",
        b'[{"transaction_id": "\xff"}]',
        b"[" * 100_000,
        b'{"a": ' * 100_000,
        b"[NaN]",
        b"\xef\xbb",
    ],
)
def test_a_body_that_cannot_be_taken_apart_is_refused(key: NewApiKey, body: bytes) -> None:
    response = post(key, body)
    assert response.status_code in (400, 422)
    assert response["Content-Type"] == "application/problem+json"


def test_too_much_is_refused(key: NewApiKey) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert post(key, bomb, **{"Content-Encoding": "gzip"}).status_code == 413
    with override_settings(INGEST_MAX_BYTES=100):
        assert post(key, [call()] * 5).status_code == 413
    with override_settings(INGEST_MAX_EVENTS=3):
        response = post(key, [call()] * 4)
    assert response.status_code == 400 and "at most 3" in response.json()["detail"]


def test_a_body_of_countless_gzip_members_is_refused(key: NewApiKey) -> None:
    assert post(key, gzip.compress(b"") * 200, **{"Content-Encoding": "gzip"}).status_code == 400


def test_broken_compression_is_refused(key: NewApiKey) -> None:
    whole = gzip.compress(json.dumps([call()]).encode())
    for broken in (whole[:-4], whole + b"rest", b"no gzip"):
        assert post(key, broken, **{"Content-Encoding": "gzip"}).status_code == 400
    assert post(key, whole, **{"Content-Encoding": "br"}).status_code == 415


def test_a_key_with_the_scope_is_needed(key: NewApiKey, organization: Organization) -> None:
    reader = create_api_key(organization=organization, name="reader", scopes=[KeyScope.USAGE_READ])
    assert post(None, [call()]).status_code == 401
    assert post(reader, [call()]).status_code == 403
    revoke_api_key(key=key.key)
    response = post(key, [call()])
    assert response.status_code == 401 and response["WWW-Authenticate"].startswith("Bearer")
    assert not UsageEvent.objects.exists()


def test_a_test_key_writes_to_the_test_twin(organization: Organization) -> None:
    key = create_api_key(organization=organization, name="try", scopes=[KeyScope.USAGE_WRITE], is_test=True)
    assert post(key, [call()]).json()["stored"] == 1
    stored = UsageEvent.objects.get()
    assert stored.organization_id == Organization.objects.get(twin_of=organization).pk != organization.pk
    assert stored.api_key_id == key.key.pk
