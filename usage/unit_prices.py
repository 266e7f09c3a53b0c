"""The unit prices that the ledger's statements multiply quantities by."""

from collections.abc import Iterable

from usage.pricing import KINDS, PriceRow, decimal_text

UnitPriceLists = dict[str, list[int] | list[str | None]]


def unit_price_parameters(rows: Iterable[PriceRow]) -> UnitPriceLists:
    """Parameters of ``ledger_sql.UNIT_PRICES`` for some price rows: parallel lists, US dollars per unit."""
    priced = list(rows)
    by_kind = zip(*(row.unit_prices for row in priced), strict=True) if priced else [()] * len(KINDS)
    return {
        "price_id": [row.id for row in priced],
        "rate_id": [row.rate_id for row in priced],
        **{
            kind.value: [decimal_text(unit_price) if unit_price else None for unit_price in unit_prices]
            for kind, unit_prices in zip(KINDS, by_kind, strict=True)
        },
    }
