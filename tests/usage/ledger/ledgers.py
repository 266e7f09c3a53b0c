"""A ledger full of events, and ways to damage it."""

from typing import Any, Final

from django.db import connection

from teams.models import Organization
from tests.usage.event_factories import make_events
from tests.usage.ledger_fixtures import RECEIVED, open_ledger, store
from usage.queries.ledger_check import LedgerCheck, check_ledger
from usage.rollups import CHARGE_DAILY

BATCHES: Final = 4
CHARGE_QUANTITY, CHARGE_COST = (
    next(column.name for column in CHARGE_DAILY.measures if column.name.endswith(end))
    for end in ("quantity", "cost")
)


def full_ledger(number: int = 200, **fields: Any) -> Organization:
    """An organization with ``number`` events of every kind, sent in several batches."""
    organization = open_ledger(**fields)
    events = make_events(number)
    for start in range(BATCHES):
        store(organization, *events[start::BATCHES])
    return organization


def run_sql(statement: str, *parameters: Any) -> int:
    """Run one statement; the number of rows that it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters) or None)
        return int(cursor.rowcount)


def check(organization: Organization, **options: Any) -> LedgerCheck:
    """The ledger's check at the time when its events are received."""
    return check_ledger(organization.pk, now=RECEIVED, **options)


def damaged_relations(organization: Organization, **options: Any) -> set[str]:
    """The relations that differ from the events."""
    return {relation.relation for relation in check(organization, **options).relations if relation.differing}
