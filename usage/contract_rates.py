"""An organization's dated factor on list prices: turns a list row into the row that the organization pays by."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from usage.pricing import PriceRow

FACTOR_SCALE: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """A factor in force from ``valid_from`` (aware) on; ``factor`` counts millionths, so 1_000_000 is the list."""

    id: int
    organization_id: int
    valid_from: datetime
    factor: int


def multiplied(row: PriceRow, rate: RateRow) -> PriceRow:
    """``row`` at a contract rate. Each unit price is rounded once, half up, to its 15 decimals."""
    prices = tuple(
        None if price is None else (price * rate.factor + FACTOR_SCALE // 2) // FACTOR_SCALE
        for price in row.unit_prices
    )
    return replace(row, unit_prices=prices, rate_id=rate.id)


class ContractRates:
    """All rates, by organization. Multiplied rows are remembered: there are as many as prices in use."""

    __slots__ = ("_multiplied", "_rows", "_starts")

    def __init__(self, rates: Iterable[RateRow]) -> None:
        self._rows: dict[int, list[RateRow]] = {}
        for rate in sorted(rates, key=lambda rate: rate.valid_from):
            self._rows.setdefault(rate.organization_id, []).append(rate)
        self._starts = {
            organization_id: [rate.valid_from for rate in rows]
            for organization_id, rows in self._rows.items()
        }
        self._multiplied: dict[tuple[int, int], PriceRow] = {}

    def contracted(self, row: PriceRow, organization_id: int, occurred_at: datetime) -> PriceRow:
        """What ``row`` is for an organization at an instant: itself for own prices and where no rate is in force."""
        starts = self._starts.get(organization_id)
        if starts is None or row.organization_id:
            return row
        position = bisect_right(starts, occurred_at)
        if not position:
            return row
        rate = self._rows[organization_id][position - 1]
        found = self._multiplied.get((row.id, rate.id))
        if found is None:
            found = self._multiplied[row.id, rate.id] = multiplied(row, rate)
        return found
