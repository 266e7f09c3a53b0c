"""What each client sends: the same events on every run with the same options, so that they need not be kept."""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from benchmarks.sample import usage_events

LATE_SHARE: Final = 0.25
"""Of the events, these belong to the month before, which is closed while they come in."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """How much one client sends, and until when its events happened."""

    client: int
    events: int
    batch: int
    seed: int
    end: datetime

    def arguments(self) -> list[str]:
        return [
            f"--client={self.client}",
            f"--events={self.events}",
            f"--batch={self.batch}",
            f"--seed={self.seed}",
            f"--end={self.end.isoformat()}",
        ]


def add_load_arguments(parser: argparse.ArgumentParser) -> None:
    for name in ("client", "events", "batch", "seed"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--end", type=datetime.fromisoformat, required=True)


def sent_events(load: Load) -> Iterator[dict[str, Any]]:
    """The events of one client. All clients report the same people's usage, so they meet in the same sums."""
    chance = random.Random(load.seed * 1_000 + load.client)
    month_before = load.end.replace(day=1) - timedelta(days=1)
    everything = usage_events(
        load.events, prefix=f"soak-{load.client}", end=load.end, seed=load.seed * 1_000 + load.client
    )
    for event in everything:
        moment = datetime.fromisoformat(event["occurred_at"])
        if chance.random() < LATE_SHARE:
            moment = moment.replace(
                year=month_before.year, month=month_before.month, day=min(moment.day, month_before.day)
            )
        yield event | {"occurred_at": moment.isoformat()}


def sent_batches(load: Load) -> Iterator[Sequence[dict[str, Any]]]:
    """The same events in batches of 1 to twice ``load.batch``."""
    chance = random.Random(load.seed * 2_000 + load.client)
    waiting: list[dict[str, Any]] = []
    size = chance.randint(1, 2 * load.batch)
    for event in sent_events(load):
        waiting.append(event)
        if len(waiting) == size:
            yield waiting
            waiting, size = [], chance.randint(1, 2 * load.batch)
    if waiting:
        yield waiting
