"""How fast people's pages and the API's panels answer, and whether they stay so while usage grows.

    python -m benchmarks.dashboards [--events 1000000,10000000] [--only speed,growth,duckdb] [--keep FOLDER]

An organization of 1,000 members works for 13 months among 200 others. Its ledger is loaded three times: with the
first number of events in all (half of them its own), with the second after the others grew, and with the second after
it grew itself; in the same cells of member, model, feature and day. All is as of the last working day of the month
before this one (``benchmarks.dashboards.clock``). The last line printed is one JSON object. Parts:

    speed    each panel's median, 95th percentile and queries after it grew, beside requests that are only authenticated
    growth   each panel's median after growth over the one before
    duckdb   the time of our SQL over DuckDB's for the same answer from the organization's raw events

Loading takes longest. With ``--keep`` the loaded ledgers stay in a folder, and the next run with the same sizes uses
them.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.dashboards.duck import load_events
from benchmarks.dashboards.growth import DOUBTED, compare
from benchmarks.dashboards.ledgers import FIRST, GREW, OTHERS_GREW, Ledgers, ledgers
from benchmarks.dashboards.load import sizes
from benchmarks.dashboards.requests import Ask, Reader, Taken, milliseconds, take_turns
from benchmarks.dashboards.subjects import SUBJECTS, Subject, asks
from config.problems import told_plainly

P95: Final = 0.95
ASKED: Final = 4
"""Times a round that each subject is asked: a 95th percentile of one request in 40 rounds would be the third worst."""
BRIEFLY: Final = 3
"""A quick run compares the growth of every third request: the others take the same way."""
QUICK: Final = {"events": (2_000, 6_000), "rounds": 1, "duckdb_rounds": 1, "is_brief": True}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for; ``events`` in all before and after growth."""

    events: tuple[int, int]
    rounds: int
    duckdb_rounds: int
    is_brief: bool
    only: tuple[str, ...]
    keep: str
    database_url: str


class Readers:
    """A web worker per ledger, started when it is first asked for and shared by the parts that follow."""

    def __init__(self, parts: ExitStack, loaded: Ledgers) -> None:
        self.parts = parts
        self.loaded = loaded
        self.started: dict[str, Reader] = {}

    def of(self, name: str) -> Reader:
        """The one over the ledger ``name``."""
        if name not in self.started:
            product = self.loaded.installations[name]
            self.started[name] = Reader(self.parts, product=product, viewers=self.loaded.viewers)
        return self.started[name]


def measure_speed(loaded: Ledgers, readers: Readers, options: Options) -> dict[str, Any]:
    """Of each subject in the largest ledger: median, 95th percentile, queries; and the worst of them."""
    wanted = asks(loaded.facts, today=loaded.now.date(), is_brief=options.is_brief)
    reader = readers.of(GREW)
    counted = {ask: reader.queries(ask) for ask in wanted}
    least = 1 if options.is_brief else ASKED
    taken = take_turns([reader], wanted, rounds=options.rounds, least=least)[0]
    empty = milliseconds(taken.nothing, fraction=P95)
    panels = {subject.name: _speed(subject, taken, counted, empty) for subject in SUBJECTS}
    figures: dict[str, Any] = {"nothing_ms": milliseconds(taken.nothing), "nothing_p95_ms": empty}
    for prefix, is_page in (("worst", False), ("worst_page", True)):
        some = [panels[subject.name] for subject in SUBJECTS if subject.is_page is is_page]
        for name in ("ratio", "p95_ms", "queries"):
            figures[f"{prefix}_{name}"] = max(panel[name] for panel in some)
    return figures | {"requests_each": options.rounds, "panels": panels}


def _speed(
    subject: Subject, taken: Taken, counted: dict[Ask, tuple[int, int]], empty: float
) -> dict[str, Any]:
    seconds = taken.of_subject(subject.name)
    own = {ask: many for ask, many in taken.asks.items() if ask.subject == subject.name}
    slowest = max(own, key=lambda ask: statistics.median(own[ask]))
    p95 = milliseconds(seconds, fraction=P95)
    figures = {
        "ms": milliseconds(seconds),
        "p95_ms": p95,
        "ratio": round(p95 / empty, 2),
        "queries": max(counted[ask][0] for ask in own),
        "bytes": max(counted[ask][1] for ask in own),
        "slowest_ms": milliseconds(own[slowest]),
        "slowest": f"{slowest.viewer}: {slowest.path}",
    }
    print(f"{subject.name}: {figures}", flush=True)
    return figures


def measure_growth(loaded: Ledgers, readers: Readers, options: Options) -> dict[str, Any]:
    """The largest ratio of a request's medians, once after the others grew and once after it grew itself."""
    wanted = asks(loaded.facts, today=loaded.now.date(), is_brief=options.is_brief)
    if options.is_brief:
        wanted = wanted[::BRIEFLY]
    compared = [readers.of(name) for name in (FIRST, OTHERS_GREW, GREW)]
    doubted = DOUBTED[:1] if options.is_brief else DOUBTED
    names = ("growth_others", "growth_own")
    found = compare(compared, wanted, names=names, rounds=options.rounds, doubted=doubted)
    return {"growth": max(found["growth_others"], found["growth_own"]), **found}


def measure_duckdb(loaded: Ledgers, _readers: Readers, options: Options) -> dict[str, Any]:
    """The largest ratio of our SQL's time to DuckDB's over the panels that add up."""
    product = loaded.installations[GREW]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(options.keep or folder) / f"{GREW}.duckdb"
        events = load_events(product, into=path)
        compared = product.run(
            "benchmarks.dashboards.yardstick", path, loaded.facts["slug"], options.duckdb_rounds
        )
    for name, figures in compared.items():
        print(f"{name}: {figures}", flush=True)
    ratio = max(figures["ratio"] for figures in compared.values())
    return {"duckdb_ratio": ratio, "duckdb_events": events, "duckdb": compared}


PARTS: Final[dict[str, Callable[[Ledgers, Readers, Options], dict[str, Any]]]] = {
    "speed": measure_speed,
    "growth": measure_growth,
    "duckdb": measure_duckdb,
}


def run(options: Options) -> dict[str, Any]:
    """Load what is not there yet, and measure the parts asked for."""
    few, many = options.events
    with ExitStack() as parts:
        loaded = parts.enter_context(
            ledgers(sizes(few=few, many=many), database_url=options.database_url, keep=options.keep)
        )
        readers = Readers(parts, loaded)
        settings = loaded.installations[FIRST].on.settings()
        figures: dict[str, Any] = {}
        for name in options.only:
            print(f"{name}:", flush=True)
            figures |= PARTS[name](loaded, readers, options)
    return figures | {
        "events": options.events,
        "held": loaded.held,
        "as_of": loaded.now.isoformat(),
        "processors": os.cpu_count(),
        "server": settings,
    }


def read_options(arguments: Sequence[str]) -> Options:
    """The command line. ``SystemExit`` where it is wrong."""
    words = (__doc__ or "").split("\n\n", maxsplit=1)[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboards", description=words)
    parser.add_argument(
        "--events", type=_two_numbers, default=(1_000_000, 10_000_000), help="before,after growth"
    )
    parser.add_argument("--rounds", type=int, default=40, help="times that each request is made (40)")
    parser.add_argument("--duckdb-rounds", type=int, default=15, help="turns with DuckDB (15)")
    parser.add_argument("--only", type=_chosen, default=tuple(PARTS), help=f"any of {', '.join(PARTS)}")
    parser.add_argument("--keep", default="", help="a folder that the loaded ledgers stay in")
    parser.add_argument("--database-url", default="", help="a server to use instead of a fresh embedded one")
    parser.add_argument(
        "--quick", action="store_true", help="small and few: everything runs, nothing is proven"
    )
    given = {"is_brief": False, **vars(parser.parse_args(arguments))}
    return Options(**given | (QUICK if given.pop("quick") else {}))


def _two_numbers(text: str) -> tuple[int, int]:
    few, many = map(int, text.split(","))
    return few, many


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
