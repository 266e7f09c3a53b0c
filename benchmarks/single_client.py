"""Many clients in one cheap process: each sends a small request, waits for the answer, and sends the next.

    python -m benchmarks.single_client    with orders as lines of JSON on stdin, answered in kind

The first line says where to and as whom: ``{"port", "path", "secrets", "clients"}``; client n uses secret n modulo
their number. Every further line is a volley: ``{"requests": 2000, "events": true}``; without events the requests
carry an empty batch. The requests are made before the clock starts. HTTP is written and read by hand: the clients
share the processors with the server, so they have to be next to nothing.
"""

import json
import selectors
import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, repeat
from typing import Any, Final

from benchmarks.sample import usage_events

EMPTY: Final = b"[]"
ANSWER_SECONDS: Final = 60
# Faster clients may send more than their share: so many times it is kept ready.
SPARE: Final = 2


class Client:
    """One kept-alive connection with at most one request under way."""

    def __init__(self, port: int, organization: int) -> None:
        self.organization = organization
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self.answer = b""

    def send(self, request: bytes) -> None:
        self.answer = b""
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Take what has arrived; whether the answer is whole. Raises ``ValueError`` unless it says 200."""
        piece = self.socket.recv(65_536)
        self.answer += piece
        head, end, body = self.answer.partition(b"\r\n\r\n")
        if not piece or (end and not head.startswith(b"HTTP/1.1 200 ")):
            raise ValueError(f"the server answered {self.answer[:600]!r}")
        if not end:
            return False
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return len(body) >= int(length)


class Crowd:
    """All clients, and the streams of events that their organizations report."""

    def __init__(self, *, port: int, path: str, secrets: list[str], clients: int) -> None:
        self.heads = [
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {secret}\r\nContent-Length: ".encode()
            for secret in secrets
        ]
        self.clients = [Client(port, number % len(secrets)) for number in range(clients)]
        self.volleys = 0

    def volley(self, *, requests: int, events: bool) -> dict[str, float]:
        """Send ``requests`` in all. Gives their number, seconds, percentiles, and the process's own time."""
        self.volleys += 1
        streams = self._requests(requests, events=events)
        answers: list[float] = []
        stored = 0
        with selectors.DefaultSelector() as selector:
            used, began = time.process_time(), time.perf_counter()
            waiting = sum(_next(client, streams) for client in self.clients[:requests])
            for client in self.clients:
                selector.register(client.socket, selectors.EVENT_READ, client)
            left = requests - waiting
            while waiting:
                for key, _events in selector.select(ANSWER_SECONDS):
                    answered: Client = key.data
                    if not answered.receive():
                        continue
                    answers.append(time.perf_counter() - answered.began)
                    stored += b'"stored":1,' in answered.answer
                    waiting -= 1
                    if left and _next(answered, streams):
                        waiting, left = waiting + 1, left - 1
            seconds, used = time.perf_counter() - began, time.process_time() - used
        answers.sort()
        return {
            "requests": len(answers),
            "stored": stored,
            "seconds": seconds,
            "client_seconds": used,
            "p50_ms": statistics.median(answers) * 1000,
            "p95_ms": answers[int(len(answers) * 0.95)] * 1000,
        }

    def _requests(self, count: int, *, events: bool) -> list[Iterator[bytes]]:
        each = -(-count // len(self.heads)) * SPARE + len(self.clients)
        return [self._stream(number, head, each, events) for number, head in enumerate(self.heads)]

    def _stream(self, number: int, head: bytes, count: int, events: bool) -> Iterator[bytes]:
        if not events:
            return repeat(b"%b%d\r\n\r\n%b" % (head, len(EMPTY), EMPTY), count)
        end = datetime.now(UTC) - timedelta(minutes=5)
        drawn = usage_events(count, prefix=f"one-{self.volleys}-{number}", end=end, seed=number)
        bodies = (json.dumps([event], separators=(",", ":")).encode() for event in drawn)
        return iter([b"%b%d\r\n\r\n%b" % (head, len(body), body) for body in bodies])


def _next(client: Client, streams: list[Iterator[bytes]]) -> bool:
    """Send the client's next request; False when its organization has no more."""
    request = next(islice(streams[client.organization], 1), None)
    if request is not None:
        client.send(request)
    return request is not None


def main(orders: Iterator[str], answer: Callable[[str], Any]) -> None:
    """Obey orders until there are no more."""
    crowd = Crowd(**json.loads(next(orders)))
    for order in orders:
        answer(json.dumps(crowd.volley(**json.loads(order))) + "\n")


if __name__ == "__main__":
    main(iter(sys.stdin.readline, ""), lambda line: print(line, end="", flush=True))
