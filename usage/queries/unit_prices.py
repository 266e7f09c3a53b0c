"""The unit prices that some events were priced at."""

from django.db import connection

from usage.derived_sql import events_of
from usage.progress import Days
from usage.queries.price_list import price_rows
from usage.unit_prices import unit_price_parameters


def unit_prices_of_events(
    organization_id: int, *, days: Days | None = None
) -> dict[str, list[int] | list[str]]:
    """Parameters of ``ledger_sql.UNIT_PRICES`` for the events of an organization, of all days or some."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT contracted_price_id FROM {events_of(organization_id, days=days)} e")
        used = [price_id for (price_id,) in cursor.fetchall()]
    return unit_price_parameters(price_rows(used))
