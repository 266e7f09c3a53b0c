"""What an event costs, worked out slowly in plain Python: the price list's rules, in fractions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from usage.events import Event

FALLBACKS: Final = {
    "cache_read": "input",
    "cache_write_5m": "input",
    "cache_write_1h": "cache_write_5m",
    "audio_input": "input",
    "image_input": "input",
    "reasoning": "output",
    "audio_output": "output",
}
ORDINARY_TIERS: Final = ("", "default", "standard", "auto")
STEP: Final = Decimal("1e-15")


@dataclass(frozen=True, kw_only=True)
class ListedPrice:
    """One row of a price list, dollars per unit; ``is_own``: of this organization alone."""

    label: str
    model: str
    valid_from: datetime
    unit_prices: Mapping[str, Decimal]
    above_input_tokens: int = 0
    counts_cache_reads: bool = False
    tier: str = ""
    is_own: bool = False

    def unit_price(self, kind: str) -> Decimal | None:
        if kind in self.unit_prices:
            return self.unit_prices[kind]
        if kind in FALLBACKS:
            return self.unit_price(FALLBACKS[kind])
        return Decimal(0) if kind == "call" else None


@dataclass(frozen=True, kw_only=True)
class World:
    """What an organization agreed on: zone, prices, factors on list prices, and who belonged where from when on."""

    zone: ZoneInfo
    prices: tuple[ListedPrice, ...]
    factors: tuple[tuple[datetime, Decimal], ...] = ()
    departments: Mapping[str, tuple[tuple[datetime, str], ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Charged:
    """What an event costs: by kind its quantity and cost, and the price it was charged at ("" for none)."""

    quantities: dict[str, int]
    costs: dict[str, Fraction]
    price: str
    factor: str
    list_cost: Fraction
    is_unpriced: bool

    @property
    def cost(self) -> Fraction:
        return sum(self.costs.values(), Fraction(0))


def quantities_of(event: Event) -> dict[str, int]:
    """What is charged, each token in one kind only."""
    cached, created = event.cache_read_input_tokens, event.cache_creation_input_tokens
    media = event.audio_input_tokens + event.image_input_tokens
    return {
        "input": event.input_tokens - cached - created - media,
        "cache_read": cached,
        "cache_write_5m": created - event.cache_creation_1h_input_tokens,
        "cache_write_1h": event.cache_creation_1h_input_tokens,
        "audio_input": event.audio_input_tokens,
        "image_input": event.image_input_tokens,
        "output": event.output_tokens - event.reasoning_output_tokens - event.audio_output_tokens,
        "reasoning": event.reasoning_output_tokens,
        "audio_output": event.audio_output_tokens,
        "audio_second": event.audio_seconds,
        "web_search": event.web_search_calls,
        "code_run": event.code_run_calls,
        "call": event.calls,
    }


def _price(world: World, event: Event, moment: datetime, *, is_own: bool) -> ListedPrice | None:
    model = event.response_model or event.request_model
    tier = "" if event.service_tier in ORDINARY_TIERS else event.service_tier
    rows = [
        row
        for row in world.prices
        if (row.model, row.is_own, row.tier) == (model, is_own, tier) and row.valid_from <= moment
    ]
    in_force = [row for row in rows if row.valid_from == max(row.valid_from for row in rows)]
    fitting = [
        row
        for row in in_force
        if event.input_tokens - (0 if row.counts_cache_reads else event.cache_read_input_tokens)
        > row.above_input_tokens
        or row.above_input_tokens == 0
    ]
    return max(fitting, key=lambda row: row.above_input_tokens, default=None)


def _costs(
    price: ListedPrice | None, quantities: Mapping[str, int], factor: Decimal
) -> dict[str, Fraction] | None:
    if price is None:
        return None
    costs = {}
    for kind, quantity in quantities.items():
        unit_price = price.unit_price(kind)
        if unit_price is None and quantity:
            return None
        with localcontext(prec=60):
            rounded = ((unit_price or Decimal(0)) * factor).quantize(STEP, ROUND_HALF_UP)
        costs[kind] = quantity * Fraction(rounded)
    return costs


def charge(world: World, event: Event, moment: datetime) -> Charged:
    """The event's cost at the price in force at ``moment``."""
    quantities = quantities_of(event)
    own, listed = (_price(world, event, moment, is_own=is_own) for is_own in (True, False))
    agreed = [factor for valid_from, factor in world.factors if valid_from <= moment] if own is None else []
    factor = agreed[-1] if agreed else Decimal(1)
    list_costs = _costs(listed, quantities, Decimal(1))
    costs = _costs(own or listed, quantities, factor)
    list_cost = sum(list_costs.values(), Fraction(0)) if list_costs else Fraction(0)
    if costs is None:
        return Charged(quantities, {}, "", "", list_cost, is_unpriced=True)
    price = own or listed
    assert price is not None
    return Charged(
        quantities, costs, price.label, str(factor) if agreed else "", list_cost, is_unpriced=False
    )


def reading_cost(world: World, event: Event, moment: datetime, tokens: int, cached: int) -> Fraction:
    """A file's own tokens at the event's prices, whatever else of the event has a price or none."""
    found = charge(world, event, moment)
    if found.is_unpriced:
        return Fraction(0)
    parts = {"input": tokens - cached, "cache_read": cached}
    price = next(row for row in world.prices if row.label == found.price)
    return sum((_costs(price, parts, Decimal(found.factor or 1)) or {}).values(), Fraction(0))
