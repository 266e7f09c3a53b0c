import json
from typing import Any

import pytest
from django.test import Client

from teams.enums import KeyScope
from teams.models import Organization
from teams.services.keys import create_api_key
from tests.usage.ledger_fixtures import open_ledger
from usage.models import UsageEvent

pytestmark = pytest.mark.django_db

URL = "/api/v1/ingest/cloudevents"
ONE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


@pytest.fixture
def organization() -> Organization:
    return open_ledger()


@pytest.fixture
def authorization(organization: Organization) -> str:
    key = create_api_key(organization=organization, name="bus", scopes=[KeyScope.USAGE_WRITE])
    return f"Bearer {key.secret}"


def envelope(**changed: Any) -> dict[str, Any]:
    fields = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "https://chat.example.com",
        "type": "com.example.model.called",
        "time": "2026-05-20T12:00:00Z",
        "subject": "chat-118",
        "datacontenttype": "application/json",
        "data": {"provider_name": "openai", "response_model": "gpt-4o", "input_tokens": 1000},
    }
    return fields | changed


def post(authorization: str, body: Any, content_type: str = ONE, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = {"Authorization": authorization} | headers
    return Client().post(URL, content, content_type=content_type, headers=signed)


def statuses(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [event["status"] for event in response.json()["events"]]


def test_one_event(authorization: str) -> None:
    assert statuses(post(authorization, envelope(), f"{ONE}; charset=UTF-8")) == ["stored"]
    row = UsageEvent.objects.get()
    assert (row.transaction_id, row.input_tokens, row.source) == ("e-1", 1000, "native")
    assert row.occurred_at.isoformat() == "2026-05-20T12:00:00+00:00"
    assert statuses(post(authorization, envelope())) == ["duplicate"]


def test_a_batch_with_faults_in_envelope_and_data(authorization: str) -> None:
    answered = post(
        authorization,
        [
            envelope(),
            envelope(id="e-2", data={"transaction_id": "mine", "occurred_at": "2026-05-21T12:00:00Z"}),
            envelope(id="e-3", data={"input_tokens": -1}),
            envelope(id="e-4", time="yesterday"),
            envelope(id="e-5", time=None),
            envelope(id="e-6", specversion="0.3"),
            envelope(id="e-7", data=None, data_base64="e30="),
            envelope(id="e-8", data=None),
            {"id": "e-9"},
            envelope(id="e-10", data={"provider_name": "openai", "usage": {"prompt_tokens": "x"}}),
            7,
        ],
        BATCH,
    ).json()["events"]
    assert [(one["transaction_id"], one["status"], one.get("field")) for one in answered] == [
        ("e-1", "stored", None),
        ("mine", "stored", None),
        ("e-3", "invalid", "data.input_tokens"),
        ("e-4", "invalid", "time"),
        ("e-5", "invalid", "time"),
        ("e-6", "invalid", "specversion"),
        ("e-7", "invalid", "data_base64"),
        ("e-8", "invalid", "data"),
        ("e-9", "invalid", "specversion"),
        ("e-10", "invalid", "data.usage.prompt_tokens"),
        ("", "invalid", "event"),
    ]


def test_an_envelope_holds_raw_usage_too(authorization: str) -> None:
    usage = {"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 1}
    assert statuses(post(authorization, envelope(data={"provider_name": "anthropic", "usage": usage}))) == [
        "stored"
    ]
    assert UsageEvent.objects.get().input_tokens == 100


def test_binary_mode_has_its_envelope_in_the_headers(authorization: str) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "chat%20118",
        "ce-source": "/chat",
        "ce-type": "called",
        "ce-time": "2026-05-20T12:00:00Z",
    }
    assert statuses(post(authorization, envelope()["data"], "application/json", **headers)) == ["stored"]
    assert UsageEvent.objects.get().transaction_id == "chat 118"
    without = {name: value for name, value in headers.items() if name != "ce-id"}
    refused = post(authorization, envelope()["data"], "application/json", **without)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["0.ce-id"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"[]", BATCH, 200),
        (b"[", BATCH, 400),
        (b"{", ONE, 400),
        (b"\xff\xfe", ONE, 400),
        (b"[" * 100_000, BATCH, 400),
        (b'{"data":' * 100_000, ONE, 400),
        (b"{}", "text/plain", 415),
        (b"[]", ONE, 422),
        (b"[1]", "application/json", 422),
    ],
)
def test_hostile_bodies_are_answered_in_words(
    authorization: str, body: bytes, content_type: str, status: int
) -> None:
    response = post(authorization, body, content_type)
    assert response.status_code == status
    if status != 200:
        assert response["Content-Type"] == "application/problem+json"


def test_a_batch_has_a_limit(authorization: str, settings: Any) -> None:
    settings.INGEST_MAX_EVENTS = 1
    response = post(authorization, [envelope(), envelope(id="e-2")], BATCH)
    assert response.status_code == 400
    assert "at most 1" in response.json()["detail"]


def test_a_key_is_needed() -> None:
    assert post("Bearer nobody", envelope()).status_code == 401
