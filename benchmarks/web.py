"""Starts gunicorn as the product is served, and sends batches to it as a patient client would."""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

BASE_DIR: Final = Path(__file__).resolve().parent.parent
START_SECONDS: Final = 60
ANSWER_SECONDS: Final = 300
BALANCE_ATTEMPTS: Final = 200
IDLE_SECONDS: Final = 5
"""The server hangs up on connections that are idle for some time: after this one they are made anew."""


class BenchmarkProblem(Exception):
    """The benchmark cannot say anything: a server did not start, an answer was not the expected one."""


@dataclass(frozen=True, kw_only=True)
class Web:
    """A gunicorn that serves one application on this machine."""

    process: psutil.Process
    port: int
    workers: int

    def worker_processes(self) -> list[psutil.Process]:
        return self.process.children()

    def processor_seconds(self) -> float:
        """Processor time that the workers have used up so far."""
        times = [process.cpu_times() for process in self.worker_processes()]
        return sum(time.user + time.system for time in times)


@contextmanager
def web(*, application: str, workers: int, environment: Mapping[str, str]) -> Iterator[Web]:
    """Serve ``application`` with the product's gunicorn settings until the block ends."""
    port = _free_port()
    own = {"HOST": "127.0.0.1", "PORT": str(port), "WEB_WORKERS": str(workers), "LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn", application]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=BASE_DIR, env={**os.environ, **environment, **own}, stdout=log, stderr=log
        )
        try:
            started = Web(process=psutil.Process(process.pid), port=port, workers=workers)
            _wait_until_up(started, process)
            yield started
        except BenchmarkProblem as problem:
            log.seek(0)
            words = log.read().decode(errors="replace")[-4000:]
            raise BenchmarkProblem(f"{problem}\n{words}") from problem
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(started: Web, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise BenchmarkProblem(f"gunicorn ended with exit code {process.returncode}")
        connection = http.client.HTTPConnection("127.0.0.1", started.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            if len(started.worker_processes()) == started.workers:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise BenchmarkProblem("gunicorn does not answer")


@dataclass(kw_only=True)
class Sent:
    """What came of one volley: seconds in all and per batch, and the answers' bodies."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)


class Clients:
    """``count`` kept-alive connections, each worker having its share of them.

    ``headers`` are those of every connection, or one mapping for each.
    """

    def __init__(
        self, to: Web, *, path: str, headers: Mapping[str, str] | Sequence[Mapping[str, str]], count: int
    ) -> None:
        self.path = path
        each = [headers] * count if isinstance(headers, Mapping) else headers
        self.headers = [{"Content-Type": "application/json", **own} for own in each]
        self.to = to
        self.connections = _balanced(to, count)
        self.used = time.monotonic()

    def close(self) -> None:
        for connection in self.connections:
            connection.close()

    def send(self, bodies: Sequence[bytes], *, expected: int) -> Sent:
        """Send all bodies, each connection one after the other; raise when a status is not ``expected``."""
        count = len(self.connections)
        if time.monotonic() - self.used > IDLE_SECONDS:
            self.close()
            self.connections = _balanced(self.to, count)
        with ThreadPoolExecutor(count) as threads:
            began = time.perf_counter()
            parts = list(
                threads.map(
                    lambda number: self._send_share(number, bodies[number::count], expected),
                    range(count),
                )
            )
            sent = Sent(seconds=time.perf_counter() - began)
        self.used = time.monotonic()
        for latencies, answers in parts:
            sent.latencies += latencies
            sent.answers += answers
        return sent

    def _send_share(
        self, number: int, bodies: Sequence[bytes], expected: int
    ) -> tuple[list[float], list[bytes]]:
        connection, headers = self.connections[number], self.headers[number]
        latencies, answers = [], []
        for body in bodies:
            began = time.perf_counter()
            connection.request("POST", self.path, body, headers)
            response = connection.getresponse()
            answer = response.read()
            latencies.append(time.perf_counter() - began)
            if response.status != expected:
                raise BenchmarkProblem(f"{self.path} answered {response.status}: {answer[:600]!r}")
            answers.append(answer)
        return latencies, answers


def _balanced(to: Web, count: int) -> list[http.client.HTTPConnection]:
    """``count`` open connections, spread over the workers as a load balancer would.

    The kernel gives a connection to any worker that waits, so two may fall to the same one and halve the rate.
    """
    share = -(-count // to.workers)
    kept: list[http.client.HTTPConnection] = []
    held: dict[int, int] = {}
    for _attempt in range(BALANCE_ATTEMPTS):
        if len(kept) == count:
            return kept
        connection = http.client.HTTPConnection("127.0.0.1", to.port, timeout=ANSWER_SECONDS)
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        worker = _worker_of(to, connection)
        if held.get(worker, 0) < share:
            held[worker] = held.get(worker, 0) + 1
            kept.append(connection)
        else:
            connection.close()
    raise BenchmarkProblem("the connections cannot be spread over the workers")


def _worker_of(to: Web, connection: http.client.HTTPConnection) -> int:
    own_port = connection.sock.getsockname()[1]
    for process in to.worker_processes():
        for found in process.net_connections("tcp"):
            if found.raddr and found.raddr.port == own_port and found.laddr.port == to.port:
                return process.pid
    raise BenchmarkProblem("no worker has accepted the connection")
