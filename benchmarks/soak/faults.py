"""Kills web workers and PostgreSQL at random moments while the clients are at work."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import psutil
import psycopg

from benchmarks.soak.stage import NAME, Stage, wait_until

WORKER_KILLED: Final = "web worker killed"
WEB_KILLED: Final = "gunicorn killed"
SHUT_DOWN: Final = "database shut down immediately"
BACKEND_ENDED: Final = "connection terminated"
BACKEND_KILLED: Final = "database process killed"
ROUND: Final = (
    *(WORKER_KILLED, SHUT_DOWN, BACKEND_ENDED) * 3,
    *(WORKER_KILLED,) * 2,
    BACKEND_KILLED,
    WEB_KILLED,
)
"""The mixture: of the first dozen faults, five kill a worker and three shut the database down."""
LONGEST_DELAY: Final = 0.2

# What is storing at this moment is what it hurts most to lose.
_CONNECTIONS: Final = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "ORDER BY state = 'idle', random() LIMIT 1"
)


class Faults:
    """Does its faults one after the other, each at a random number of answers, and counts them."""

    def __init__(self, stage: Stage, *, faults: int, answers: int, seed: int) -> None:
        self.stage = stage
        self.chance = random.Random(seed)
        kinds = [ROUND[number % len(ROUND)] for number in range(faults)]
        self.chance.shuffle(kinds)
        moments = sorted(self.chance.sample(range(answers // 50, answers * 9 // 10), faults))
        self.plan = list(zip(moments, kinds, strict=True))
        self.counts: Counter[str] = Counter()
        self.recoveries: list[float] = []
        """Seconds from each end of the database until it took connections again."""
        self.web_recoveries: list[float] = []
        """Seconds from each end of gunicorn until it served again."""
        self.silences: list[float] = []
        """Seconds from each end of the database until a client had an answer again."""

    def run(self, answered: Callable[[], int]) -> None:
        """Wait for each moment and do its fault. ``answered`` counts the answers, and raises when a client fails."""
        started = time.monotonic()
        for moment, kind in self.plan:
            _wait_for_more(answered, moment)
            time.sleep(self.chance.random() * LONGEST_DELAY)
            began, recovered = time.monotonic(), len(self.recoveries)
            print(f"{began - started:6.1f} s, {answered():,} answers: {kind}", flush=True)
            self._do(kind)
            self.counts[kind] += 1
            if len(self.recoveries) > recovered:
                _wait_for_more(answered, answered() + 1)
                self.silences.append(time.monotonic() - began)

    def _do(self, kind: str) -> None:
        if kind == WORKER_KILLED:
            self._kill_worker()
        elif kind == WEB_KILLED:
            began = time.monotonic()
            self.stage.kill_web()
            self.stage.start_web()
            self.web_recoveries.append(time.monotonic() - began)
        elif kind == SHUT_DOWN:
            began = time.monotonic()
            self.stage.shut_database_down()
            # Half of the time a web worker dies while there is no database: its follower must wait for it.
            if self.chance.random() < 0.5:
                self._kill_worker()
            self.stage.start_database()
            self.recoveries.append(time.monotonic() - began)
        elif kind == BACKEND_KILLED:
            self._kill_backend()
        else:
            with self.stage.server.connect(NAME, autocommit=True) as connection:
                connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({_CONNECTIONS}) AS chosen")

    def _kill_worker(self) -> None:
        workers: list[psutil.Process] = []

        def there_are_some() -> bool:
            workers[:] = self.stage.web_workers()
            return bool(workers)

        wait_until(there_are_some, "a web worker")
        self.chance.choice(workers).kill()

    def _kill_backend(self) -> None:
        """PostgreSQL then ends all its processes and recovers as after a crash, by itself."""
        began = time.monotonic()
        with self.stage.server.connect(NAME, autocommit=True) as connection:
            row = connection.execute(_CONNECTIONS).fetchone()
            if row is None:
                return
            psutil.Process(row[0]).send_signal(signal.SIGKILL)
            wait_until(lambda: _is_lost(connection), "the crash of PostgreSQL")
        wait_until(self.stage.answers, "the recovery of PostgreSQL")
        self.recoveries.append(time.monotonic() - began)


def _wait_for_more(answered: Callable[[], int], count: int) -> None:
    wait_until(lambda: answered() >= count, f"answer {count}", seconds=120)


def _is_lost(connection: "psycopg.Connection[object]") -> bool:
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return True
    return False
