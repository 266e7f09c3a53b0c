"""A fault run on real processes: nothing is lost and nothing counted twice, whatever dies while usage comes in.

    python -m benchmarks.soak [--events 200000] [--clients 4] [--faults 60] [--batch 100] [--workers 2] [--seed N]

Starts a PostgreSQL of its own (fsync on) and gunicorn. Clients send until every event has an answer, while web workers
and PostgreSQL are killed at random moments, last month is closed and the rollups are rebuilt. In the end the ledger is
compared with what was sent and answered. The last line printed is one JSON object; exit code 1 when anything differs.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.database import BASE_DIR
from benchmarks.soak.faults import Faults
from benchmarks.soak.sent import Load
from benchmarks.soak.stage import SoakProblem, Stage, stage, wait_until
from config.problems import told_plainly


@dataclass(frozen=True, kw_only=True)
class Options:
    events: int
    clients: int
    faults: int
    batch: int
    workers: int
    seed: int

    def loads(self, end: datetime) -> list[Load]:
        share, rest = divmod(self.events, self.clients)
        return [
            Load(client=number, events=share + (number < rest), batch=self.batch, seed=self.seed, end=end)
            for number in range(self.clients)
        ]


class Clients:
    """The client processes, their records, and that none of them gives up."""

    def __init__(self, loads: Sequence[Load], *, on: Stage, key: str) -> None:
        self.records = [on.folder / f"client-{load.client}.tsv" for load in loads]
        self.processes = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "benchmarks.soak.client", *load.arguments()),
                    *(f"--port={on.port}", f"--key={key}", f"--record={record}"),
                ],
                cwd=BASE_DIR,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for load, record in zip(loads, self.records, strict=True)
        ]

    def check(self) -> None:
        for process in self.processes:
            if process.poll() not in (None, 0):
                raise SoakProblem(f"a client gave up: {process.communicate()[1]}")

    def counts(self) -> Counter[str]:
        """Wait for all of them. What they counted, together."""
        total: Counter[str] = Counter()
        for process in self.processes:
            words, errors = process.communicate()
            if process.returncode != 0:
                raise SoakProblem(f"a client gave up: {errors}")
            total.update(json.loads(words))
        return total

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


class Appointments:
    """What staff do at certain numbers of answers, each in a thread beside clients and faults."""

    def __init__(self, threads: ThreadPoolExecutor, *planned: tuple[int, Callable[[], Any]]) -> None:
        self.threads = threads
        self.planned = list(planned)
        self.begun: list[Future[Any]] = []

    def look(self, answers: int) -> None:
        while self.planned and answers >= self.planned[0][0]:
            self.begun.append(self.threads.submit(self.planned.pop(0)[1]))


def run(options: Options) -> dict[str, Any]:
    """The whole run. Returns what is printed as the last line."""
    with stage(workers=options.workers) as on:
        os.environ.update(on.environment)
        import django

        django.setup()
        from benchmarks.soak import proof, work

        organization, key = work.make_organization()
        on.start_web()
        loads = options.loads(datetime.now(UTC) - timedelta(minutes=5))
        faults = Faults(on, faults=options.faults, answers=options.events, seed=options.seed)
        began = time.monotonic()
        clients = Clients(loads, on=on, key=key)
        answers = proof.Answers(clients.records)
        try:
            interrupted = _play(options, clients, answers, faults, organization, on)
            counts = clients.counts()
        finally:
            clients.stop()
        seconds = time.monotonic() - began
        print(f"{options.events:,} events were answered after {seconds:.0f} s; comparing …", flush=True)
        found = proof.differences(organization, loads, answers)
        if found:
            print("\n".join(found[: proof.SHOWN]), flush=True)
        return {
            "events": options.events,
            "seed": options.seed,
            "seconds": round(seconds, 1),
            "faults": dict(sorted(faults.counts.items())),
            **{name: counts[name] for name in ("retries", "hang_ups", "twins")},
            "lost_answers": proof.lost_answers(answers),
            "rebuilds_interrupted": interrupted,
            "database_back_s": _spread(faults.recoveries),
            "web_back_s": _spread(faults.web_recoveries),
            "answers_after_shutdown_s": _spread(faults.silences),
            "server": on.server.settings(),
            "differences": len(found),
        }


def _play(
    options: Options, clients: Clients, answers: Any, faults: Faults, organization: Any, on: Stage
) -> int:
    """Faults and staff at work while the clients are. Returns how often a rebuild was interrupted."""
    from benchmarks.soak import work

    with ThreadPoolExecutor(3) as threads:
        staff = Appointments(
            threads,
            (options.events // 4, lambda: work.rebuild(on)),
            (options.events // 2, lambda: work.close_month_before(organization)),
            (options.events * 2 // 3, lambda: work.rebuild(on)),
        )

        def answered() -> int:
            clients.check()
            count: int = answers.answered()
            staff.look(count)
            return count

        faults.run(answered)
        wait_until(lambda: answered() >= options.events, "the last answer", seconds=600)
        return sum(one.result() or 0 for one in staff.begun)


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    if not seconds:
        return {}
    return {"median": round(statistics.median(seconds), 2), "longest": round(max(seconds), 2)}


def read_options(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.split("\n\n")[0])
    parser.add_argument("--events", type=int, default=200_000, help="how many are sent in all (200000)")
    parser.add_argument("--clients", type=int, default=4, help="processes that send them (4)")
    parser.add_argument("--faults", type=int, default=60, help="how many, at random moments (60)")
    parser.add_argument("--batch", type=int, default=100, help="events in a request on average (100)")
    parser.add_argument("--workers", type=int, default=2, help="web workers (2)")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(1_000_000), help="the same one repeats events and faults"
    )
    return Options(**vars(parser.parse_args(arguments)))


def main(arguments: Sequence[str]) -> int:
    options = read_options(arguments)
    print(f"{options}", flush=True)
    with told_plainly():
        try:
            figures = run(options)
        except SoakProblem as problem:
            print(f"The run failed: {problem}", file=sys.stderr)
            return 1
    print(json.dumps(figures))
    return 1 if figures["differences"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
