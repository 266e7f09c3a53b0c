"""How fast usage events are stored, beside a raw ``COPY`` of the same rows and beside a plain DRF endpoint.

    python -m benchmarks.ingest [--events 200000] [--workers 2] [--batch 1000] [--database-url URL]

Events go over HTTP into gunicorn and PostgreSQL on this machine, with the clients on the same cores. Subject
and yardsticks take turns in rounds, because machines are uneven; the figures are medians over the rounds. The
last line printed is one JSON object.
"""

import argparse
import json
import os
import secrets
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from benchmarks.copy_yardstick import CopyYardstick
from benchmarks.database import Server, database, server
from benchmarks.sample import usage_events
from benchmarks.web import BenchmarkProblem, Clients, Web, web
from config.problems import told_plainly

ROUNDS: Final = 5
WARM_UP_BATCHES: Final = 2
# The comparison is an order of magnitude slower: a fraction of the events gives its rate as well.
DRF_FRACTION: Final = 16
PRODUCT: Final = "config.wsgi:application"
YARDSTICK: Final = "benchmarks.drf_yardstick.wsgi:application"
YARDSTICK_SETTINGS: Final = "benchmarks.drf_yardstick.settings"
EVENTS_PATH: Final = "/api/v1/usage/events"


@dataclass(frozen=True, kw_only=True)
class Options:
    events: int
    workers: int
    batch: int
    rounds: int
    database_url: str


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


class Subject:
    """The product: a served organization with a key, and how to send events to it."""

    def __init__(self, parts: ExitStack, *, on: Server, url: str, options: Options) -> None:
        secret = _prepare_product(url)
        environment = {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": secrets.token_hex(),
        }
        self.on = on
        self.batch = options.batch
        self.web = parts.enter_context(
            web(application=PRODUCT, workers=options.workers, environment=environment)
        )
        self.clients = Clients(
            self.web, path=EVENTS_PATH, headers={"Authorization": f"Bearer {secret}"}, count=options.workers
        )
        parts.callback(self.clients.close)
        self.sent = 0

    def send(self, events: Sequence[dict[str, Any]]) -> tuple[float, list[float], float, float]:
        """Send and check the answers. Gives seconds, latencies, and processor seconds of web and PostgreSQL."""
        bodies = [json.dumps(part, separators=(",", ":")).encode() for part in _parts(events, self.batch)]
        web_before, postgres_before = self.web.processor_seconds(), self.on.processor_seconds()
        sent = self.clients.send(bodies, expected=200)
        web_used = self.web.processor_seconds() - web_before
        postgres_used = self.on.processor_seconds() - postgres_before
        stored = sum(json.loads(answer)["stored"] for answer in sent.answers)
        if stored != len(events):
            raise BenchmarkProblem(f"{stored} of {len(events)} events were stored")
        self.sent += stored
        return sent.seconds, sent.latencies, web_used, postgres_used


class DrfYardstick:
    """The comparison, served and fed in the same way."""

    def __init__(self, parts: ExitStack, *, url: str, options: Options) -> None:
        environment = {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": YARDSTICK_SETTINGS,
            "SECRET_KEY": secrets.token_hex(),
        }
        command = [sys.executable, "-m", "benchmarks.drf_yardstick.prepare"]
        prepared = subprocess.run(command, env=os.environ | environment, check=True, capture_output=True)
        self.ids = json.loads(prepared.stdout)
        self.batch = options.batch
        served: Web = parts.enter_context(
            web(application=YARDSTICK, workers=options.workers, environment=environment)
        )
        headers = {"Authorization": f"Token {self.ids['token']}"}
        self.clients = Clients(served, path="/usage", headers=headers, count=options.workers)
        parts.callback(self.clients.close)

    def send(self, events: Sequence[dict[str, Any]]) -> float:
        """Events per second, in equal batches of at most the usual size, as many to each worker."""
        connections = len(self.clients.connections)
        turns = -(-len(events) // (self.batch * connections))
        size = -(-len(events) // (turns * connections))
        records = [self._record(event) for event in events]
        bodies = [json.dumps(part, separators=(",", ":")).encode() for part in _parts(records, size)]
        return len(events) / self.clients.send(bodies, expected=200).seconds

    def _record(self, event: dict[str, Any]) -> dict[str, Any]:
        return event | {
            "member": self.ids["members"][event["member_id"]],
            "project": self.ids["projects"].get(event.get("project_id")),
            "model": self.ids["models"][event["request_model"]],
        }


def _prepare_product(url: str) -> str:
    """Migrate, load the price list, make an organization. Returns the secret of its API key."""
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from teams.enums import KeyScope
    from teams.services.keys import create_api_key
    from teams.services.organizations import create_organization
    from usage.services.price_list import apply_price_sync, preview_price_sync

    call_command("migrate", interactive=False, verbosity=0)
    apply_price_sync(diff=preview_price_sync())
    organization = create_organization(name="Benchmark", slug="benchmark", time_zone="Europe/Berlin")
    return create_api_key(organization=organization, name="benchmark", scopes=[KeyScope.USAGE_WRITE]).secret


def _parts(items: Sequence[dict[str, Any]], size: int) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def run(options: Options) -> dict[str, Any]:
    """All rounds. Returns the figures that are printed as the last line."""
    name = f"benchmark_{os.getpid()}"
    with ExitStack() as parts:
        on = parts.enter_context(server(options.database_url))
        settings = on.settings()
        print(f"PostgreSQL: {', '.join(f'{key} {value}' for key, value in settings.items())}", flush=True)
        subject_url = parts.enter_context(database(on, name))
        drf_url = parts.enter_context(database(on, f"{name}_drf"))
        subject = Subject(parts, on=on, url=subject_url, options=options)
        drf = DrfYardstick(parts, url=drf_url, options=options)
        events = _events(options)
        warm_up = options.batch * options.workers * WARM_UP_BATCHES
        subject.send(events[:warm_up])
        drf.send(events[: max(options.workers, warm_up // DRF_FRACTION)])
        copied = CopyYardstick(on, name, connections=options.workers)
        parts.callback(copied.close)
        rounds = []
        slices = list(_parts(events[warm_up:], -(-options.events // options.rounds)))
        for number, part in enumerate(slices, start=1):
            rounds.append(_round(part, subject=subject, copied=copied, drf=drf))
            print(_words(number, rounds[-1]), flush=True)
        counts = _check_counts(on, name, sent=subject.sent, measured=len(events) - warm_up, copied=copied)
    return _figures(rounds, options, settings) | counts


def _events(options: Options) -> list[dict[str, Any]]:
    count = options.events + options.batch * options.workers * WARM_UP_BATCHES
    return list(usage_events(count, prefix="bench", end=datetime.now(UTC) - timedelta(minutes=5)))


def _round(
    events: Sequence[dict[str, Any]], *, subject: Subject, copied: CopyYardstick, drf: DrfYardstick
) -> Round:
    seconds, latencies, web_used, postgres_used = subject.send(events)
    batches = copied.encoded()
    before = subject.on.processor_seconds()
    copy_seconds = copied.write(batches)
    copy_used = subject.on.processor_seconds() - before
    count = len(events)
    return Round(
        events_per_s=count / seconds,
        copy_events_per_s=count / copy_seconds,
        drf_events_per_s=drf.send(events[: max(len(drf.clients.connections), count // DRF_FRACTION)]),
        web_us_per_event=web_used / count * 1e6,
        postgres_us_per_event=postgres_used / count * 1e6,
        copy_postgres_us_per_event=copy_used / count * 1e6,
        latencies=latencies,
    )


def _words(number: int, result: Round) -> str:
    return (
        f"round {number}: {result.events_per_s:,.0f} events/s, COPY {result.copy_events_per_s:,.0f}, "
        f"DRF {result.drf_events_per_s:,.0f}; processor per event: web {result.web_us_per_event:.0f} µs, "
        f"PostgreSQL {result.postgres_us_per_event:.0f} µs, COPY {result.copy_postgres_us_per_event:.0f} µs"
    )


def _check_counts(
    on: Server, name: str, *, sent: int, measured: int, copied: CopyYardstick
) -> dict[str, int]:
    """Every event sent is stored once, with its key and in the rollups; the yardstick wrote as many rows."""
    with on.connect(name) as connection:
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


def _figures(rounds: Sequence[Round], options: Options, settings: dict[str, str]) -> dict[str, Any]:
    def median(values: Iterator[float], digits: int = 0) -> float:
        return round(statistics.median(values), digits)

    latencies = sorted(latency for result in rounds for latency in result.latencies)
    return {
        "events_per_s": median(result.events_per_s for result in rounds),
        "copy_events_per_s": median(result.copy_events_per_s for result in rounds),
        "copy_ratio": median((result.events_per_s / result.copy_events_per_s for result in rounds), 3),
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
        "events": options.events,
        "workers": options.workers,
        "batch": options.batch,
        "processors": os.cpu_count(),
        "server": settings,
    }


def read_options(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__.split("\n\n")[0])
    parser.add_argument("--events", type=int, default=200_000, help="how many to send (default 200000)")
    parser.add_argument("--workers", type=int, default=2, help="web workers, clients, COPY connections (2)")
    parser.add_argument("--batch", type=int, default=1_000, help="events in a request (1000)")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="turns that subject and yardsticks take (5)"
    )
    parser.add_argument("--database-url", default="", help="a server to use instead of a fresh embedded one")
    return Options(**vars(parser.parse_args(arguments)))


def main(arguments: Sequence[str]) -> None:
    with told_plainly():
        print(json.dumps(run(read_options(arguments))))


if __name__ == "__main__":
    main(sys.argv[1:])
