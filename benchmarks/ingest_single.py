"""Requests of one event from 50 clients of 20 organizations, beside requests of the same server that store nothing.

What it is compared with is the same POST of an empty batch, ``[]``: the same headers, connection, middleware, key
and permission; the body is read and decoded, and the answer has the same form. So the difference is what storing one
event costs, and nothing else. (A GET would be answered by the error handler, which is dearer than an answer.)

The clients are one process with raw sockets, which takes ``client_us_per_request`` of the two processors that it
shares with the server. Members, models and statements are known before the clock starts: their first use is no
matter of every request. ``single_processor_ratio`` is the ratio of the processor times of web and PostgreSQL, which
other work on the machine disturbs less than the ratio of the rates.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from benchmarks.database import Server
from benchmarks.product import EVENTS_PATH, Installation, Options, Organization, Sender, installation
from benchmarks.sample import usage_events
from benchmarks.web import BASE_DIR, BenchmarkProblem, Web

CLIENTS: Final = 50
ORGANIZATIONS: Final = 20
WARM_UP_EVENTS: Final = 2_000
"""Per organization, in batches: they name nearly every member."""
WARM_UP_REQUESTS: Final = 2_000
"""So many pass before the clock starts, or as many as one turn has if that is less."""


@dataclass(frozen=True, kw_only=True)
class Volley:
    """Requests a second, and microseconds of processor time per request."""

    rate: float
    web_us: float
    postgres_us: float
    client_us: float
    p50_ms: float
    p95_ms: float

    @property
    def server_us(self) -> float:
        return self.web_us + self.postgres_us


class Crowd:
    """The process of ``benchmarks.single_client``, and what the server spends on it."""

    def __init__(self, process: "subprocess.Popen[str]", on: Server, served: Web) -> None:
        self.process = process
        self.on = on
        self.served = served
        self.stored = 0

    def order(self, what: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def volley(self, *, requests: int, events: bool) -> Volley:
        assert self.process.stdout is not None
        web, postgres = self.served.processor_seconds(), self.on.processor_seconds()
        self.order({"requests": requests, "events": events})
        line = self.process.stdout.readline()
        if not line:
            raise BenchmarkProblem("the clients have ended")
        came = json.loads(line)
        web, postgres = self.served.processor_seconds() - web, self.on.processor_seconds() - postgres
        done = came["requests"]
        if came["stored"] != (done if events else 0):
            raise BenchmarkProblem(f"{came['stored']} of {done} single events were stored")
        self.stored += came["stored"]
        return Volley(
            rate=done / came["seconds"],
            web_us=web / done * 1e6,
            postgres_us=postgres / done * 1e6,
            client_us=came["client_seconds"] / done * 1e6,
            p50_ms=came["p50_ms"],
            p95_ms=came["p95_ms"],
        )


def measure_single(on: Server, options: Options) -> dict[str, Any]:
    """Both rates, their ratio, and the processor time of each side per request."""
    turn = max(CLIENTS, options.requests // options.rounds)
    with ExitStack() as parts:
        product = installation(parts, on=on, name="single", organizations=ORGANIZATIONS)
        served = product.serve(parts, workers=options.workers)
        known = min(WARM_UP_EVENTS, options.events)
        for organization in product.organizations:
            _make_known(parts, product, served, organization, known)
        crowd = parts.enter_context(_crowd(product, served))
        for events in (True, False):
            crowd.volley(requests=min(turn, WARM_UP_REQUESTS), events=events)
        pairs = []
        for number in range(1, options.rounds + 1):
            empty = crowd.volley(requests=turn, events=False)
            single = crowd.volley(requests=turn, events=True)
            pairs.append((empty, single))
            print(_words(number, empty, single), flush=True)
        _check_count(product, expected=known * ORGANIZATIONS + crowd.stored)
    return _figures(pairs)


def _make_known(
    parts: ExitStack, product: Installation, served: Web, organization: Organization, count: int
) -> None:
    with ExitStack() as sending:
        sender = Sender(sending, on=product.on, to=served, writers=[organization], batch=count)
        end = datetime.now(UTC) - timedelta(minutes=5)
        sender.send(list(usage_events(count, prefix="known", end=end, seed=organization.id)))


@contextmanager
def _crowd(product: Installation, served: Web) -> Iterator[Crowd]:
    command = [sys.executable, "-m", "benchmarks.single_client"]
    with subprocess.Popen(
        command, cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        crowd = Crowd(process, product.on, served)
        secrets = [organization.secret for organization in product.organizations]
        crowd.order({"port": served.port, "path": EVENTS_PATH, "secrets": secrets, "clients": CLIENTS})
        yield crowd


def _check_count(product: Installation, *, expected: int) -> None:
    with product.on.connect(product.database) as connection:
        (stored,) = connection.execute("SELECT count(*) FROM usage_event").fetchone() or (0,)
    if stored != expected:
        raise BenchmarkProblem(f"{stored} events are stored where {expected} were answered so")


def _words(number: int, empty: Volley, single: Volley) -> str:
    return (
        f"round {number}: {single.rate:,.0f} single events/s, {empty.rate:,.0f} empty requests/s; processor per "
        f"request: web {single.web_us:.0f} and {empty.web_us:.0f} µs, PostgreSQL {single.postgres_us:.0f} and "
        f"{empty.postgres_us:.0f} µs, client {single.client_us:.0f} and {empty.client_us:.0f} µs"
    )


def _figures(pairs: Sequence[tuple[Volley, Volley]]) -> dict[str, Any]:
    def of_both(name: str) -> dict[str, float]:
        return {
            kind: round(statistics.median(getattr(pair[place], name) for pair in pairs), 1)
            for place, kind in enumerate(("empty", "single"))
        }

    return {
        "single_ratio": round(statistics.median(single.rate / empty.rate for empty, single in pairs), 3),
        "single_processor_ratio": round(
            statistics.median(empty.server_us / (single.server_us or 1) for empty, single in pairs), 3
        ),
        "single_requests_per_s": of_both("rate"),
        "single_web_us_per_request": of_both("web_us"),
        "single_postgres_us_per_request": of_both("postgres_us"),
        "single_client_us_per_request": of_both("client_us"),
        "single_p50_ms": of_both("p50_ms"),
        "single_p95_ms": of_both("p95_ms"),
    }
