"""Runs inside the product's environment: requests through the WSGI application, and their pricing again by itself.

Every turn sends the same events under new transaction ids, so pricing is asked for the same each time. What it was
asked is recorded in one request outside the clock. Prints one line of JSON; ``ingest_price`` says what it means.
"""

import argparse
import importlib
import io
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from unittest.mock import patch

from benchmarks.product import EVENTS_PATH
from benchmarks.sample import usage_events

PRICING: Final = (
    ("usage.staging", "_price"),
    ("usage.services.ingest", "unit_price_parameters"),
)
"""What is done only to price: quantities of each kind, the price row and both costs with the columns that name
them, the statement's unit prices."""
MODELS: Final = (("usage.staged_habits", "_model_id"),)
"""Which model of the price list it was. Needed without prices as well, for the rollups; printed apart."""


@dataclass
class Recorded:
    """A function, its calls' arguments in one request, and their results."""

    module: str
    name: str
    function: Callable[..., Any]
    arguments: list[tuple[Any, ...]] = field(default_factory=list)
    results: list[Any] = field(default_factory=list)

    def __call__(self, *arguments: Any) -> Any:
        result = self.function(*arguments)
        self.arguments.append(arguments)
        self.results.append(result)
        return result

    def seconds(self) -> float:
        """Processor time of all calls again, without that of the loop around them."""
        function, arguments = self.function, self.arguments
        began = time.thread_time()
        for each in arguments:
            function(*each)
        called = time.thread_time()
        for _each in arguments:
            pass
        return (called - began) - (time.thread_time() - called)


@contextmanager
def replaced(functions: Sequence[Recorded], by: Callable[[Recorded], Callable[..., Any]]) -> Iterator[None]:
    """While the block runs, the modules have other functions in their places."""
    with ExitStack() as parts:
        for each in functions:
            parts.enter_context(patch(f"{each.module}.{each.name}", by(each)))
        yield


def remembered(recorded: Recorded) -> Callable[..., Any]:
    """A function that gives the recorded results one after the other."""
    results = iter(recorded.results)
    return lambda *_arguments: next(results)


class Requests:
    """Requests of one batch each through the WSGI application, in this thread."""

    def __init__(self, *, secret: str, batch: int) -> None:
        from config.gunicorn import post_worker_init
        from config.wsgi import application

        post_worker_init(None)
        self.application = application
        self.secret = secret
        self.batch = batch
        self.end = datetime.now(UTC) - timedelta(minutes=5)
        self.made = 0

    def seconds(self) -> float:
        """Processor time of this thread for the next request."""
        self.made += 1
        events = list(usage_events(self.batch, prefix=f"turn-{self.made:05d}", end=self.end))
        body = json.dumps(events, separators=(",", ":")).encode()
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": EVENTS_PATH,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "127.0.0.1",
            "HTTP_AUTHORIZATION": f"Bearer {self.secret}",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
        }
        statuses: list[str] = []

        def start(
            status: str, headers: list[tuple[str, str]], error: Any = None
        ) -> Callable[[bytes], object]:
            statuses.append(status)
            return lambda piece: None

        began = time.thread_time()
        answer = b"".join(self.application(environ, start))
        used = time.thread_time() - began
        if json.loads(answer).get("stored") != self.batch:
            raise SystemExit(f"{statuses}: {answer[:600]!r}")
        return used


def measure(*, secret: str, batch: int, turns: int) -> dict[str, float]:
    """Medians over the turns, in microseconds per request, and the shares that follow."""
    requests = Requests(secret=secret, batch=batch)
    functions = [
        Recorded(module, name, getattr(importlib.import_module(module), name))
        for module, name in (*PRICING, *MODELS)
    ]
    pricing = functions[: len(PRICING)]
    requests.seconds()
    with replaced(functions, lambda recorded: recorded):
        requests.seconds()
    whole, without, priced, resolved = [], [], [], []
    for _turn in range(turns):
        whole.append(requests.seconds())
        with replaced(pricing, remembered):
            without.append(requests.seconds())
        priced.append(sum(each.seconds() for each in pricing))
        resolved.append(sum(each.seconds() for each in functions[len(PRICING) :]))
    request, rest, prices, models = map(statistics.median, (whole, without, priced, resolved))
    return {
        "price_share": round(prices / request, 4),
        "price_share_with_models": round((prices + models) / request, 4),
        "price_share_by_difference": round(1 - rest / request, 4),
        "price_us_per_event": round(prices / batch * 1e6, 2),
        "request_us_per_event": round(request / batch * 1e6, 2),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.price_inside")
    parser.add_argument("--secret", required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--turns", type=int, required=True)
    print(json.dumps(measure(**vars(parser.parse_args()))))
