"""Four writers into one organization, beside four writers into four: how much do they wait for each other's rows?

Each writer is a connection with a stream of its own, of the same hours: all add to the same days, hours and scopes,
which is the worst that can happen to rollups. Both sides have the same streams and the same server, and take turns.
A deadlock would be tried again unseen by the clients, so PostgreSQL's own count of them is printed.
"""

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Final

from benchmarks.database import Server
from benchmarks.product import Events, Installation, Options, Sender, installation, parts_of
from benchmarks.sample import usage_events
from benchmarks.web import BenchmarkProblem

WRITERS: Final = 4


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Events a second, and microseconds of processor time of web and PostgreSQL per event."""

    events_per_s: float
    server_us: float


def measure_one_organization(on: Server, options: Options) -> dict[str, Any]:
    """Both rates, their ratio, the ratio of processor times, and the deadlocks that PostgreSQL counted."""
    share = -(-options.events // options.rounds // WRITERS)
    with ExitStack() as parts:
        product = installation(parts, on=on, name="one_org", organizations=1 + WRITERS)
        with ExitStack() as serving:
            served = product.serve(serving, workers=options.workers)
            one, *four = product.organizations
            # Both are connected all the time; whoever waits costs nothing.
            sides = [
                Sender(serving, on=on, to=served, writers=writers, batch=options.batch)
                for writers in ([one] * WRITERS, four)
            ]
            for side in sides:
                _turn(side, 0, options.batch * WRITERS)
            pairs = []
            for number in range(1, options.rounds + 1):
                turns = [_turn(side, number, share) for side in (sides if number % 2 else sides[::-1])]
                pairs.append(turns if number % 2 else turns[::-1])
                print(_words(number, *pairs[-1]), flush=True)
        # Ended workers have reported everything.
        deadlocks = _check(product, expected=sum(side.sent for side in sides))
    return _figures(pairs) | {"deadlocks": deadlocks}


def _turn(side: Sender, number: int, share: int) -> Turn:
    """Each writer sends ``share`` events: every writer's n-th batch stands beside the others' n-th."""
    end = datetime.now(UTC) - timedelta(minutes=5)
    streams = [
        parts_of(list(usage_events(share, prefix=f"{number}-{writer}", end=end, seed=writer)), side.batch)
        for writer in range(WRITERS)
    ]
    batches: list[Events] = list(chain.from_iterable(zip(*streams, strict=True)))
    sent = side.send_batches(batches)
    count = share * WRITERS
    return Turn(events_per_s=count / sent.seconds, server_us=(sent.web + sent.postgres) / count * 1e6)


def _check(product: Installation, *, expected: int) -> int:
    with product.on.connect(product.database) as connection:
        events, deadlocks = connection.execute(
            "SELECT (SELECT count(*) FROM usage_event), deadlocks FROM pg_stat_database WHERE datname = %s",
            [product.database],
        ).fetchone() or (0, 0)
    if events != expected:
        raise BenchmarkProblem(f"{events} events are stored where {expected} were answered so")
    return int(deadlocks)


def _words(number: int, one: Turn, four: Turn) -> str:
    return (
        f"round {number}: {one.events_per_s:,.0f} events/s into one organization, {four.events_per_s:,.0f} into "
        f"four; processor per event: {one.server_us:.0f} and {four.server_us:.0f} µs"
    )


def _figures(pairs: Sequence[Sequence[Turn]]) -> dict[str, Any]:
    return {
        "one_org_ratio": round(
            statistics.median(one.events_per_s / four.events_per_s for one, four in pairs), 3
        ),
        "one_org_processor_ratio": round(
            statistics.median(four.server_us / (one.server_us or 1) for one, four in pairs), 3
        ),
        "one_org_events_per_s": round(statistics.median(one.events_per_s for one, _four in pairs)),
        "four_orgs_events_per_s": round(statistics.median(four.events_per_s for _one, four in pairs)),
    }
