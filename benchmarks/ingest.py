"""How fast usage events are stored, and whether it stays so: in a full table, one by one, from many writers at once.

    python -m benchmarks.ingest [--events 200000] [--workers 2] [--only rates,single] [--database-url URL]

Events go over HTTP into gunicorn and PostgreSQL on this machine, with the clients on the same cores. What is
compared takes turns in rounds, because machines are uneven; the figures are medians over the rounds. The last
line printed is one JSON object. The parts, each described in its module, can be asked for alone by ``--only``:

    rates       events a second, beside a raw COPY of the same rows and beside a plain DRF endpoint
    price       pricing's share of the web worker's time
    single      requests of one event, beside authenticated requests without any
    otlp        OpenTelemetry spans, beside native events
    one_org     four writers into one organization, beside four into four
    demo        rollup rows per event of the demo
    million     rollup rows per event of a real trace, and the workers' memory on the way
    full_table  the rate with ten million events stored, beside that of the empty tables
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from benchmarks.database import Server, server
from benchmarks.ingest_full_table import measure_full_table
from benchmarks.ingest_one_org import measure_one_organization
from benchmarks.ingest_otlp import measure_otlp
from benchmarks.ingest_price import measure_price
from benchmarks.ingest_rates import measure_rates
from benchmarks.ingest_rollups import measure_demo, measure_million
from benchmarks.ingest_single import measure_single
from benchmarks.product import Options, with_tables
from config.problems import told_plainly

PARTS: Final[dict[str, Callable[[Server, Options], dict[str, Any]]]] = {
    "rates": measure_rates,
    "price": measure_price,
    "single": measure_single,
    "otlp": measure_otlp,
    "one_org": measure_one_organization,
    "demo": measure_demo,
    "million": measure_million,
    "full_table": measure_full_table,
}


def run(options: Options) -> dict[str, Any]:
    """All parts that were asked for, each on databases of its own. Returns the figures printed as the last line."""
    figures: dict[str, Any] = {}
    with server(options.database_url) as on:
        settings = on.settings()
        print(f"PostgreSQL: {', '.join(f'{key} {value}' for key, value in settings.items())}", flush=True)
        with with_tables(on) as prepared:
            for name in options.only:
                print(f"{name}:", flush=True)
                figures |= PARTS[name](prepared, options)
    return figures | {
        "events": options.events,
        "workers": options.workers,
        "batch": options.batch,
        "processors": os.cpu_count(),
        "server": settings,
    }


def read_options(arguments: Sequence[str]) -> Options:
    """The command line. ``SystemExit`` where it is wrong."""
    words = (__doc__ or "").split("\n\n", maxsplit=1)[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=words)
    for name, standing, meaning in (
        ("--events", 200_000, "events to send in each part that measures a rate"),
        ("--workers", 2, "web workers, clients, COPY connections"),
        ("--batch", 1_000, "events in a request"),
        ("--rounds", 5, "turns that those compared take"),
        ("--stored", 10_000_000, "events that fill the full table"),
        ("--requests", 10_000, "requests of one event, and as many without any"),
        ("--trace-events", 1_000_000, "events drawn from the trace"),
    ):
        parser.add_argument(name, type=int, default=standing, help=f"{meaning} ({standing})")
    parser.add_argument("--only", type=_chosen, default=tuple(PARTS), help=f"any of {', '.join(PARTS)}")
    parser.add_argument("--database-url", default="", help="a server to use instead of a fresh embedded one")
    return Options(**vars(parser.parse_args(arguments)))


def _chosen(text: str) -> tuple[str, ...]:
    wanted = text.split(",")
    if unknown := set(wanted) - set(PARTS):
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(sorted(unknown))}")
    return tuple(name for name in PARTS if name in wanted)


def main(arguments: Sequence[str]) -> None:
    """Read the options, measure, print."""
    with told_plainly():
        print(json.dumps(run(read_options(arguments))))


if __name__ == "__main__":
    main(sys.argv[1:])
