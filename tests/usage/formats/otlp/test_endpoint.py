"""``POST /api/v1/ingest/otlp/v1/traces``: what is stored, and the answers of the protocol."""

import gzip
import json
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from teams.enums import KeyScope
from teams.models import Organization
from teams.services.keys import NewApiKey, create_api_key
from tests.real_data import REAL_DATA, needs_real_data
from tests.usage.formats.otlp.spans import CHAT, as_json, as_protobuf, attributes, request, span
from tests.usage.ledger_fixtures import open_ledger
from usage.formats.otlp.adapter import JSON, PROTOBUF
from usage.models import Integration, QuarantinedEvent, ReceiptDaily, UsageEvent

pytestmark = pytest.mark.django_db

URL = "/api/v1/ingest/otlp/v1/traces"
SECRET_WORDS = "the recipe of the secret sauce"


@pytest.fixture
def organization() -> Organization:
    return open_ledger()


@pytest.fixture
def key(organization: Organization) -> NewApiKey:
    return create_api_key(organization=organization, name="agents", scopes=[KeyScope.USAGE_WRITE])


def post(key: NewApiKey | None, body: bytes, content_type: str = JSON, **headers: str) -> Any:
    signed = {"Authorization": f"Bearer {key.secret}"} if key else {}
    return Client(raise_request_exception=False).post(
        URL, body, content_type=content_type, headers=signed | headers, CONTENT_TYPE=content_type
    )


def partial_success(response: Any) -> tuple[int, str]:
    """Rejected spans and the message, from either encoding."""
    assert response.status_code == 200
    if response["Content-Type"] == PROTOBUF:
        partial = ExportTraceServiceResponse.FromString(response.content).partial_success
        return partial.rejected_spans, partial.error_message
    assert response["Content-Type"] == JSON
    said = response.json().get("partialSuccess", {"rejectedSpans": "0", "errorMessage": ""})
    return int(said["rejectedSpans"]), said["errorMessage"]


def sent_as(content_type: str, body: dict[str, Any]) -> bytes:
    return as_protobuf(body) if content_type == PROTOBUF else as_json(body)


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_calls_are_stored_once_however_often_they_are_exported(key: NewApiKey, content_type: str) -> None:
    body = sent_as(content_type, request(span(), span(), resource={"service.name": "helpdesk"}))
    first = post(key, body, f"{content_type}; charset=utf-8")
    again = post(key, gzip.compress(body), content_type, **{"Content-Encoding": "gzip"})
    assert [first.content, again.content] == ([b"", b""] if content_type == PROTOBUF else [b"{}", b"{}"])
    assert partial_success(first) == partial_success(again) == (0, "")
    events = UsageEvent.objects.all()
    assert [event.input_tokens for event in events] == [1000, 1000]
    assert {event.integration_id for event in events} == {Integration.objects.get(external_id="helpdesk").pk}
    assert {event.source for event in events} == {"otlp"}
    receipt = ReceiptDaily.objects.get()
    assert (receipt.source, receipt.received, receipt.stored, receipt.duplicate) == ("otlp", 4, 2, 2)


def test_a_span_sent_in_the_other_encoding_is_the_same(key: NewApiKey) -> None:
    body = request(span(CHAT | {"gen_ai.response.time_to_first_chunk": 0.25}))
    post(key, as_json(body))
    assert partial_success(post(key, as_protobuf(body), PROTOBUF)) == (0, "")
    assert UsageEvent.objects.count() == 1


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_what_is_wrong_is_rejected_and_the_rest_stored(key: NewApiKey, content_type: str) -> None:
    known = span()
    post(key, as_json(request(known)))
    changed = known | {"attributes": attributes(CHAT | {"gen_ai.usage.input_tokens": 5})}
    negative = span(CHAT | {"gen_ai.usage.output_tokens": -1})
    early = span(endTimeUnixNano="9000000000000000000")
    body = request(changed, negative, early, span(), span({}))
    rejected, message = partial_success(post(key, sent_as(content_type, body), content_type))
    assert rejected == 2
    assert (
        "conflict" in message and "output_tokens is no whole number" in message and "quarantined" in message
    )
    assert UsageEvent.objects.count() == 2


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_all_wrong_is_a_partial_success_too_and_a_long_message_is_cut(
    key: NewApiKey, content_type: str
) -> None:
    wrong = [span(CHAT | {"gen_ai.usage.output_tokens": -1}) for _ in range(300)]
    rejected, message = partial_success(post(key, sent_as(content_type, request(*wrong)), content_type))
    assert rejected == 300
    assert message.endswith("; and 295 more") and len(message) < 1000


def test_a_span_of_wrong_types_in_json_is_rejected_for_itself(key: NewApiKey) -> None:
    rejected, message = partial_success(
        post(key, as_json(request(span(traceId=7), span(attributes={}), span())))
    )
    assert rejected == 2 and "traceId" in message
    assert UsageEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", PROTOBUF),
        (b"{}", JSON),
        (b'{"resourceSpans": []}', JSON),
        (b'{"resourceSpans": [{}]}', JSON),
        (b'{"resourceSpans": [{"resource": null, "scopeSpans": [{"spans": null}]}], "more": 1}', JSON),
    ],
)
def test_an_empty_request_is_taken(key: NewApiKey, body: bytes, content_type: str) -> None:
    assert partial_success(post(key, body, content_type)) == (0, "")
    assert not ReceiptDaily.objects.exists()


@needs_real_data
def test_the_protocols_own_example_is_accepted_and_ignored(key: NewApiKey) -> None:
    assert partial_success(post(key, (REAL_DATA / "otlp_trace.json").read_bytes())) == (0, "")
    assert not UsageEvent.objects.exists()


def test_an_agents_span_does_not_count_its_calls_again(key: NewApiKey) -> None:
    agent = span(CHAT | {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 2000})
    family = {"traceId": agent["traceId"], "parentSpanId": agent["spanId"]}
    first, second = span(**family), span(**family)
    post(key, as_json(request(first, agent)))
    post(key, as_protobuf(request(second)), PROTOBUF)  # A batch processor cuts where it likes.
    post(key, as_protobuf(request(agent)), PROTOBUF)
    assert sorted(UsageEvent.objects.values_list("input_tokens", flat=True)) == [1000, 1000]


def refused(response: Any) -> tuple[int, int, str]:
    """Status of HTTP, code of the ``google.rpc.Status`` and its message."""
    if response["Content-Type"] == PROTOBUF:
        status = Status.FromString(response.content)
        return response.status_code, status.code, status.message
    assert response["Content-Type"] == JSON
    return response.status_code, response.json()["code"], response.json()["message"]


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_refusals_are_told_in_the_encoding_of_the_request(key: NewApiKey, content_type: str) -> None:
    assert refused(post(key, b"\xff", content_type))[:2] == (400, 3)
    nobody = post(None, b"", content_type)
    assert refused(nobody)[:2] == (401, 16) and nobody["WWW-Authenticate"].startswith("Bearer")
    reader = create_api_key(organization=key.key.organization, name="r", scopes=[KeyScope.USAGE_READ])
    assert refused(post(reader, b"", content_type))[:2] == (403, 7)
    packed = post(key, b"x", content_type, **{"Content-Encoding": "zstd"})
    assert refused(packed)[:2] == (415, 3)
    bomb = gzip.compress(bytes(40 * 1024 * 1024), 1)
    assert refused(post(key, bomb, content_type, **{"Content-Encoding": "gzip"}))[:2] == (413, 8)
    assert refused(post(key, b"x", "text/plain"))[:2] == (415, 3)


def test_only_post(key: NewApiKey) -> None:
    response = Client().get(URL, headers={"Authorization": f"Bearer {key.secret}"})
    assert refused(response)[:2] == (405, 12) and response["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_an_outage_asks_to_send_again_later(key: NewApiKey, content_type: str) -> None:
    body = sent_as(content_type, request(span()))
    with patch("usage.api.ingest.store_events", side_effect=OperationalError("gone")) as away:
        away.side_effect.__cause__ = psycopg.OperationalError("gone")
        response = post(key, body, content_type)
    assert refused(response)[:2] == (503, 14)
    assert int(response["Retry-After"]) > 0


def test_content_of_messages_is_nowhere(key: NewApiKey) -> None:
    content = {
        "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"content": SECRET_WORDS}]}]),
        "gen_ai.prompt.0.content": SECRET_WORDS,
        "gen_ai.prompt": SECRET_WORDS,
        "input.value": SECRET_WORDS,
        "llm.input_messages.0.message.content": SECRET_WORDS,
        "gen_ai.system_instructions": SECRET_WORDS,
    }
    said = [{"name": "gen_ai.user.message", "attributes": attributes({"content": SECRET_WORDS})}]
    stored = span(CHAT | content, name=SECRET_WORDS, events=said, status={"code": 2, "message": SECRET_WORDS})
    waiting = span(CHAT | content, events=said, endTimeUnixNano="9000000000000000000")
    conflicting = stored | {"attributes": attributes(CHAT | content | {"gen_ai.usage.input_tokens": 1})}
    for body in (request(stored, waiting), request(conflicting)):
        post(key, as_protobuf(body), PROTOBUF)
        post(key, as_json(body))
    assert UsageEvent.objects.count() == 1 and QuarantinedEvent.objects.count() >= 2
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{SECRET_WORDS[:20]}%"]
            )
            assert cursor.fetchone() == (0,), table


def test_each_organization_has_its_own_spans(key: NewApiKey) -> None:
    other = create_api_key(organization=open_ledger(), name="theirs", scopes=[KeyScope.USAGE_WRITE])
    body = request(span())
    changed = request(
        body["resourceSpans"][0]["scopeSpans"][0]["spans"][0] | {"endTimeUnixNano": "1779278401000000000"}
    )
    assert (
        partial_success(post(key, as_json(body))) == partial_success(post(other, as_json(changed))) == (0, "")
    )
    organizations = UsageEvent.objects.values_list("organization_id", flat=True)
    assert set(organizations) == {key.key.organization_id, other.key.organization_id}
