"""The ingest statement is prepared once per connection, and outlives whatever happens to either."""

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from tests.flows.conftest import database_of_the_test
from tests.teams.factories import OrganizationFactory
from tests.usage.ledger_fixtures import FIRST, LAST, answers, event, open_ledger, store
from usage.events import FileReference
from usage.models import EventKey, UsageEvent
from usage.services import ingest, ingest_statement
from usage.services.periods import ensure_periods

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_prepared() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    vars(connection.connection).pop(ingest_statement._PREPARED, None)


def prepared() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'ingest%'")
        return {name for (name,) in cursor.fetchall()}


def test_it_is_prepared_once_whoever_it_is_for() -> None:
    first, second = open_ledger(), OrganizationFactory.create()
    ensure_periods(second.pk, first=FIRST, last=LAST)
    for organization in (first, second, first):
        assert answers(store(organization, event())) == ["stored"]
    assert prepared() == {"ingest_one_without_lists"}
    assert [UsageEvent.objects.filter(organization=each).count() for each in (first, second)] == [2, 1]


def test_there_are_four_of_them() -> None:
    organization = open_ledger()
    listed = {"files": [FileReference("f", tokens=5)]}
    for fields in ({}, listed):
        store(organization, event(**fields))
        store(organization, event(**fields), event())
    assert prepared() == {"ingest_one_without_lists", "ingest_without_lists", "ingest_one", "ingest"}


def test_a_transaction_that_is_rolled_back_leaves_it_usable() -> None:
    organization = open_ledger()
    with transaction.atomic():
        store(organization, event())
        transaction.set_rollback(True)
    assert not UsageEvent.objects.filter(organization=organization).exists()
    assert answers(store(organization, event())) == ["stored"]
    assert UsageEvent.objects.filter(organization=organization).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("others", [0, 2])
def test_a_key_that_goes_while_it_is_looked_at_loses_no_event(
    monkeypatch: pytest.MonkeyPatch, others: int
) -> None:
    """Keys are mended under the lock of their own month, which need not be that of the event that has come."""
    organization = open_ledger()
    store(organization, event(transaction_id="stray"))
    UsageEvent.objects.all().delete()
    batch = [event(transaction_id="stray"), *(event() for _number in range(others))]
    written = ingest._write
    calls: list[int] = []

    def write(cursor: Any, *arguments: Any, **named: Any) -> dict[str, bool]:
        calls.append(1)
        watched: Any = _Interfering(cursor, _drop_keys) if len(calls) == 1 else cursor
        return written(watched, *arguments, **named)

    monkeypatch.setattr(ingest, "_write", write)
    assert answers(store(organization, *batch)) == ["stored"] * len(batch)
    assert len(calls) == 2
    assert UsageEvent.objects.count() == EventKey.objects.count() == len(batch)


def _drop_keys() -> None:
    with psycopg.connect(database_of_the_test(), autocommit=True) as mender:
        mender.execute("DELETE FROM usage_event_key WHERE transaction_id = 'stray'")


class _Interfering:
    """A cursor under whose feet something happens right before it looks for what is known."""

    def __init__(self, cursor: Any, happen: Callable[[], None]) -> None:
        self._cursor, self._happen = cursor, happen

    def execute(self, query: str, parameters: Sequence[Any] | None = None) -> Any:
        if query.startswith(("DELETE FROM staged_event", "SELECT fingerprint")):
            self._happen()
        return self._cursor.execute(query, parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)
