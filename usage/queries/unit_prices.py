"""The unit prices that some events were priced at."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from teams.queries.together import Question, asked_often, asked_together
from usage.contract_rates import multiplied
from usage.derived_sql import events_of
from usage.models import ContractRate, Price
from usage.pricing import PriceRow
from usage.progress import Days
from usage.queries.contract_rates import rate_row
from usage.queries.price_list import price_values, priced_row
from usage.unit_prices import UnitPriceLists, unit_price_parameters


def rows_at_rates(used: Iterable[tuple[int, int]]) -> list[PriceRow]:
    """The price rows of (price id, contract rate id) pairs, each at its rate; rate 0 is the price itself. One query."""
    return rows_at_rates_beside(used)[0]


def rows_at_rates_beside(
    used: Iterable[tuple[int, int]], *questions: "QuerySet[Any, Any] | Question"
) -> tuple[list[PriceRow], list[list[Any]]]:
    """The same, and the answers of other ``questions`` that are asked together with it."""
    pairs = [pair for pair in used if pair[0]]
    found_prices, found_rates, *answers = asked_together(
        asked_often(_prices, sorted({price_id for price_id, _rate_id in pairs})),
        asked_often(rates_by_id, sorted({rate_id for _price_id, rate_id in pairs if rate_id})),
        *questions,
    )
    prices = {row.id: row for row in (priced_row(*values) for values in found_prices)}
    rates = {row.id: row for row in map(rate_row, found_rates)}
    rows = [
        multiplied(prices[price_id], rates[rate_id]) if rate_id else prices[price_id]
        for price_id, rate_id in pairs
    ]
    return rows, answers


def _prices(ids: list[int]) -> "QuerySet[Price, Any]":
    return price_values(Price.objects.filter(pk__in=ids))


def rates_by_id(ids: list[int]) -> "QuerySet[ContractRate]":
    """Contract rates in no order. For ``asked_often``."""
    return ContractRate.objects.filter(pk__in=ids).order_by()


def unit_prices_of_events(organization_id: int, *, days: Days | None = None) -> UnitPriceLists:
    """Parameters of ``ledger_sql.UNIT_PRICES`` for the events of an organization, of all days or some."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT contracted_price_id, rate_id FROM {events_of(organization_id, days=days)} e"
        )
        used = cursor.fetchall()
    return unit_price_parameters(rows_at_rates(used))
