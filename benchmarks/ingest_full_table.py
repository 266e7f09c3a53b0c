"""The same rate with ``--stored`` events (ten million) in 200 organizations and 13 months, beside the empty tables.

Both databases stand on the same server and are served by the same number of workers. In each round both get the same
events of the same organization; before it, the empty one is emptied again. In the full one that organization has its
share of the old events.
"""

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from benchmarks.database import Server
from benchmarks.full_table import empty, fill, ledger_tables
from benchmarks.product import Events, Options, Sender, installation, parts_of
from benchmarks.sample import usage_events

ORGANIZATIONS: Final = 200
# Short runs have fewer, so that each has a history.
EVENTS_EACH: Final = 100
WARM_UP_BATCHES: Final = 2


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Events a second, and microseconds of processor time of web and PostgreSQL per event."""

    events_per_s: float
    web_us: float
    postgres_us: float


def measure_full_table(on: Server, options: Options) -> dict[str, Any]:
    """Both rates, their ratio, the ratio of processor times, and what the full tables held."""
    with ExitStack() as parts:
        bare = installation(parts, on=on, name="empty")
        count = max(2, min(ORGANIZATIONS, options.stored // EVENTS_EACH))
        full = installation(parts, on=on, name="full", organizations=count)
        senders = []
        for product in (bare, full):
            served = product.serve(parts, workers=options.workers)
            if product is full:
                held = fill(product, served, stored=options.stored, batch=options.batch)
                print(f"filled: {held}", flush=True)
            writers = product.organizations[:1] * options.workers
            senders.append(Sender(parts, on=on, to=served, writers=writers, batch=options.batch))
        with on.connect(full.database) as connection:
            tables = ledger_tables(connection)
        warm_up = options.batch * options.workers * WARM_UP_BATCHES
        end = datetime.now(UTC) - timedelta(minutes=5)
        events = list(usage_events(options.events + warm_up, prefix="new", end=end))
        for sender in senders:
            sender.send(events[:warm_up])
        pairs = []
        slices = parts_of(events[warm_up:], -(-options.events // options.rounds))
        for number, part in enumerate(slices, start=1):
            empty(bare, tables)
            turns = [_turn(sender, part) for sender in (senders if number % 2 else senders[::-1])]
            pairs.append(turns if number % 2 else turns[::-1])
            print(_words(number, *pairs[-1]), flush=True)
    return {"full_table": held} | _figures(pairs)


def _turn(sender: Sender, events: Events) -> Turn:
    sent, count = sender.send(events), len(events)
    return Turn(
        events_per_s=count / sent.seconds,
        web_us=sent.web / count * 1e6,
        postgres_us=sent.postgres / count * 1e6,
    )


def _words(number: int, bare: Turn, full: Turn) -> str:
    return (
        f"round {number}: {full.events_per_s:,.0f} events/s into full tables, {bare.events_per_s:,.0f} into empty "
        f"ones; PostgreSQL per event: {full.postgres_us:.0f} and {bare.postgres_us:.0f} µs"
    )


def _figures(pairs: Sequence[Sequence[Turn]]) -> dict[str, Any]:
    def median(place: int, name: str) -> float:
        return round(statistics.median(getattr(pair[place], name) for pair in pairs), 1)

    return {
        "full_table_ratio": round(
            statistics.median(full.events_per_s / bare.events_per_s for bare, full in pairs), 3
        ),
        "full_table_processor_ratio": round(
            statistics.median(
                (bare.web_us + bare.postgres_us) / ((full.web_us + full.postgres_us) or 1)
                for bare, full in pairs
            ),
            3,
        ),
        "full_table_events_per_s": median(1, "events_per_s"),
        "empty_table_events_per_s": median(0, "events_per_s"),
        "full_table_postgres_us_per_event": median(1, "postgres_us"),
        "empty_table_postgres_us_per_event": median(0, "postgres_us"),
    }
