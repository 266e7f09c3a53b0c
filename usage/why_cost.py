"""Why usage costs what it costs: what was counted, at which price from where, under which contract. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from usage.cost_lines import CostLine
from usage.enums import Correction, UnpricedReason


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFacts:
    """The price row that some usage was charged at, and the contract rate on it.

    ``context_threshold`` > 0: the price of requests with more input tokens than that. ``hours`` is empty unless it
    holds at some hours of the UTC day only. ``is_own`` tells the organization's own price from the list's.
    ``rate_factor`` is what the list's unit prices were multiplied by, None without a contract rate.
    """

    price_id: int
    rate_id: int
    provider_name: str
    model_name: str
    service_tier: str
    context_threshold: int
    hours: str
    valid_from: datetime
    source: str
    is_own: bool
    rate_factor: Decimal | None
    rate_valid_from: datetime | None
    rate_source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPart:
    """The usage of one model at one price; without a price ``unpriced_reason`` says why.

    ``model_title`` is what people call the model that clients call ``model_name``. Corrections are counted against what
    they correct. ``cost`` is US dollars, the sum of the lines exactly.
    """

    provider_name: str
    model_name: str
    model_title: str
    price: PriceFacts | None
    unpriced_reason: UnpricedReason | None
    lines: tuple[CostLine, ...]

    @property
    def cost(self) -> Decimal | None:
        return None if self.price is None else _total(line.cost for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """One row of an event in the ledger: as it was sent, or a correction. A correction that takes back is negative.

    ``cost`` is US dollars as stored, None while the row is unpriced.
    """

    correction: Correction
    received_at: datetime
    model_name: str
    lines: tuple[CostLine, ...]
    cost: Decimal | None

    @property
    def takes_back(self) -> bool:
        """Whether it undoes a row before it."""
        return any(line.quantity < 0 for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyCost:
    """The cost of an event, message or chat, as far as the asker may see it. Money is US dollars.

    ``contracted_cost`` is what the ledger holds, ``list_cost`` the same usage at list prices: both of what has a price
    alone, see ``known_cost``. ``reported_cost`` is what clients said, None where none did.
    ``rows`` are the rows of the ledger, ``corrections`` those among them that correct others. ``history`` are the rows
    of one event in the order they came; empty for messages and chats.
    """

    parts: tuple[CostPart, ...]
    contracted_cost: Decimal
    list_cost: Decimal
    reported_cost: Decimal | None
    unpriced_events: int
    rows: int
    corrections: int
    first_at: datetime
    last_at: datetime
    history: tuple[CostRow, ...] = ()

    @property
    def is_unpriced(self) -> bool:
        """Whether nothing of it has a price; a part of it may, and then its cost is "at least"."""
        return bool(self.parts) and all(part.price is None for part in self.parts)

    @property
    def known_cost(self) -> Decimal | None:
        """The contracted cost, None where there is none: what is unpriced never cost 0."""
        return None if self.is_unpriced else self.contracted_cost

    @property
    def known_list_cost(self) -> Decimal | None:
        """The same of the list cost, which may be known where the organization's own price lacks a kind."""
        return None if self.is_unpriced and not self.list_cost else self.list_cost

    @property
    def lines_cost(self) -> Decimal:
        """What the lines add up to: the contracted cost, or the ledger is damaged."""
        return _total(part.cost for part in self.parts)

    @property
    def difference(self) -> Decimal | None:
        """How much more clients reported than the ledger holds; None without one of the two."""
        if self.reported_cost is None or self.known_cost is None:
            return None
        return self.reported_cost - self.known_cost


def _total(costs: Iterable[Decimal | None]) -> Decimal:
    return sum((cost for cost in costs if cost is not None), Decimal(0))
