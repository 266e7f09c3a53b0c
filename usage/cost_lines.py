"""An event's cost taken apart: quantity × unit price per kind. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

from usage.enums import ChargeKind
from usage.pricing import KINDS, PriceRow, Quantities, charge_quantities, decimal_text

METERED: Final = {
    "input_tokens": "input_tokens",
    "cache_read": "cache_read_input_tokens",
    "cache_write_5m": "cache_creation_5m_input_tokens",
    "cache_write_1h": "cache_creation_1h_input_tokens",
    "audio_input": "audio_input_tokens",
    "image_input": "image_input_tokens",
    "output_tokens": "output_tokens",
    "reasoning": "reasoning_output_tokens",
    "audio_output": "audio_output_tokens",
    "audio_seconds": "audio_seconds",
    "web_search": "web_search_calls",
    "code_run": "code_run_calls",
    "calls": "calls",
}
"""Arguments of ``pricing.charge_quantities`` and the columns of an event that hold them."""


class Metered(Protocol):
    """The quantities of an event as they are stored."""

    input_tokens: int
    cache_read_input_tokens: int
    cache_creation_5m_input_tokens: int
    cache_creation_1h_input_tokens: int
    audio_input_tokens: int
    image_input_tokens: int
    output_tokens: int
    reasoning_output_tokens: int
    audio_output_tokens: int
    audio_seconds: int
    web_search_calls: int
    code_run_calls: int
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One kind that was used. ``unit_price`` is US dollars for one unit; None (and no cost) without a price."""

    kind: ChargeKind
    quantity: int
    unit_price: Decimal | None
    cost: Decimal | None


def quantities_of(event: Metered) -> Quantities:
    """The disjoint quantities of an event, in the order of ``KINDS``."""
    return charge_quantities(**{name: getattr(event, column) for name, column in METERED.items()})


def cost_lines(event: Metered, row: PriceRow | None) -> tuple[CostLine, ...]:
    """The kinds that an event used, each at the unit price of ``row``; together they are its cost exactly.

    Calls are left out where they cost nothing: they are counted, not charged.
    """
    return lines_of(quantities_of(event), row)


def lines_of(quantities: Quantities, row: PriceRow | None) -> tuple[CostLine, ...]:
    """The same for quantities that were summed up before, of usage that was priced by one row."""
    prices = row.unit_prices if row else (None,) * len(KINDS)
    return tuple(
        _line(kind, quantity, price)
        for kind, quantity, price in zip(KINDS, quantities, prices, strict=True)
        if quantity and not (kind is ChargeKind.CALL and not price)
    )


def _line(kind: ChargeKind, quantity: int, price: int | None) -> CostLine:
    if price is None:
        return CostLine(kind=kind, quantity=quantity, unit_price=None, cost=None)
    unit_price, cost = (Decimal(decimal_text(value)) for value in (price, price * quantity))
    return CostLine(kind=kind, quantity=quantity, unit_price=unit_price, cost=cost)
