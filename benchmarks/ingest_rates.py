"""The first question: events stored a second, beside a raw ``COPY`` of the same rows and beside a plain DRF endpoint.

Subject and yardsticks take turns in rounds, because machines are uneven; the figures are medians over the rounds.
"""

import secrets
import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from benchmarks.copy_yardstick import CopyYardstick
from benchmarks.database import Server, database
from benchmarks.product import (
    Events,
    Installation,
    Options,
    Sender,
    bodies,
    installation,
    parts_of,
    run_module,
)
from benchmarks.sample import usage_events
from benchmarks.web import BenchmarkProblem, Clients, web

WARM_UP_BATCHES: Final = 2
# The comparison is an order of magnitude slower: a fraction of the events gives its rate as well.
DRF_FRACTION: Final = 16
YARDSTICK: Final = "benchmarks.drf_yardstick.wsgi:application"
YARDSTICK_SETTINGS: Final = "benchmarks.drf_yardstick.settings"


@dataclass(frozen=True, kw_only=True)
class Round:
    """Events per second of one round, and microseconds of processor time per event where they can be seen."""

    events_per_s: float
    copy_events_per_s: float
    drf_events_per_s: float
    web_us_per_event: float
    postgres_us_per_event: float
    copy_postgres_us_per_event: float
    latencies: list[float]


class DrfYardstick:
    """The comparison, served and fed in the same way."""

    def __init__(self, parts: ExitStack, *, url: str, options: Options) -> None:
        environment = {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": YARDSTICK_SETTINGS,
            "SECRET_KEY": secrets.token_hex(),
        }
        self.ids = run_module("benchmarks.drf_yardstick.prepare", environment=environment)
        self.batch = options.batch
        served = parts.enter_context(
            web(application=YARDSTICK, workers=options.workers, environment=environment)
        )
        headers = {"Authorization": f"Token {self.ids['token']}"}
        self.clients = Clients(served, path="/usage", headers=headers, count=options.workers)
        parts.callback(self.clients.close)

    def send(self, events: Events) -> float:
        """Events per second, in equal batches of at most the usual size, as many to each worker."""
        connections = len(self.clients.connections)
        turns = -(-len(events) // (self.batch * connections))
        size = -(-len(events) // (turns * connections))
        prepared = bodies([self._record(event) for event in events], size)
        return len(events) / self.clients.send(prepared, expected=200).seconds

    def _record(self, event: dict[str, Any]) -> dict[str, Any]:
        return event | {
            "member": self.ids["members"][event["member_id"]],
            "project": self.ids["projects"].get(event.get("project_id")),
            "model": self.ids["models"][event["request_model"]],
        }


def measure_rates(on: Server, options: Options) -> dict[str, Any]:
    """Rates, their ratios, times per batch and per event, and what was stored."""
    with ExitStack() as parts:
        product = installation(parts, on=on, name="rates")
        drf_url = parts.enter_context(database(on, f"{product.database}_drf"))
        served = product.serve(parts, workers=options.workers)
        writers = product.organizations * options.workers
        subject = Sender(parts, on=on, to=served, writers=writers, batch=options.batch)
        drf = DrfYardstick(parts, url=drf_url, options=options)
        warm_up = options.batch * options.workers * WARM_UP_BATCHES
        end = datetime.now(UTC) - timedelta(minutes=5)
        events = list(usage_events(options.events + warm_up, prefix="bench", end=end))
        subject.send(events[:warm_up])
        drf.send(events[: max(options.workers, warm_up // DRF_FRACTION)])
        copied = CopyYardstick(on, product.database, connections=options.workers)
        parts.callback(copied.close)
        rounds = []
        slices = parts_of(events[warm_up:], -(-options.events // options.rounds))
        for number, part in enumerate(slices, start=1):
            rounds.append(_round(part, subject=subject, copied=copied, drf=drf))
            print(_words(number, rounds[-1]), flush=True)
        counts = _check_counts(product, sent=subject.sent, measured=options.events, copied=copied)
    return _figures(rounds) | counts


def _round(events: Events, *, subject: Sender, copied: CopyYardstick, drf: DrfYardstick) -> Round:
    sent = subject.send(events)
    batches = copied.encoded()
    before = subject.on.processor_seconds()
    copy_seconds = copied.write(batches)
    copy_used = subject.on.processor_seconds() - before
    count = len(events)
    return Round(
        events_per_s=count / sent.seconds,
        copy_events_per_s=count / copy_seconds,
        drf_events_per_s=drf.send(events[: max(len(drf.clients.connections), count // DRF_FRACTION)]),
        web_us_per_event=sent.web / count * 1e6,
        postgres_us_per_event=sent.postgres / count * 1e6,
        copy_postgres_us_per_event=copy_used / count * 1e6,
        latencies=sent.latencies,
    )


def _words(number: int, result: Round) -> str:
    return (
        f"round {number}: {result.events_per_s:,.0f} events/s, COPY {result.copy_events_per_s:,.0f}, "
        f"DRF {result.drf_events_per_s:,.0f}; processor per event: web {result.web_us_per_event:.0f} µs, "
        f"PostgreSQL {result.postgres_us_per_event:.0f} µs, COPY {result.copy_postgres_us_per_event:.0f} µs"
    )


def _check_counts(
    product: Installation, *, sent: int, measured: int, copied: CopyYardstick
) -> dict[str, int]:
    """Every event sent is stored once, with its key and in the rollups; the yardstick wrote as many rows."""
    with product.on.connect(product.database) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM usage_event), (SELECT count(*) FROM usage_event_key), "
            "(SELECT count(*) FROM usage_message), (SELECT coalesce(sum(events), 0)::bigint FROM usage_message), "
            "(SELECT coalesce(sum(calls), 0)::bigint FROM usage_daily), "
            "(SELECT count(*) FROM usage_event WHERE unpriced <> 0)"
        ).fetchone()
    events, keys, messages, message_events, daily, unpriced = row or (0,) * 6
    if {events, keys, message_events, daily} != {sent}:
        raise BenchmarkProblem(
            f"sent {sent}, but there are {events} events, {keys} keys, {message_events} events in messages "
            f"and {daily} calls in usage_daily"
        )
    if copied.counts()[:2] != (measured, measured):
        raise BenchmarkProblem(f"the yardstick wrote {copied.counts()} rows for {measured} events")
    return {
        "sent": sent,
        "stored_events": events,
        "stored_keys": keys,
        "stored_messages": messages,
        "unpriced_events": unpriced,
        "copied_messages": copied.counts()[2],
    }


def _figures(rounds: Sequence[Round]) -> dict[str, Any]:
    def median(values: Iterator[float], digits: int = 0) -> float:
        return round(statistics.median(values), digits)

    latencies = sorted(latency for result in rounds for latency in result.latencies)
    return {
        "events_per_s": median(result.events_per_s for result in rounds),
        "copy_events_per_s": median(result.copy_events_per_s for result in rounds),
        "copy_ratio": median((result.events_per_s / result.copy_events_per_s for result in rounds), 3),
        "copy_processor_ratio": median(
            (
                result.copy_postgres_us_per_event
                / ((result.web_us_per_event + result.postgres_us_per_event) or 1)
                for result in rounds
            ),
            3,
        ),
        "drf_events_per_s": median(result.drf_events_per_s for result in rounds),
        "drf_speedup": median((result.events_per_s / result.drf_events_per_s for result in rounds), 1),
        "batch_p50_ms": round(statistics.median(latencies) * 1000, 1),
        "batch_p95_ms": round(latencies[int(len(latencies) * 0.95)] * 1000, 1),
        "web_us_per_event": median((result.web_us_per_event for result in rounds), 1),
        "postgres_us_per_event": median((result.postgres_us_per_event for result in rounds), 1),
        "copy_postgres_us_per_event": median((result.copy_postgres_us_per_event for result in rounds), 1),
        "rounds": [
            {key: round(value) for key, value in asdict(result).items() if key != "latencies"}
            for result in rounds
        ],
    }
