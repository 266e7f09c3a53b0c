"""Corrections: what a void answers, and how each column of an event is carried into the row that takes it back.

A row is never edited. It is taken back by another one with the same dimensions, at the same time and at the same
price, whose measures are its own negated: every sum over both is zero. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from hashlib import blake2b
from typing import Final, Protocol
from uuid import UUID

from usage.cost_lines import METERED
from usage.enums import Correction, VoidAnswer
from usage.identity import FINGERPRINT_VERSION
from usage.staged_columns import EVENT_COLUMNS

MAX_VOIDS: Final = 10_000
"""Transaction ids that one call takes."""


class Carried(Enum):
    """What becomes of a column of an event in the row that takes it back."""

    KEPT = auto()
    """Dimensions, times, prices and what describes the call. The first token's time and the latency bucket are
    among these: they are weighed by calls, and those are negated."""
    NEGATED = auto()
    NEGATED_INSIDE = auto()
    """A list of objects whose numbers are negated, see ``NUMBERS_INSIDE``."""
    OWN = auto()
    """The correction's own: who it is, when it came, which close it falls into."""


_OWN: Final = (
    "id",
    "transaction_id",
    "source",
    "api_key_id",
    "corrects",
    "correction",
    "received_at",
    "close_number",
    # A hold that an event settled stays settled.
    "hold_id",
)
_NEGATED: Final = (
    *METERED.values(),
    "failures",
    "duration_ms",
    "user_text_tokens",
    "context_tokens",
    "file_tokens",
    "system_tokens",
    "tool_result_tokens",
    "tool_call_tokens",
    "list_cost",
    "contracted_cost",
    "reported_cost",
    "unpriced",
)
_KEPT: Final = (
    "organization_id",
    "period",
    "local_date",
    "hour_start",
    "occurred_at",
    "sent_occurred_at",
    "member_id",
    "department_id",
    "project_id",
    "integration_id",
    "model_id",
    "provider_name",
    "request_model",
    "response_model",
    "response_id",
    "operation_name",
    "service_tier",
    "feature",
    "platform",
    "chat_id",
    "message_id",
    "error_type",
    "time_to_first_token_ms",
    "latency_bucket",
    "list_price_id",
    "contracted_price_id",
    "rate_id",
)
NUMBERS_INSIDE: Final = {
    "tools": ("calls", "tokens"),
    "files": ("uses", "tokens", "cache_read_tokens", "cost", "processing_cost"),
}
"""JSON columns: the names of the numbers in each of their objects. Costs are written as texts."""

CARRIED: Final = {
    **dict.fromkeys(_OWN, Carried.OWN),
    **dict.fromkeys(_NEGATED, Carried.NEGATED),
    **dict.fromkeys(_KEPT, Carried.KEPT),
    **dict.fromkeys(NUMBERS_INSIDE, Carried.NEGATED_INSIDE),
}
"""Every column of an event; a test holds it together with ``EVENT_COLUMNS``."""


@dataclass(frozen=True, slots=True)
class VoidOutcome:
    """What became of one id that was to be voided.

    ``event_id`` is the original's, None where the id is unknown; ``reason`` says why it was refused.
    """

    transaction_id: str
    answer: VoidAnswer
    event_id: UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Negation:
    """One row of the ledger that is to be taken back, and the original that the correction is shown beside.

    They differ where a re-rating came in between: then the row that it made is taken back.
    """

    row_id: UUID
    period: date
    corrects: UUID

    def transaction_id(self, correction: Correction) -> str:
        """The correction's own identity: one row is taken back once, whoever tries at the same moment."""
        return correction_key(self.row_id, correction)


class Measured(Protocol):
    """A row of the ledger, as far as people look at what is left of an event."""

    calls: int
    input_tokens: int
    output_tokens: int
    contracted_cost: Decimal | None
    unpriced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NetFigures:
    """What some rows add up to; ``contracted_cost`` is US dollars, None while something of it is unpriced."""

    calls: int
    input_tokens: int
    output_tokens: int
    contracted_cost: Decimal | None


def net_figures(rows: Sequence[Measured]) -> NetFigures:
    """The sums over an event and its corrections."""
    cost = sum((row.contracted_cost for row in rows if row.contracted_cost is not None), Decimal(0))
    return NetFigures(
        calls=sum(row.calls for row in rows),
        input_tokens=sum(row.input_tokens for row in rows),
        output_tokens=sum(row.output_tokens for row in rows),
        contracted_cost=None if sum(row.unpriced for row in rows) else cost,
    )


def correction_key(row_id: UUID, correction: Correction) -> str:
    """The transaction id of the correction of a row: ``void:<32 hex digits>``."""
    return f"{correction.value}:{row_id.hex}"


def correction_fingerprint(transaction_id: str) -> bytes:
    """What tells a correction from an event that a client sent under the same id."""
    digest = blake2b(f"\0correction\0{transaction_id}".encode(), digest_size=16).digest()
    return FINGERPRINT_VERSION + digest


def undeclared_columns() -> Iterator[str]:
    """Columns of an event of which nobody has said how a correction carries them, and those that are none."""
    yield from set(EVENT_COLUMNS) ^ set(CARRIED)


def is_possible_id(transaction_id: str) -> bool:
    """Whether an event may have this id: others are not even asked for."""
    return 0 < len(transaction_id) <= 200 and "\0" not in transaction_id and _is_text(transaction_id)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
