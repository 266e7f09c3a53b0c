"""LiteLLM's payloads over the API: stored once, priced by us, and without a word of what was said."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from teams.enums import KeyScope
from teams.models import Member, Organization, Project
from teams.services.keys import NewApiKey, create_api_key
from tests.usage.formats.litellm.recorded import recorded
from tests.usage.ledger_fixtures import open_ledger
from usage.enums import EventSource
from usage.models import QuarantinedEvent, UsageEvent

pytestmark = pytest.mark.django_db

URL = "/api/v1/ingest/litellm"


@pytest.fixture
def organization() -> Organization:
    return open_ledger()


@pytest.fixture
def key(organization: Organization) -> NewApiKey:
    return create_api_key(organization=organization, name="proxy", scopes=[KeyScope.USAGE_WRITE])


def call(name: str = "openai", **changed: Any) -> dict[str, Any]:
    """A recorded call, moved into the open months."""
    return (
        recorded(name, startTime=1779278400.0, endTime=1779278401.5, completionStartTime=1779278401.5)
        | changed
    )


def post(key: NewApiKey, body: bytes | list[Any] | dict[str, Any], **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = headers.pop("content_type", "application/json")
    signed = {"Authorization": f"Bearer {key.secret}"}
    return Client().post(URL, content, content_type=kind, headers=signed | headers)


def counts(answer: Any) -> dict[str, int]:
    assert answer.status_code == 200, answer.content
    return {name: value for name, value in answer.json().items() if name != "events" and value}


def test_a_call_is_stored_with_our_cost_and_the_reported_one(key: NewApiKey) -> None:
    sent = call()
    sent["response"]["model"] = "gpt-4o"
    assert counts(post(key, [sent])) == {"received": 1, "stored": 1}
    stored = UsageEvent.objects.get()
    assert stored.source == EventSource.LITELLM
    assert (stored.input_tokens, stored.cache_read_input_tokens, stored.output_tokens) == (2006, 1920, 300)
    # 2,006 tokens at 2 dollars a million and 300 at 10, by the price list of the tests.
    assert stored.contracted_cost == Decimal("0.007012")
    assert stored.reported_cost == Decimal("0.005615")
    assert Member.objects.get(pk=stored.member_id).external_id == "bob"
    assert Project.objects.get(pk=stored.project_id).external_id == "project-search"


def test_all_three_forms_of_the_callback_are_the_same_call(key: NewApiKey) -> None:
    assert counts(post(key, call())) == {"received": 1, "stored": 1}
    assert counts(post(key, [call()])) == {"received": 1, "duplicate": 1}
    lines = "\n".join(json.dumps(each) for each in (call(), call("anthropic"))).encode()
    assert counts(post(key, lines)) == {"received": 2, "duplicate": 1, "stored": 1}
    assert counts(post(key, lines, content_type="application/x-ndjson")) == {"received": 2, "duplicate": 2}


def test_a_reported_cost_that_changes_is_other_content(key: NewApiKey) -> None:
    post(key, [call()])
    assert counts(post(key, [call(response_cost=0.01)])) == {"received": 1, "conflict": 1}


def test_nothing_that_was_said_is_kept_anywhere(key: NewApiKey) -> None:
    future = (timezone.now() + timedelta(days=3)).timestamp()
    failed = call("failure", error_str="the secret prompt was refused")
    answer = post(key, [call(), call("responses"), failed, call("azure", id="late", endTime=future)])
    assert counts(answer) == {"received": 4, "stored": 3, "quarantined": 1}
    assert QuarantinedEvent.objects.get().facts["transaction_id"] == "litellm:late"
    for text in ("secret", "How can I assist", "peaceful grove"):
        assert text in json.dumps([call(), call("responses"), failed]), text
        assert not found_anywhere(text)


def found_anywhere(text: str) -> list[str]:
    """The tables that hold a text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f"SELECT 1 FROM {table} t WHERE t::text ILIKE %s LIMIT 1", [f"%{text}%"])
            found += [table] if cursor.fetchone() else []
    return found


def test_what_is_no_call_is_accepted_and_ignored(key: NewApiKey) -> None:
    silent = call(
        call_type="acreate_file", prompt_tokens=0, completion_tokens=0, metadata=None, response=None
    )
    assert counts(post(key, [silent])) == {}
    assert not UsageEvent.objects.exists()


def test_faults_are_told_as_everywhere(key: NewApiKey) -> None:
    wrong = post(key, [call(completion_tokens=-5)])
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "0.completion_tokens"
    assert post(key, b"{").status_code == 400
    assert post(key, b"{}", content_type="text/plain").status_code == 415
    assert Client().post(URL, b"[]", content_type="application/json").status_code == 401


def test_the_words_of_the_organization_of_a_key_decide_which_calls_are_taken(key: NewApiKey) -> None:
    other = call("azure", id="other")
    other["metadata"]["user_api_key_org_id"] = "org-other"
    answer = post(key, [call(), other], **{"X-LiteLLM-Organization": "org-acme"})
    assert counts(answer) == {"received": 1, "stored": 1}
