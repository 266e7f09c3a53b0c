"""Clients that send a byte now and then: they are told off in the end, and nobody else waits for them."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from threading import Event, Thread

import pytest

from config.web_worker import COLLECTED, REQUEST_SECONDS
from teams.enums import KeyScope
from teams.services.keys import create_api_key
from tests.config.processes import eventually
from tests.flows.conftest import RunningProduct
from tests.usage.ledger_fixtures import open_ledger
from usage.models import UsageEvent

pytestmark = pytest.mark.django_db(transaction=True)

SLOW_CLIENTS = 20
PACE = 0.5


class Trickle:
    """A connection that sends ``beginning`` at once and one more byte every half second."""

    def __init__(self, product: RunningProduct, beginning: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", product.port), timeout=REQUEST_SECONDS + 20)
        self.socket.sendall(beginning)

    def drip(self) -> None:
        try:
            self.socket.send(b" ")
        except OSError:
            pass  # It was closed on us, as it should be in the end.

    def status(self) -> int:
        """What it is answered; 0 when the connection is closed without a word."""
        answer = HTTPResponse(self.socket)
        try:
            answer.begin()
        except OSError:
            return 0
        finally:
            self.socket.close()
        return answer.status


@contextmanager
def dripping(trickles: list[Trickle]) -> Iterator[None]:
    """The clients drip on for as long as the block lasts."""
    enough = Event()

    def drip() -> None:
        while not enough.wait(PACE):
            for trickle in trickles:
                trickle.drip()

    thread = Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


def beginning(secret: str, *, of: int, body: bytes = b"[") -> bytes:
    lines = (
        "POST /api/v1/usage/events HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {secret}",
        f"Content-Length: {of}",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


@pytest.fixture
def secret(transactional_db: None) -> str:
    return create_api_key(organization=open_ledger(), name="slow", scopes=[KeyScope.USAGE_WRITE]).secret


def test_twenty_slow_clients_keep_nobody_waiting_and_are_sent_away(
    product: RunningProduct, secret: str
) -> None:
    half = SLOW_CLIENTS // 2
    trickles = [Trickle(product, beginning(secret, of=50_000)) for _client in range(half)]
    trickles += [Trickle(product, b"GET /healthz HTTP/1.1\r\nX-Name: ") for _client in range(half)]
    began = time.monotonic()
    waits = []
    with dripping(trickles):
        for number in range(10):
            before = time.monotonic()
            body = json.dumps(
                [{"transaction_id": f"quick-{number}", "occurred_at": "2026-05-20T12:00:00Z"}]
            ).encode()
            headers = {"Authorization": f"Bearer {secret}"}
            status, text = product.ask("POST", "/api/v1/usage/events", body=body, headers=headers)
            assert (status, json.loads(text)["stored"]) == (200, 1)
            waits.append(time.monotonic() - before)
        assert time.monotonic() - began < REQUEST_SECONDS, "the slow ones were not there all the time"
        answers = [trickle.status() for trickle in trickles]
        took = time.monotonic() - began
    print(f"longest wait of the others {max(waits):.2f} s; slow ones closed after {took:.1f} s: {answers}")
    assert max(waits) < 5
    assert set(answers) <= {0, 408} and 408 in answers
    assert REQUEST_SECONDS <= took < REQUEST_SECONDS + 10
    assert UsageEvent.objects.count() == 10


def test_a_body_that_begins_well_and_then_drips_is_answered_408(product: RunningProduct, secret: str) -> None:
    trickle = Trickle(product, beginning(secret, of=COLLECTED + 1_000, body=b" " * (COLLECTED + 10)))
    with dripping([trickle]):
        assert trickle.status() == 408


def test_a_body_that_ends_before_its_length_stores_nothing(product: RunningProduct, secret: str) -> None:
    lines = b"".join(
        json.dumps({"transaction_id": str(number), "occurred_at": "2026-05-20T12:00:00Z"}).encode() + b"\n"
        for number in range(2_000)
    )
    assert len(lines) > COLLECTED
    trickle = Trickle(product, beginning(secret, of=len(lines) + 100, body=lines))
    trickle.socket.shutdown(socket.SHUT_WR)
    assert trickle.status() == 400
    assert not UsageEvent.objects.exists()


def test_requests_in_pieces_and_one_behind_the_other_are_understood(
    product: RunningProduct, secret: str
) -> None:
    client = socket.create_connection(("127.0.0.1", product.port), timeout=30)
    two = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 2
    for piece in (two[:10], two[10:30], two[30:]):
        client.sendall(piece)
        eventually(lambda: True)
    answers = b""
    while answers.count(b'{"status": "ok"}') < 2:
        piece = client.recv(10_000)
        assert piece, answers
        answers += piece
    client.close()
