"""Bodies that only a real connection can send, and what they cost the workers."""

import gzip
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Event, Thread
from typing import Any

import psutil
import pytest
from django.conf import settings

from teams.enums import KeyScope
from teams.services.keys import create_api_key
from tests.flows.conftest import RunningProduct
from tests.usage.ledger_fixtures import event, open_ledger
from usage.models import UsageEvent

EVENTS_PATH = "/api/v1/usage/events"
MEGABYTE = 1024 * 1024
AT_ONCE = 3
MOST_MEGABYTES = 600
"""No worker may take more at any moment: that is room for several of the largest batches in work at once."""
GROWTH_MEGABYTES = 100
"""…nor keep more than this after the same again."""


@pytest.fixture
def headers(transactional_db: None) -> dict[str, str]:
    key = create_api_key(organization=open_ledger(), name="stream", scopes=[KeyScope.USAGE_WRITE])
    return {"Authorization": f"Bearer {key.secret}"}


class Memory:
    """The largest resident size of any worker, looked at all the time."""

    def __init__(self, product: RunningProduct) -> None:
        self.workers = psutil.Process(product.pid).children()
        self.peak = 0.0

    def now(self) -> float:
        """Megabytes of the largest worker. Fails when one has died."""
        found = max(worker.memory_info().rss for worker in self.workers) / MEGABYTE
        self.peak = max(self.peak, found)
        return found

    @contextmanager
    def watched(self) -> Iterator[None]:
        enough = Event()

        def look() -> None:
            while not enough.wait(0.05):
                self.now()

        thread = Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            enough.set()
            thread.join()


def test_a_body_in_chunks_is_refused_and_not_lost_in_silence(
    product: RunningProduct, headers: dict[str, str]
) -> None:
    client = HTTPConnection("127.0.0.1", product.port, timeout=30)
    body = json.dumps([{"transaction_id": event().transaction_id, "occurred_at": "2026-05-20T12:00:00Z"}])
    client.request("POST", EVENTS_PATH, body=iter([body.encode()]), headers=headers, encode_chunked=True)
    answer = client.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (411, "application/problem+json")
    client.close()
    assert not UsageEvent.objects.exists()


def test_bombs_and_giants_cost_a_bounded_amount_of_memory(
    product: RunningProduct, headers: dict[str, str]
) -> None:
    memory = Memory(product)
    sizes: dict[str, float] = {"at rest": memory.now()}
    packed = headers | {"Content-Encoding": "gzip"}
    bomb = gzip.compress(bytes(300 * MEGABYTE), 1)
    nested = gzip.compress(b"[" * (settings.INGEST_MAX_BYTES - 1), 1)
    with memory.watched():
        for name, body, sent, expected in (
            ("gzip bombs of 300 MB", bomb, packed, 413),
            ("32 MB of brackets", nested, packed, 400),
            ("largest batches", largest_batch("first"), headers, 200),
            ("largest batches, new", largest_batch("second"), headers, 200),
        ):
            statuses = at_once(product, body, sent)
            assert set(statuses) <= {expected, 503}, (name, statuses)
            assert expected in statuses
            sizes[name] = memory.now()
        assert declared_only(product, headers, 100 * MEGABYTE) == 413
    assert product.ask("GET", "/healthz")[0] == 200
    print({name: round(size) for name, size in sizes.items()}, f"peak {memory.peak:.0f} MB")
    assert memory.peak < MOST_MEGABYTES
    assert sizes["largest batches, new"] - sizes["largest batches"] < GROWTH_MEGABYTES


def at_once(product: RunningProduct, body: bytes, headers: dict[str, str]) -> list[int]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(
            pool.map(
                lambda _client: product.ask("POST", EVENTS_PATH, body=body, headers=headers)[0],
                range(AT_ONCE),
            )
        )


def largest_batch(prefix: str) -> bytes:
    """As many events as a request may hold, padded to as many bytes as it may have."""
    events: list[dict[str, Any]] = [
        {
            "transaction_id": f"{prefix}-{number}",
            "occurred_at": "2026-05-20T12:00:00Z",
            "provider_name": "openai",
            "response_model": "gpt-4o",
            "member_id": f"member-{number % 300}",
            "conversation_id": f"chat-{number % 1000}",
            "input_tokens": 1_000,
            "output_tokens": 100,
            "tools": [{"name": f"tool-{place}"} for place in range(2)],
        }
        for number in range(settings.INGEST_MAX_EVENTS)
    ]
    body = json.dumps(events).encode()
    return body + b" " * (settings.INGEST_MAX_BYTES - len(body))


def declared_only(product: RunningProduct, headers: dict[str, str], length: int) -> int:
    """The status for a body that says how long it is and begins to come: it is refused before it has."""
    with socket.create_connection(("127.0.0.1", product.port), timeout=30) as client:
        lines = ["POST /api/v1/usage/events HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        client.sendall("\r\n".join([*lines, "", ""]).encode() + b" " * 100_000)
        began = time.monotonic()
        answer = client.recv(1_000)
        assert time.monotonic() - began < 10
        return int(answer.split(b" ", 2)[1])
