"""A ledger full of events, and ways to damage it."""

import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.db import connection
from msgspec.structs import replace

from teams.models import Organization
from tests.usage.event_factories import make_events
from tests.usage.ledger_fixtures import RECEIVED, open_ledger, store
from usage.events import Event
from usage.queries.ledger_check import LedgerCheck, check_ledger
from usage.rollups import CHARGE_DAILY
from usage.services.corrections import void_events
from usage.services.rebuild import rebuild_rollups

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


def filling(
    organization: Organization, sent: Sequence[Event], *, chance: random.Random, most_voided: int = 1
) -> Iterator[int]:
    """Store ``sent`` in any order and batches of any size, of which about half are voided in part.

    Gives the number of events that are left after each batch.
    """
    events = [
        replace(one, transaction_id=f"e{number}", response_id=f"r{number}") for number, one in enumerate(sent)
    ]
    chance.shuffle(events)
    while events:
        size = chance.choice((1, 3, 20))
        batch, events = events[:size], events[size:]
        store(organization, *batch)
        if chance.random() < 0.5:
            voided = chance.sample(batch, min(most_voided, len(batch)))
            void_events(
                organization_id=organization.pk,
                transaction_ids=[one.transaction_id for one in voided],
                reason="not ours",
                received_at=RECEIVED,
            )
        yield len(events)


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


def damage_repaired(damage: str) -> set[str]:
    """Damage a full ledger by one statement and rebuild it, which leaves no damage: the relations that had some."""
    organization = full_ledger(60)
    assert run_sql(damage) > 0
    assert not check(organization).is_clean
    damaged = damaged_relations(organization)
    rebuild_rollups(organization=organization)
    assert damaged_relations(organization) == set()
    return damaged
