"""The real OpenTelemetry SDK and its exporter tell a running ledger about model calls."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context
from requests.adapters import HTTPAdapter

from teams.enums import KeyScope
from teams.models import Organization
from teams.services.keys import create_api_key
from tests.config.processes import ROOT, environment
from tests.docs.pages import DOCS, fenced, section, table
from tests.flows.conftest import RunningProduct
from tests.flows.test_hostile_bodies import MOST_MEGABYTES, Memory
from tests.usage.formats.otlp.spans import CHAT, ENDED_AT
from tests.usage.ledger.ledgers import damaged_relations
from tests.usage.ledger_fixtures import open_ledger
from usage.formats.otlp.attributes import NAMES
from usage.models import Integration, ReceiptDaily, UsageEvent
from usage.services.partitions import ensure_partitions, kept_months
from usage.services.periods import ensure_periods

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = DOCS / "otlp.md"
PATH = "/api/v1/ingest/otlp/v1/traces"
SECOND = 1_000_000_000
PAGES_WORDS = {
    "time_to_first_token_ms`, from seconds": "first_token_seconds",
    "cached part of `audio_input_tokens": "cached_audio_tokens",
    "cached part of `image_input_tokens": "cached_image_tokens",
}


@pytest.fixture
def organization(transactional_db: None) -> Organization:
    return open_ledger()


def exporter(product: RunningProduct, organization: Organization, **options: Any) -> OTLPSpanExporter:
    key = create_api_key(organization=organization, name="agents", scopes=[KeyScope.USAGE_WRITE])
    return OTLPSpanExporter(
        endpoint=f"http://127.0.0.1:{product.port}{PATH}",
        headers={"Authorization": f"Bearer {key.secret}"},
        timeout=30,
        **options,
    )


@contextmanager
def traced(processor: BatchSpanProcessor) -> Iterator[TracerProvider]:
    """A tracer's provider that has handed everything on when the block ends."""
    provider = TracerProvider(resource=Resource.create({"service.name": "helpdesk"}))
    provider.add_span_processor(processor)
    yield provider
    provider.shutdown()


def agent_run(provider: TracerProvider, *, calls: int, at: int = ENDED_AT) -> None:
    """An agent that asks a model some times and uses a tool in between; its own span has the sum of the tokens."""
    tracer = provider.get_tracer("app")
    total = {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 1000 * calls}
    agent = tracer.start_span("invoke_agent helper", attributes=CHAT | total, start_time=at - 60 * SECOND)
    inside = set_span_in_context(agent)
    for number in range(calls):
        call = tracer.start_span(
            "chat gpt-4o",
            context=inside,
            kind=SpanKind.CLIENT,
            attributes=CHAT | {"user.id": "bob", "gen_ai.response.finish_reasons": ["stop"]},
            start_time=at - 2 * SECOND,
        )
        call.add_event("gen_ai.user.message", {"content": "What is in the box?"})
        if number == 0:
            call.set_status(StatusCode.ERROR, "overloaded")
        call.end(at + number * 1_000_000)
    tracer.start_span(
        "execute_tool", context=inside, attributes={"gen_ai.operation.name": "execute_tool"}
    ).end()
    agent.end(at)


def test_the_sdk_exports_calls_and_agents_in_batches(
    product: RunningProduct, organization: Organization
) -> None:
    for number, compression in enumerate((Compression.NoCompression, Compression.Gzip)):
        sender = exporter(product, organization, compression=compression)
        with traced(BatchSpanProcessor(sender, max_export_batch_size=7)) as provider:
            for run in range(2):
                agent_run(provider, calls=5, at=ENDED_AT + (2 * number + run) * SECOND)
    events = UsageEvent.objects.filter(organization=organization)
    assert sum(event.input_tokens for event in events) == 20 * 1000
    assert {(event.source, event.operation_name) for event in events} == {("otlp", "chat")}
    assert {event.duration_ms for event in events} == {2000, 2001, 2002, 2003, 2004}
    assert sum(event.failures for event in events) == 4
    assert {event.integration_id for event in events} == {Integration.objects.get(external_id="helpdesk").pk}
    receipts = ReceiptDaily.objects.all()
    assert {(one.source, one.stored, one.unattributed, one.unpriced) for one in receipts} == {
        ("otlp", 10, 0, 0)
    }
    assert damaged_relations(organization) == set()


class LosesAnswers(HTTPAdapter):
    """Delivers every request, and loses the first answer."""

    sent = 0

    def send(self, *args: Any, **options: Any) -> requests.Response:
        answer = super().send(*args, **options)
        self.sent += 1
        if self.sent == 1:
            answer.close()
            raise requests.ConnectionError("the answer was lost")
        return answer


def test_an_export_that_is_tried_again_counts_once(
    product: RunningProduct, organization: Organization
) -> None:
    memory = InMemorySpanExporter()
    with traced(BatchSpanProcessor(memory)) as provider:
        agent_run(provider, calls=3)
    session, lossy = requests.Session(), LosesAnswers()
    session.mount("http://", lossy)
    sender = exporter(product, organization, session=session)
    assert sender.export(memory.get_finished_spans()) is SpanExportResult.SUCCESS
    assert lossy.sent == 2
    assert sender.export(memory.get_finished_spans()) is SpanExportResult.SUCCESS
    assert UsageEvent.objects.count() == 3
    receipt = ReceiptDaily.objects.get()
    assert (receipt.received, receipt.stored, receipt.duplicate, receipt.conflict) == (9, 3, 6, 0)


def test_a_key_that_is_not_valid_is_told_to_the_exporter(
    product: RunningProduct, caplog: pytest.LogCaptureFixture
) -> None:
    sender = OTLPSpanExporter(
        endpoint=f"http://127.0.0.1:{product.port}{PATH}", headers={"Authorization": "Bearer tl_live_none"}
    )
    span = TracerProvider().get_tracer("app").start_span("chat")
    span.end()
    assert isinstance(span, Span)
    assert sender.export([span]) is SpanExportResult.FAILURE
    assert "401" in caplog.text


def test_bodies_of_nothing_cost_little(product: RunningProduct, organization: Organization) -> None:
    memory = Memory(product)
    key = create_api_key(organization=organization, name="hostile", scopes=[KeyScope.USAGE_WRITE])
    headers = {"Authorization": f"Bearer {key.secret}", "Content-Encoding": "gzip"}
    start = b'{"resourceSpans": ['
    with memory.watched():
        # All that a body can hold, and about the most of it that is still looked at.
        for content_type, body, expected in (
            ("application/x-protobuf", b"\x0a\x00" * 16_000_000, 400),
            ("application/x-protobuf", b"\x0a\x00" * 990_000, 200),
            ("application/json", start + b"{}," * 11_000_000, 400),
            ("application/json", start + b"{}," * 1_990_000 + b"{}]}", 200),
        ):
            sent = headers | {"Content-Type": content_type}
            assert product.ask("POST", PATH, body=gzip.compress(body, 1), headers=sent)[0] == expected
    print(f"peak {memory.peak:.0f} MB")
    assert memory.peak < MOST_MEGABYTES


def test_the_snippet_of_the_page(product: RunningProduct, organization: Organization, tmp_path: Path) -> None:
    ensure_partitions(kept_months())
    ensure_periods(organization.pk)
    key = create_api_key(organization=organization, name="agents", scopes=[KeyScope.USAGE_WRITE])
    (snippet,) = fenced(PAGE, "python")
    assert "http://localhost:8000" in snippet and "tl_live_…" in snippet
    script = tmp_path / "snippet.py"
    script.write_text(
        snippet.replace("http://localhost:8000", f"http://127.0.0.1:{product.port}").replace(
            "tl_live_…", key.secret
        )
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    event = UsageEvent.objects.get()
    assert (event.input_tokens, event.cache_read_input_tokens, event.output_tokens) == (1200, 800, 150)
    assert event.member_id and event.project_id and event.integration_id


def test_the_page_names_every_attribute() -> None:
    told = {
        PAGES_WORDS.get(field, field): tuple(names.replace("`", "").split(", "))
        for field, names in table(section(PAGE, "What becomes of a span"))
    }
    assert told == {field: names for field, names in NAMES.items() if field.islower()}
