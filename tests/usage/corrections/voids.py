"""Voiding in tests, and what is left in the ledger afterwards."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from teams.models import Organization
from tests.usage.ledger_fixtures import RECEIVED
from usage.chat_sql import CHAT_MEASURES, MESSAGE_MEASURES
from usage.corrections import VoidOutcome
from usage.rollups import ROLLUPS
from usage.services.corrections import void_events

LATER: Final = RECEIVED + timedelta(days=1)
"""When these tests void."""

SUMS: Final = {
    **{rollup.table: tuple(column.name for column in rollup.measures) for rollup in ROLLUPS},
    "usage_message": tuple(name for name in MESSAGE_MEASURES if name != "events"),
    "usage_chat": tuple(CHAT_MEASURES),
}
"""What of each table adds up over events. Messages and chats stay when all of theirs is voided."""
_KEYS: Final = {
    **{rollup.table: rollup.key for rollup in ROLLUPS},
    "usage_message": ("period", "id"),
    "usage_chat": ("id",),
}


def void(organization: Organization, *transaction_ids: str, **options: Any) -> list[VoidOutcome]:
    """Void events a day after they were received."""
    fields: dict[str, Any] = {"reason": "sent by mistake", "received_at": LATER} | options
    return void_events(organization_id=organization.pk, transaction_ids=transaction_ids, **fields)


def said(outcomes: list[VoidOutcome]) -> list[str]:
    """The bare answers, in order."""
    return [outcome.answer.value for outcome in outcomes]


def sums(organization: Organization) -> dict[str, dict[Any, dict[str, Any]]]:
    """Table → key → what adds up, of all rows in which anything is left."""
    return {table: dict(_left(organization, table)) for table in SUMS}


def _left(organization: Organization, table: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t) FROM {table} t WHERE organization_id = %s", [organization.pk])
        rows = [json.loads(row, parse_float=Decimal) for (row,) in cursor.fetchall()]
    for row in rows:
        values = {name: row[name] for name in SUMS[table]}
        if any(any(value) if isinstance(value, list) else value for value in values.values()):
            yield tuple(row[name] for name in _KEYS[table]), values
