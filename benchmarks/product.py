"""The product as a benchmark meets it: its own database, organizations with keys, gunicorn, and a sender of batches."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from benchmarks.database import Server, database
from benchmarks.web import BASE_DIR, BenchmarkProblem, Clients, Web, web

APPLICATION: Final = "config.wsgi:application"
EVENTS_PATH: Final = "/api/v1/usage/events"

Events = Sequence[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for on the command line; sizes are numbers of events unless they say otherwise."""

    events: int
    workers: int
    batch: int
    rounds: int
    stored: int
    requests: int
    trace_events: int
    only: tuple[str, ...]
    database_url: str


@dataclass(frozen=True, kw_only=True)
class Organization:
    id: int
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


@dataclass(frozen=True, kw_only=True)
class Installation:
    """A prepared database of the product and the environment that its processes get."""

    on: Server
    database: str
    organizations: list[Organization]
    environment: dict[str, str]

    def serve(self, parts: ExitStack, *, workers: int) -> Web:
        """gunicorn over this database, until ``parts`` close."""
        return parts.enter_context(
            web(application=APPLICATION, workers=workers, environment=self.environment)
        )

    def run(self, module: str, *arguments: object, timeout: int = 3600) -> Any:
        """What ``python -m module`` prints as JSON on its last line, run inside this installation."""
        return run_module(module, *arguments, environment=self.environment, timeout=timeout)


@dataclass(kw_only=True)
class Sent:
    """What came of sending events: seconds, seconds per batch, processor seconds of web and PostgreSQL."""

    seconds: float
    web: float
    postgres: float
    latencies: list[float] = field(default_factory=list)


class Sender:
    """Sends batches to one gunicorn over kept-alive connections, each with an organization's key."""

    def __init__(
        self, parts: ExitStack, *, on: Server, to: Web, writers: Sequence[Organization], batch: int
    ) -> None:
        self.on = on
        self.web = to
        self.batch = batch
        self.sent = 0
        self.clients = Clients(
            to, path=EVENTS_PATH, headers=[writer.headers for writer in writers], count=len(writers)
        )
        parts.callback(self.clients.close)

    def send(self, events: Events) -> Sent:
        """Share the events out over the connections, batch by batch, and see that all were stored."""
        return self.send_batches(list(parts_of(events, self.batch)))

    def send_batches(self, batches: Sequence[Events]) -> Sent:
        """The same for batches: the first goes to the first connection, the second to the second, and so on."""
        prepared = [json.dumps(part, separators=(",", ":")).encode() for part in batches]
        expected = sum(map(len, batches))
        web_before, postgres_before = self.web.processor_seconds(), self.on.processor_seconds()
        came = self.clients.send(prepared, expected=200)
        sent = Sent(
            seconds=came.seconds,
            web=self.web.processor_seconds() - web_before,
            postgres=self.on.processor_seconds() - postgres_before,
            latencies=came.latencies,
        )
        stored = sum(json.loads(answer)["stored"] for answer in came.answers)
        if stored != expected:
            raise BenchmarkProblem(f"{stored} of {expected} events were stored")
        self.sent += stored
        return sent


@contextmanager
def with_tables(on: Server) -> Iterator[Server]:
    """The server with a template of the product's tables and prices, from which installations are copied."""
    name = f"benchmark_{os.getpid()}_template"
    with database(on, name) as url:
        run_module("benchmarks.prepare", "--tables", environment=_environment(url))
        yield replace(on, template=name)


def _environment(url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": secrets.token_hex(),
    }


def installation(
    parts: ExitStack, *, on: Server, name: str, organizations: int = 1, is_kept: bool = False
) -> Installation:
    """A fresh database with the product's tables, prices and organizations, dropped when ``parts`` close.

    One that is kept has the same name in every process.
    """
    full_name = f"benchmark_{name}" if is_kept else f"benchmark_{os.getpid()}_{name}"
    made_of = database(on, full_name, template=on.template, is_kept=is_kept)
    environment = _environment(parts.enter_context(made_of))
    made = run_module("benchmarks.prepare", "--organizations", organizations, environment=environment)
    return Installation(
        on=on,
        database=full_name,
        organizations=[Organization(**row) for row in made],
        environment=environment,
    )


def run_module(module: str, *arguments: object, environment: Mapping[str, str], timeout: int = 3600) -> Any:
    """What ``python -m module`` prints as JSON on its last line."""
    command = [sys.executable, "-W", "ignore", "-m", module, *map(str, arguments)]
    done = subprocess.run(
        command,
        cwd=BASE_DIR,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode:
        raise BenchmarkProblem(f"{module} ended with exit code {done.returncode}\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def parts_of(items: Events, size: int) -> Iterator[Events]:
    """``items`` in slices of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def bodies(events: Events, size: int) -> list[bytes]:
    """Request bodies of at most ``size`` events each."""
    return [json.dumps(part, separators=(",", ":")).encode() for part in parts_of(events, size)]
