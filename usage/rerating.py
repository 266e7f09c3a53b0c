"""What the price list says now of usage that was priced before, or could not be. Pure.

A re-rated event stays where it is in time and place: the row that counts for it is taken back, and the same
quantities are stored again at the new price. Money is counted in 10**-15 US dollars, see ``usage.pricing``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from usage.contract_rates import ContractRates
from usage.corrections import Negation
from usage.enums import ChargeKind
from usage.pricing import (
    KINDS,
    PriceList,
    PriceRow,
    Quantities,
    charged_once,
    cost,
    decimal_text,
    scaled,
)

RERATED: Final = "rerated:"
"""What the transaction id of a row at a new price begins with; the id of the row that it replaces follows."""

_INPUT: Final = KINDS.index(ChargeKind.INPUT)
_CACHE_READ: Final = KINDS.index(ChargeKind.CACHE_READ)
_AUDIO_SECOND: Final = KINDS.index(ChargeKind.AUDIO_SECOND)

File = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """A row of the ledger that counts for an event, as it is priced. ``corrects`` is the event's own id.

    ``quantities`` are the event's own: its price may have left seconds of audio out, see ``pricing.charged_once``.
    Costs are US dollars, None where unpriced.
    """

    id: UUID
    corrects: UUID
    period: date
    model_id: int
    occurred_at: datetime
    service_tier: str
    input_tokens: int
    cache_read_input_tokens: int
    quantities: Quantities
    list_price_id: int
    contracted_price_id: int
    rate_id: int
    list_cost: Decimal | None
    contracted_cost: Decimal | None
    unpriced: int
    files: Sequence[File] | None

    @property
    def unpriced_tokens(self) -> int:
        """Input and output; 0 where they have a price."""
        return sum(self.quantities[:_AUDIO_SECOND]) if self.unpriced else 0

    @property
    def transaction_id(self) -> str:
        """The id of the row that replaces this one: one and the same, whoever makes it."""
        return f"{RERATED}{self.id.hex}"

    @property
    def negation(self) -> Negation:
        return Negation(self.id, self.period, self.corrects)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repriced:
    """A row and what it comes to now; ``row`` is the price row of the contracted cost, None while unpriced.

    ``quantities`` are those that are charged, and stored: each at its unit price is the cost.
    """

    before: Rated
    quantities: Quantities
    list_price_id: int
    row: PriceRow | None
    list_cost: int | None
    contracted_cost: int | None

    @property
    def unpriced(self) -> int:
        return int(self.contracted_cost is None)

    @property
    def unpriced_tokens(self) -> int:
        return sum(self.quantities[:_AUDIO_SECOND]) if self.unpriced else 0

    @property
    def audio_seconds(self) -> int:
        return self.quantities[_AUDIO_SECOND]

    @property
    def files(self) -> list[File] | None:
        """The event's files with what they cost now."""
        before = self.before.files
        return None if before is None else repriced_files(before, self.row, self.contracted_cost)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReratingSums:
    """Events whose price differs, and what they come to before and after, in US dollars.

    Money is that of what has a price alone: "at least" while events are unpriced, and nothing that anyone may call
    a cost where all of them are. The list may have a price where the organization's own has none, or the reverse.
    """

    events: int
    unpriced_before: int
    unpriced_after: int
    unpriced_tokens_before: int
    unpriced_tokens_after: int
    list_unpriced_before: int
    list_unpriced_after: int
    list_before: Decimal
    list_after: Decimal
    contracted_before: Decimal
    contracted_after: Decimal


def repriced(
    row: Rated, *, organization_id: int, price_list: PriceList, contract_rates: ContractRates
) -> Repriced | None:
    """What ``row`` comes to by this price list, by the rules of ingest; None when it was priced by the very same."""
    find = price_list.find
    asked = row.service_tier, row.occurred_at, row.input_tokens, row.cache_read_input_tokens
    found = find(row.model_id, organization_id, *asked)
    listed = found
    if found is not None and found.organization_id:
        listed = find(row.model_id, 0, *asked)
    charged = row.quantities if found is None else charged_once(found, row.quantities)
    list_cost = None if listed is None else cost(listed, charged)
    own = None if found is None else contract_rates.contracted(found, organization_id, row.occurred_at)
    contracted_cost = None if own is None else cost(own, charged)
    if contracted_cost is None:
        own = None
    list_price_id = 0 if listed is None or list_cost is None else listed.id
    prices = (list_price_id, own.id, own.rate_id) if own else (list_price_id, 0, 0)
    if prices == (row.list_price_id, row.contracted_price_id, row.rate_id):
        return None
    return Repriced(
        before=row,
        quantities=charged if own else row.quantities,
        list_price_id=list_price_id,
        row=own,
        list_cost=list_cost,
        contracted_cost=contracted_cost,
    )


def repriced_files(files: Sequence[File], row: PriceRow | None, contracted_cost: int | None) -> list[File]:
    """The files of an event at another price.

    Of a file that was read its own tokens are priced. Files that the call processed share its cost as they shared it
    before; where it had none, evenly: how large each was is not kept.
    """
    shares = _processing_shares(files, contracted_cost)
    return [
        file | {"processing_cost": shares.get(position)}
        if "processing_cost" in file
        else file | {"cost": _reading_cost(file, row)}
        for position, file in enumerate(files)
    ]


def _reading_cost(file: Mapping[str, Any], row: PriceRow | None) -> str | None:
    if row is None:
        return None
    full, reduced = row.unit_prices[_INPUT], row.unit_prices[_CACHE_READ]
    if full is None or reduced is None:
        return None
    cached = file["cache_read_tokens"]
    return decimal_text((file["tokens"] - cached) * full + cached * reduced)


def _processing_shares(files: Sequence[File], contracted_cost: int | None) -> dict[int, str]:
    processed = {
        position: scaled(Decimal(file["processing_cost"] or 0)) or 0
        for position, file in enumerate(files)
        if "processing_cost" in file
    }
    if contracted_cost is None or not processed:
        return {}
    total = sum(processed.values())
    weights = processed if total else dict.fromkeys(processed, 1)
    shares = {
        position: contracted_cost * weight // (total or len(processed))
        for position, weight in weights.items()
    }
    shares[next(iter(shares))] += contracted_cost - sum(shares.values())
    return {position: decimal_text(share) for position, share in shares.items()}


def dollars(cost_in_scale: int | None) -> Decimal:
    """Exact US dollars; 0 where there is no price."""
    return Decimal(decimal_text(cost_in_scale)) if cost_in_scale else Decimal(0)


def rerating_sums(changes: Iterable[Repriced]) -> ReratingSums:
    """What some changes add up to."""
    changed = list(changes)
    before = [change.before for change in changed]
    return ReratingSums(
        events=len(changed),
        unpriced_before=sum(row.unpriced for row in before),
        unpriced_after=sum(change.unpriced for change in changed),
        unpriced_tokens_before=sum(row.unpriced_tokens for row in before),
        unpriced_tokens_after=sum(change.unpriced_tokens for change in changed),
        list_unpriced_before=sum(row.list_cost is None for row in before),
        list_unpriced_after=sum(change.list_cost is None for change in changed),
        list_before=sum((row.list_cost or Decimal(0) for row in before), Decimal(0)),
        list_after=sum((dollars(change.list_cost) for change in changed), Decimal(0)),
        contracted_before=sum((row.contracted_cost or Decimal(0) for row in before), Decimal(0)),
        contracted_after=sum((dollars(change.contracted_cost) for change in changed), Decimal(0)),
    )
