"""Batches as large and numbers as high as they may be, and sums that have no room left."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings

from teams.enums import KeyScope
from teams.models import Organization
from teams.services.keys import create_api_key
from tests.usage.ledger_fixtures import open_ledger
from usage.models import Chat, UsageDaily, UsageEvent
from usage.queries.ledger_check import check_ledger

pytestmark = pytest.mark.django_db

MOST = 1_000_000_000_000
MOST_CALLS = 1_000_000
ROOM = 2**63 - 1


@pytest.fixture
def organization() -> Organization:
    return open_ledger()


@pytest.fixture
def headers(organization: Organization) -> dict[str, str]:
    key = create_api_key(organization=organization, name="app", scopes=[KeyScope.USAGE_WRITE])
    return {"Authorization": f"Bearer {key.secret}"}


def send(headers: dict[str, str], events: list[dict[str, Any]]) -> Any:
    return Client(raise_request_exception=False).post(
        "/api/v1/usage/events", json.dumps(events), content_type="application/json", headers=headers
    )


def highest(number: int, **changed: Any) -> dict[str, Any]:
    """An event whose every number is the largest that is allowed."""
    return {
        "transaction_id": f"high-{number}",
        "occurred_at": "2026-05-20T12:00:00Z",
        "provider_name": "openai",
        "response_model": "gpt-4o",
        "member_id": "bob",
        "conversation_id": "long",
        "message_id": "one",
        "calls": MOST_CALLS,
        "duration_ms": MOST,
        "time_to_first_token_ms": MOST,
        "input_tokens": MOST,
        "cache_read_input_tokens": MOST,
        "output_tokens": MOST,
        "reasoning_output_tokens": MOST,
        "audio_seconds": MOST,
        "web_search_calls": MOST_CALLS,
        "code_run_calls": MOST_CALLS,
        "composition": {"context": MOST},
        "tools": [{"name": "search", "calls": MOST_CALLS, "tokens": MOST}],
        "files": [{"file_id": "f", "size_bytes": MOST, "extracted_tokens": MOST, "tokens": MOST}],
    } | changed


def fullest(number: int) -> dict[str, Any]:
    """An event whose every text is as long as allowed, in letters of four bytes, with 50 tools and 50 files."""

    def text(length: int, place: str = "") -> str:
        return f"{number}-{place}".ljust(length, "𝒳")

    names = ("conversation_id", "conversation_title", "message_id", "response_id", "request_model")
    scope = ("member_id", "department_id", "project_id", "integration_id")
    return {
        "transaction_id": text(200),
        "occurred_at": "2026-05-20T12:00:00Z",
        **{name: text(200) for name in (*names, *scope)},
        "response_model": "gpt-4o",
        "provider_name": "openai".ljust(100, "𝒳"),
        **{name: text(100) for name in ("operation_name", "feature", "error_type")},
        **{name: text(40) for name in ("service_tier", "platform")},
        "tools": [{"name": text(100, str(place))} for place in range(50)],
        "files": [{"file_id": text(200, str(place)), "name": text(200)} for place in range(50)],
    }


def test_ten_thousand_events_with_the_highest_numbers_add_up(
    organization: Organization, headers: dict[str, str]
) -> None:
    response = send(headers, [highest(number) for number in range(10_000)])
    assert (response.status_code, response.json()["stored"]) == (200, 10_000)
    day = UsageDaily.objects.get()
    assert (day.input_tokens, day.calls) == (10_000 * MOST, 10_000 * MOST_CALLS)
    assert Chat.objects.get().calls == 10_000 * MOST_CALLS
    assert check_ledger(organization.pk).is_clean


def test_the_longest_texts_and_lists_are_stored(organization: Organization, headers: dict[str, str]) -> None:
    response = send(headers, [fullest(number) for number in range(50)])
    assert (response.status_code, response.json()["stored"]) == (200, 50), response.content[:2000]
    assert check_ledger(organization.pk).is_clean


def test_a_batch_of_exactly_the_limit_is_taken_and_one_more_byte_or_event_is_not(
    headers: dict[str, str],
) -> None:
    events = [highest(number) for number in range(10)]
    size = len(json.dumps(events))
    with override_settings(INGEST_MAX_BYTES=size, INGEST_MAX_EVENTS=10):
        assert send(headers, events).status_code == 200
    with override_settings(INGEST_MAX_BYTES=size - 1):
        assert send(headers, events).status_code == 413
    with override_settings(INGEST_MAX_EVENTS=9):
        assert send(headers, events).status_code == 400


def test_a_sum_without_room_refuses_the_batch_and_nothing_else(
    organization: Organization, headers: dict[str, str]
) -> None:
    assert send(headers, [highest(1)]).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("UPDATE usage_daily SET input_tokens = %s", [ROOM - 10])
    response = send(headers, [highest(2)])
    assert (response.status_code, response["Content-Type"]) == (422, "application/problem+json")
    assert "too large" in response.json()["detail"]
    assert UsageEvent.objects.count() == 1
    assert send(headers, [highest(3, occurred_at="2026-05-21T12:00:00Z")]).status_code == 200
