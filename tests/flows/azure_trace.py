"""The Azure trace of code completions, read without the product's help, and how it is sent in over HTTP."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from teams.enums import KeyScope
from teams.models import Organization
from teams.services.keys import create_api_key
from tests.flows.conftest import RunningProduct
from tests.real_data import AZURE
from usage.periods import add_months, month_of

REQUESTS, INPUT, OUTPUT = 8_819, 18_059_974, 245_896
"""What the trace is known to hold."""
INPUT_PRICE, OUTPUT_PRICE = Decimal("0.0000025"), Decimal("0.00001")
MEMBERS = ("alice", "bob", "dana", "")
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Request:
    """One line of the trace, moved to the hours after ``start``."""

    number: int
    occurred_at: datetime
    input_tokens: int
    output_tokens: int

    @property
    def member(self) -> str:
        return MEMBERS[self.number % len(MEMBERS)]

    @property
    def cost(self) -> Decimal:
        return self.input_tokens * INPUT_PRICE + self.output_tokens * OUTPUT_PRICE

    def event(self) -> dict[str, Any]:
        return {
            "transaction_id": f"azure-{self.number}",
            "occurred_at": self.occurred_at.isoformat(),
            "provider_name": "openai",
            "response_model": "gpt-4o",
            "member_id": self.member,
            "conversation_id": f"chat-{self.number // 10}",
            "message_id": f"message-{self.number}",
            "feature": "code",
            "platform": "api",
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
        }


def read_trace(start: datetime) -> list[Request]:
    """The file, its first line at ``start``."""
    with gzip.open(AZURE, "rt") as lines:
        rows = list(csv.DictReader(lines))
    times = [datetime.fromisoformat(row["TIMESTAMP"][:26]).replace(tzinfo=UTC) for row in rows]
    trace = [
        Request(number, start + (moment - times[0]), int(row["ContextTokens"]), int(row["GeneratedTokens"]))
        for number, (row, moment) in enumerate(zip(rows, times, strict=True))
    ]
    sums = sum(one.input_tokens for one in trace), sum(one.output_tokens for one in trace)
    assert (len(trace), *sums) == (REQUESTS, INPUT, OUTPUT)
    return trace


def last_month() -> date:
    """A month that is over, so that nothing of it depends on when the test runs."""
    return add_months(month_of(datetime.now(UTC).date()), -1)


def send(product: RunningProduct, organization: Organization, trace: Sequence[Request]) -> None:
    """Send it all with a new key, and once more as a client would that got no answer."""
    key = create_api_key(organization=organization, name="gateway", scopes=[KeyScope.USAGE_WRITE])
    headers = {"Authorization": f"Bearer {key.secret}", "Content-Encoding": "gzip"}
    answers: Counter[str] = Counter()
    for _twice in range(2):
        for start in range(0, len(trace), BATCH):
            body = "\n".join(json.dumps(one.event()) for one in trace[start : start + BATCH]).encode()
            status, text = product.ask(
                "POST", "/api/v1/usage/events", body=gzip.compress(body, 1), headers=headers
            )
            assert status == 200, text
            answers.update(one["status"] for one in json.loads(text)["events"])
    assert answers == {"stored": REQUESTS, "duplicate": REQUESTS}
