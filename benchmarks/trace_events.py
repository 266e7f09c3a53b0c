"""Usage events drawn from the ServeGen trace: when, on which model and by which client real requests came.

The trace says for each client of a large service how many requests it sent in windows of ten minutes over 14 days,
and how long they were on the average. It does not say who sat before the clients. What is assumed of that:

- A client of the trace is an application: it has a model, a usual feature and, for two in three, a project. One in
  seven of them is an integration.
- 300 members of unequal zeal (1 / (rank + 8)) in 8 departments. An application has users in proportion to its
  requests, 900 uses in all and at least one each: a member uses three applications on the average, few use many.
- A member is on a platform of their own in nine of ten chats, and within an application stays with its usual feature
  in nine of ten; the others are drawn from the shares of ``benchmarks.sample``.
- A chat has about eight messages of the same member, application, platform and feature.

None of it was fitted to any figure. Lengths vary around the window's mean like real ones do (log-normal, σ = 1).
The same seed gives the same events.
"""

import csv
import gzip
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from benchmarks.sample import DEPARTMENTS, FEATURES, INTEGRATIONS, MEMBERS, PLATFORMS, PROJECTS, TOOLS

# It lies beside the project and is no part of it, like the traces of ``tests.real_data``.
TRACE: Final = Path(__file__).resolve().parents[2] / "shared" / "data" / "servegen_mid_small_image.csv.gz"
WINDOW: Final = 600
DAYS: Final = 14
USES: Final = 900
MESSAGES_PER_CHAT: Final = 8
# A model of the price list in the place of each of the trace's.
MODELS: Final = {
    "m-mid": ("openai", "gpt-4o"),
    "m-small": ("openai", "gpt-4o-mini"),
    "mm-image": ("google", "gemini-2.0-flash"),
}
# Where the trace says nothing of the length.
MEAN_INPUT: Final = 1_200.0
MEAN_OUTPUT: Final = 250.0


@dataclass(frozen=True, slots=True)
class Window:
    """Ten minutes of one client: its model and number, seconds since the start, requests, mean lengths."""

    model: str
    client: str
    second: float
    requests: float
    input_tokens: float
    output_tokens: float


class Application:
    """A client of the trace with its habits and its users."""

    def __init__(self, window: Window, share: float, zeal: list[float]) -> None:
        habits = random.Random(f"{window.model} {window.client}")
        self.name = f"{window.model}-{window.client}"
        self.model = MODELS[window.model]
        self.feature = _drawn(FEATURES, habits)
        self.project = f"project-{habits.randrange(PROJECTS)}" if habits.random() < 2 / 3 else ""
        self.integration = habits.choice(INTEGRATIONS) if habits.random() < 1 / 7 else ""
        count = min(MEMBERS, max(1, round(USES * share)))
        self.users = sorted(range(MEMBERS), key=lambda rank: habits.random() ** (1 / zeal[rank]))[-count:]
        self.zeal = list(accumulate(zeal[rank] for rank in self.users))
        self.chats: list[Chat] = []

    def chat(self, chance: random.Random, number: int) -> "Chat":
        """The chat that a request belongs to: one that goes on, or a new one."""
        if self.chats and (len(self.chats) >= len(self.users) or chance.random() > 1 / MESSAGES_PER_CHAT):
            chat = chance.choice(self.chats)
        else:
            chat = Chat(self, chance, number)
            self.chats.append(chat)
        chat.messages += 1
        if chance.random() < 1 / MESSAGES_PER_CHAT:
            self.chats.remove(chat)
        return chat


class Chat:
    """One conversation of a member in an application."""

    def __init__(self, application: Application, chance: random.Random, number: int) -> None:
        member = chance.choices(application.users, cum_weights=application.zeal)[0]
        own = random.Random(member)
        self.id = f"{application.name}-{number}"
        self.messages = 0
        self.feature = application.feature if chance.random() < 0.9 else _drawn(FEATURES, chance)
        self.fields = {
            "conversation_id": self.id,
            "member_id": f"member-{member:03d}",
            "department_id": f"department-{member % DEPARTMENTS}",
            "platform": _drawn(PLATFORMS, own if chance.random() < 0.9 else chance),
            "feature": self.feature,
            "provider_name": application.model[0],
            "request_model": application.model[1],
            "response_model": application.model[1],
            **({"project_id": application.project} if application.project else {}),
            **({"integration_id": application.integration} if application.integration else {}),
        }


def read_windows(path: Path = TRACE) -> list[Window]:
    """All windows of the trace."""
    with gzip.open(path, "rt", newline="") as lines:
        return [
            Window(
                row["model"],
                row["client"],
                float(row["t_sec"]),
                float(row["requests"]),
                float(row["mean_input_tokens"] or MEAN_INPUT),
                float(row["mean_output_tokens"] or MEAN_OUTPUT),
            )
            for row in csv.DictReader(lines)
        ]


def trace_events(
    count: int, *, windows: list[Window], end: datetime, seed: int = 1
) -> Iterator[dict[str, Any]]:
    """``count`` events in order of time; the trace's last window ends at ``end``."""
    chance = random.Random(seed)
    applications = _applications(windows)
    weights = list(accumulate(window.requests for window in windows))
    chosen = chance.choices(windows, cum_weights=weights, k=count)
    drawn = sorted((window.second + chance.random() * WINDOW, n) for n, window in enumerate(chosen))
    start = end - timedelta(days=DAYS)
    for made, (second, number) in enumerate(drawn):
        window = chosen[number]
        chat = applications[window.model, window.client].chat(chance, made)
        moment = (start + timedelta(seconds=second)).astimezone(UTC)
        yield _event(chat, window, f"trace-{made:08d}", moment, chance)


def _applications(windows: list[Window]) -> dict[tuple[str, str], Application]:
    sums: dict[tuple[str, str], float] = {}
    first: dict[tuple[str, str], Window] = {}
    for window in windows:
        key = window.model, window.client
        sums[key] = sums.get(key, 0.0) + window.requests
        first.setdefault(key, window)
    total = sum(sums.values())
    zeal = [1 / (rank + 8) for rank in range(MEMBERS)]
    return {key: Application(window, sums[key] / total, zeal) for key, window in first.items()}


def _event(
    chat: Chat, window: Window, transaction_id: str, moment: datetime, chance: random.Random
) -> dict[str, Any]:
    input_tokens = _length(window.input_tokens, chance)
    event: dict[str, Any] = {
        "transaction_id": transaction_id,
        "occurred_at": moment.isoformat().replace("+00:00", "Z"),
        "operation_name": "chat",
        "message_id": f"{chat.id}-{chat.messages}",
        "duration_ms": int(chance.lognormvariate(7.6, 0.6)),
        "input_tokens": input_tokens,
        "output_tokens": _length(window.output_tokens, chance),
        **chat.fields,
    }
    if tool := TOOLS.get(chat.feature):
        event["tools"] = [{"name": tool, "calls": 1, "tokens": min(200, input_tokens)}]
    return event


def _length(mean: float, chance: random.Random) -> int:
    """A log-normal length with this mean."""
    return 1 + int(chance.lognormvariate(math.log(max(mean, 1.0)) - 0.5, 1.0))


def _drawn(shares: dict[str, int], chance: random.Random) -> str:
    return chance.choices(list(shares), list(shares.values()))[0]
