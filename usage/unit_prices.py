"""The unit prices that the ledger's statements multiply quantities by."""

from collections.abc import Iterable

from usage.pricing import KINDS, PriceRow, decimal_text


def unit_price_parameters(rows: Iterable[PriceRow]) -> dict[str, list[int] | list[str]]:
    """Parameters of ``ledger_sql.UNIT_PRICES`` for some price rows: parallel lists, US dollars per unit."""
    prices = [
        (row.id, row.rate_id, kind.value, decimal_text(unit_price))
        for row in rows
        for kind, unit_price in zip(KINDS, row.unit_prices, strict=True)
        if unit_price
    ]
    return {
        "price_ids": [price_id for price_id, _rate_id, _kind, _unit_price in prices],
        "rate_ids": [rate_id for _price_id, rate_id, _kind, _unit_price in prices],
        "kinds": [kind for _price_id, _rate_id, kind, _unit_price in prices],
        "unit_prices": [unit_price for _price_id, _rate_id, _kind, unit_price in prices],
    }
