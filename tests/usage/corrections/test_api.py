"""``POST /api/v1/usage/events/{transaction_id}/void``."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from teams.enums import KeyScope
from teams.models import AuditEntry, Organization
from teams.services.keys import NewApiKey, create_api_key
from tests.usage.corrections.voids import sums
from tests.usage.ledger_fixtures import event, open_ledger, store
from usage.models import UsageEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    return open_ledger()


@pytest.fixture
def key(organization: Organization) -> NewApiKey:
    return create_api_key(organization=organization, name="app", scopes=[KeyScope.USAGE_WRITE])


def post(key: NewApiKey | None, transaction_id: str, body: Any = None, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    signed = {"Authorization": f"Bearer {key.secret}"} if key else {}
    return Client().post(
        f"/api/v1/usage/events/{quote(transaction_id, safe='')}/void",
        content,
        content_type="application/json",
        headers=signed | headers,
    )


def test_the_answer_has_the_original_and_what_takes_it_back(
    organization: Organization, key: NewApiKey
) -> None:
    store(organization, event(transaction_id="wrong"))
    response = post(key, "wrong", {"reason": "sent twice"})
    assert response.status_code == 200
    body = response.json()
    (correction,) = body["corrections"]
    assert (body["transaction_id"], body["status"]) == ("wrong", "voided")
    assert (body["original"]["input_tokens"], body["original"]["cost"]) == (1000, "0.003")
    assert (correction["correction"], correction["input_tokens"], correction["cost"]) == (
        "void",
        -1000,
        "-0.003",
    )
    assert body["original"]["billing_month"] == correction["billing_month"] == "2026-05-01"
    assert correction["transaction_id"] == f"void:{body['original']['id'].replace('-', '')}"
    assert not any(sums(organization).values())
    entry = AuditEntry.objects.get(action="usage_event.voided")
    assert (entry.reason, entry.facts["api_key"]) == ("sent twice", str(key.key))


def test_asking_again_is_answered_alike(organization: Organization, key: NewApiKey) -> None:
    store(organization, event(transaction_id="wrong"))
    first, second = (post(key, "wrong") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == first.json() | {"status": "already_voided"}
    assert AuditEntry.objects.filter(action="usage_event.voided").count() == 1


@pytest.mark.parametrize(
    "transaction_id",
    ["otlp:a:b", "a/b", "a/void", "/a//", "Grüße 東京", "100%", "a%2Fb", "a?b#c", "a\nb\tc", " ", "x" * 200],
)
def test_ids_of_any_letters_are_found(
    organization: Organization, key: NewApiKey, transaction_id: str
) -> None:
    store(organization, event(transaction_id=transaction_id))
    assert post(key, transaction_id).json()["original"]["transaction_id"] == transaction_id


@pytest.mark.parametrize("transaction_id", ["unheard-of", "x" * 500, "a\0b", "\0"])
def test_an_unknown_id_is_not_found(key: NewApiKey, transaction_id: str) -> None:
    response = post(key, transaction_id)
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_bytes_that_are_no_text_are_not_found(key: NewApiKey) -> None:
    response = Client().post(
        "/api/v1/usage/events/%FF%C0/void",
        content_type="application/json",
        headers={"Authorization": f"Bearer {key.secret}"},
    )
    assert response.status_code == 404


def test_what_is_elsewhere_does_not_exist(key: NewApiKey) -> None:
    other = open_ledger()
    store(other, event(transaction_id="theirs"))
    assert post(key, "theirs").status_code == 404
    assert UsageEvent.objects.count() == 1


def test_what_is_no_event_of_the_ledger_is_a_conflict(organization: Organization, key: NewApiKey) -> None:
    early = event(transaction_id="early", occurred_at=datetime(2999, 1, 1, tzinfo=UTC))
    store(organization, event(transaction_id="wrong"), early)
    response = post(key, "early")
    assert response.status_code == 409 and "quarantine" in response.json()["detail"]
    correction = post(key, "wrong").json()["corrections"][0]["transaction_id"]
    response = post(key, correction)
    assert response.status_code == 409 and "correction" in response.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1]",
        b'"text"',
        b"\xff",
        b'{"reason": 5}',
        b'{"reason": "\\u0000"}',
        b'{"reason": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        json.dumps({"reason": "x" * 1001}).encode(),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_and_voids_nothing(
    organization: Organization, key: NewApiKey, body: bytes
) -> None:
    store(organization, event(transaction_id="wrong"))
    response = post(key, "wrong", body)
    assert response.status_code == 400, response.content
    assert UsageEvent.objects.count() == 1


def test_a_key_with_the_scope_is_needed(organization: Organization) -> None:
    store(organization, event(transaction_id="wrong"))
    reader = create_api_key(organization=organization, name="reader", scopes=[KeyScope.USAGE_READ])
    assert post(None, "wrong").status_code == 401
    assert post(reader, "wrong").status_code == 403
    assert UsageEvent.objects.count() == 1


def test_a_test_key_voids_in_the_test_twin(organization: Organization) -> None:
    trying = create_api_key(
        organization=organization, name="try", scopes=[KeyScope.USAGE_WRITE], is_test=True
    )
    store(organization, event(transaction_id="real"))
    assert post(trying, "real").status_code == 404
