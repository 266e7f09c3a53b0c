"""The unit prices that some events were priced at."""

from collections.abc import Iterable

from django.db import connection

from usage.contract_rates import multiplied
from usage.derived_sql import events_of
from usage.pricing import PriceRow
from usage.progress import Days
from usage.queries.contract_rates import rate_rows
from usage.queries.price_list import price_rows
from usage.unit_prices import UnitPriceLists, unit_price_parameters


def rows_at_rates(used: Iterable[tuple[int, int]]) -> list[PriceRow]:
    """The price rows of (price id, contract rate id) pairs, each at its rate; rate 0 is the price itself."""
    pairs = [pair for pair in used if pair[0]]
    prices = {row.id: row for row in price_rows({price_id for price_id, _rate_id in pairs})}
    rates = {row.id: row for row in rate_rows({rate_id for _price_id, rate_id in pairs})}
    return [
        multiplied(prices[price_id], rates[rate_id]) if rate_id else prices[price_id]
        for price_id, rate_id in pairs
    ]


def unit_prices_of_events(organization_id: int, *, days: Days | None = None) -> UnitPriceLists:
    """Parameters of ``ledger_sql.UNIT_PRICES`` for the events of an organization, of all days or some."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT contracted_price_id, rate_id FROM {events_of(organization_id, days=days)} e"
        )
        used = cursor.fetchall()
    return unit_price_parameters(rows_at_rates(used))
