"""Asks for panels over HTTP, one after the other, as a patient reader would."""

import http.client
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from benchmarks.dashboards.server.counting import ASKED, COUNTED
from benchmarks.product import Installation
from benchmarks.web import ANSWER_SECONDS, BenchmarkProblem

PATIENCE: Final = 4.0
"""Seconds that one request may take over all rounds, as long as it is made a few times."""
FEWEST: Final = 3
NOTHING: Final = "/api/v1/usage/nothing"
"""Where a request is authenticated and answered with nothing."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: of which subject, by whom, for what."""

    subject: str
    viewer: str
    path: str


class Reader:
    """One kept-alive connection to a web worker of its own over one ledger."""

    def __init__(
        self, parts: ExitStack, *, product: Installation, viewers: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.web = product.serve(parts, workers=1)
        self.viewers = viewers
        self.connection = http.client.HTTPConnection("127.0.0.1", self.web.port, timeout=ANSWER_SECONDS)
        parts.callback(self.connection.close)

    def seconds(self, ask: Ask) -> float:
        """How long the answer took. Raises where it is not the one wanted."""
        began = time.perf_counter()
        self._get(ask, {})
        return time.perf_counter() - began

    def nothing(self, viewer: str) -> float:
        """How long a request took that was only authenticated."""
        return self.seconds(Ask("nothing", viewer, NOTHING))

    def queries(self, ask: Ask) -> tuple[int, int]:
        """How many statements the answer took, and its bytes."""
        response, body = self._get(ask, {ASKED: "1"})
        return int(response.headers[COUNTED]), len(body)

    def _get(self, ask: Ask, headers: Mapping[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
        try:
            self.connection.request("GET", ask.path, headers={**self.viewers[ask.viewer], **headers})
            response = self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # It was idle for too long while others were asked.
            self.connection.close()
            self.connection.request("GET", ask.path, headers={**self.viewers[ask.viewer], **headers})
            response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise BenchmarkProblem(f"{ask.viewer} got {response.status} for {ask.path}: {body[:600]!r}")
        return response, body


@dataclass(kw_only=True)
class Taken:
    """Seconds by request, and of empty ones by viewer."""

    asks: dict[Ask, list[float]] = field(default_factory=lambda: defaultdict(list))
    nothing: list[float] = field(default_factory=list)

    def add(self, more: "Taken") -> None:
        """What was taken later counts, too."""
        for ask, seconds in more.asks.items():
            self.asks[ask] += seconds
        self.nothing += more.nothing

    def of_subject(self, subject: str) -> list[float]:
        return [taken for ask, many in self.asks.items() if ask.subject == subject for taken in many]


def take_turns(readers: Sequence[Reader], asks: Sequence[Ask], *, rounds: int, least: int = 1) -> list[Taken]:
    """Ask each reader for everything in each round, a request without content after each; the first round warms up.

    What takes seconds is asked for fewer times, and each subject ``least`` times a round at least.
    """
    taken = [Taken() for _reader in readers]
    limits, of_subject = dict.fromkeys(asks, rounds), Counter(ask.subject for ask in asks)
    every = [ask for time in range(least) for ask in asks if time < ceil(least / of_subject[ask.subject])]
    for turn in range(rounds + 1):
        for place, ask in enumerate(every):
            if turn > limits[ask]:
                continue
            order = list(zip(readers, taken, strict=True))
            for reader, own in order if (turn + place) % 2 else reversed(order):
                seconds, empty = reader.seconds(ask), reader.nothing(ask.viewer)
                if turn:
                    own.asks[ask].append(seconds)
                    own.nothing.append(empty)
                else:
                    limits[ask] = min(limits[ask], max(FEWEST, int(PATIENCE / seconds)))
    return taken


def milliseconds(seconds: Iterable[float], *, fraction: float = 0.5) -> float:
    """Their median, or another quantile."""
    ordered = sorted(seconds)
    if fraction == 0.5:
        return round(statistics.median(ordered) * 1000, 2)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * fraction))] * 1000, 2)
