"""One patient client, in a process of its own: sends each batch again until every event of it has an answer.

    python -m benchmarks.soak.client --port … --key … --record FILE …

What was answered is written to ``FILE`` at once, a line "transaction id, tab, answer" each; at the end it prints its
counts as JSON. Now and then it hangs up before the answer comes, sends a batch twice at the same moment, or takes one
of its events back.
"""

import argparse
import gzip
import http.client
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, Final, TextIO
from urllib.parse import quote

from benchmarks.soak.sent import Load, add_load_arguments, sent_batches

PATH: Final = "/api/v1/usage/events"
VOIDED: Final = "voided"
ANSWER_SECONDS: Final = 30
PATIENCE_SECONDS: Final = 300
"""For so long a batch is sent again and again; then the run has failed."""
SHORTEST_PAUSE: Final = 0.02
LONGEST_PAUSE: Final = 0.5
HANG_UP_SHARE: Final = 0.03
TWIN_SHARE: Final = 0.05
VOID_SHARE: Final = 0.1


class NoAnswer(Exception):
    """Nobody knows what became of the request."""


class Line:
    """A kept-alive connection to the server, opened anew when it broke."""

    def __init__(self, port: int, key: str) -> None:
        self.port = port
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self.connection: http.client.HTTPConnection | None = None

    def ask(self, path: str, body: bytes, *, hang_up: bool = False, packed: bool = False) -> tuple[int, Any]:
        """Status and JSON of the answer. Raises ``NoAnswer``."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        encoding = {"Content-Encoding": "gzip"} if packed else {}
        try:
            self.connection.request("POST", path, body, self.headers | encoding)
            if hang_up:
                raise NoAnswer
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException, NoAnswer) as error:
            self.connection.close()
            self.connection = None
            raise NoAnswer from error
        if answer.status != 200 and not _is_proper_refusal(answer):
            raise SystemExit(f"an improper answer: {answer.status} {answer.headers} {text[:2000]!r}")
        return answer.status, json.loads(text)


def _is_proper_refusal(answer: http.client.HTTPResponse) -> bool:
    """While the database is away: a problem that says when to come back, and nothing else."""
    is_problem = answer.headers["Content-Type"] == "application/problem+json"
    return answer.status == 503 and is_problem and bool(answer.headers["Retry-After"])


class Client:
    """Sends its load and writes down what it was answered."""

    def __init__(self, load: Load, *, port: int, key: str, record: TextIO) -> None:
        self.load = load
        self.lines = [Line(port, key), Line(port, key)]
        self.record = record
        self.chance = random.Random(load.seed * 3_000 + load.client)
        self.counts: Counter[str] = Counter()
        self.lock = Lock()

    def work(self) -> dict[str, int]:
        for batch in sent_batches(self.load):
            body = json.dumps(batch).encode()
            packed = self.chance.random() < 0.5
            body = gzip.compress(body, 1) if packed else body
            self._send(batch, body, packed=packed)
            if self.chance.random() < VOID_SHARE:
                self._void(self.chance.choice(batch)["transaction_id"])
        return dict(self.counts)

    def _send(self, batch: Sequence[dict[str, Any]], body: bytes, *, packed: bool) -> None:
        ids = [event["transaction_id"] for event in batch]

        def ask(line: Line, hang_up: bool) -> list[tuple[str, str]]:
            status, answer = line.ask(PATH, body, hang_up=hang_up, packed=packed)
            if status != 200:
                raise NoAnswer
            found = [(one["transaction_id"], one["status"]) for one in answer["events"]]
            if [name for name, _answer in found] != ids:
                raise SystemExit("the answer speaks of other events than those that were sent")
            return found

        if self.chance.random() < TWIN_SHARE:
            self.counts["twins"] += 1
            with ThreadPoolExecutor(2) as threads:
                both = list(
                    threads.map(lambda line: self._patiently(lambda _first: ask(line, False)), self.lines)
                )
            self._note([*both[0], *both[1]])
            return
        hang_up = self.chance.random() < HANG_UP_SHARE
        self.counts["hang_ups"] += hang_up
        self._note(self._patiently(lambda first: ask(self.lines[0], first and hang_up)))

    def _void(self, transaction_id: str) -> None:
        """Taken back twice, since the first answer may be lost: it counts once."""
        path = f"{PATH}/{quote(transaction_id, safe='')}/void"

        def ask(_first: bool) -> list[tuple[str, str]]:
            status, _answer = self.lines[0].ask(path, b'{"reason": "soak"}')
            if status != 200:
                raise NoAnswer
            return [(transaction_id, VOIDED)]

        self._patiently(ask)
        self._note(self._patiently(ask))

    def _patiently(self, ask: Callable[[bool], list[tuple[str, str]]]) -> list[tuple[str, str]]:
        """Ask until there is an answer, with growing pauses."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        pause = SHORTEST_PAUSE
        first = True
        while True:
            try:
                return ask(first)
            except NoAnswer:
                with self.lock:
                    self.counts["retries"] += 1
                if time.monotonic() > deadline:
                    raise SystemExit(f"no answer within {PATIENCE_SECONDS} s") from None
            first = False
            time.sleep(pause * (0.5 + self.chance.random()))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _note(self, answers: Sequence[tuple[str, str]]) -> None:
        self.record.writelines(f"{name}\t{answer}\n" for name, answer in answers)
        self.record.flush()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak.client")
    add_load_arguments(parser)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--record", required=True)
    options = vars(parser.parse_args(arguments))
    port, key, record = (options.pop(name) for name in ("port", "key", "record"))
    with open(record, "a", encoding="utf-8") as file:
        print(json.dumps(Client(Load(**options), port=port, key=key, record=file).work()))


if __name__ == "__main__":
    main(sys.argv[1:])
