"""How many rollup rows an event leaves behind, and whether workers stay as small as they were.

The fewer rows per event, the more of what is written adds to rows that stand. Two answers: the demo, as it is loaded,
and ``--trace-events`` drawn from the trace over its 14 days and 300 members (``benchmarks.trace_events`` says how).
The latter go over HTTP into fresh workers, whose memory is looked at after every tenth of them.
"""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

from benchmarks.database import Server
from benchmarks.product import Installation, Options, Sender, installation
from benchmarks.trace_events import TRACE, read_windows, trace_events
from benchmarks.web import BenchmarkProblem, Web
from usage.rollups import ROLLUPS

LOOKS: Final = 10
SETTLED: Final = 2
"""After so many of the looks a worker has met everybody: from here on its memory should stand still."""
# Events left at a time in the memory of this process.
PORTION: Final = 20_000


def measure_demo(on: Server, options: Options) -> dict[str, Any]:
    """Rollup rows per event of the demo's organizations."""
    with ExitStack() as parts:
        product = installation(parts, on=on, name="demo", organizations=0)
        product.run("benchmarks.load_demo")
        return {"demo_rollup_rows_per_event": rows_per_event(product)}


def measure_million(on: Server, options: Options) -> dict[str, Any]:
    """Rollup rows per event of the trace; each worker's megabytes after every tenth, and how much they grew."""
    if not TRACE.exists():
        print("the trace is not there, so nothing is said about it", flush=True)
        return {}
    with ExitStack() as parts:
        product = installation(parts, on=on, name="million")
        served = product.serve(parts, workers=options.workers)
        writers = product.organizations * options.workers
        sender = Sender(parts, on=on, to=served, writers=writers, batch=options.batch)
        end = datetime.now(UTC) - timedelta(minutes=5)
        events = trace_events(options.trace_events, windows=read_windows(), end=end)
        sizes = [_megabytes(served)]
        for _look in range(LOOKS):
            left = -(-options.trace_events // LOOKS)
            while part := list(islice(events, min(left, PORTION))):
                sender.send(part)
                left -= len(part)
            sizes.append(_megabytes(served))
            print(f"{sender.sent:,} events: workers of {_words(sizes[-1])} MB", flush=True)
        rows = rows_per_event(product)
    if len({tuple(sorted(look)) for look in sizes}) != 1:
        raise BenchmarkProblem("a worker was replaced on the way")
    return {"trace_rollup_rows_per_event": rows} | _growth(sizes)


def rows_per_event(product: Installation) -> dict[str, float]:
    """For each rollup its rows by the number of events."""
    with product.on.connect(product.database) as connection:

        def count(table: str) -> int:
            (rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
            return int(rows)

        events = count("usage_event")
        return {"events": events} | {
            rollup.table: round(count(rollup.table) / (events or 1), 4) for rollup in ROLLUPS
        }


def _megabytes(served: Web) -> dict[int, float]:
    return {process.pid: round(process.memory_info().rss / 2**20, 1) for process in served.worker_processes()}


def _words(look: dict[int, float]) -> str:
    return ", ".join(f"{size:.0f}" for _pid, size in sorted(look.items()))


def _growth(sizes: list[dict[int, float]]) -> dict[str, Any]:
    """``sizes`` begin before the first event; growth is from the second look after it to the last, at the worst."""
    return {
        "worker_rss_mb": [[look[pid] for look in sizes] for pid in sorted(sizes[0])],
        "memory_growth": round(max(sizes[-1][pid] / sizes[SETTLED][pid] for pid in sizes[0]), 3),
    }
