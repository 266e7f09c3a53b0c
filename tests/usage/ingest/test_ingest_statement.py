"""The ingest statement is prepared once per connection and organization, and outlives whatever happens to either."""

import pytest
from django.db import connection, transaction

from tests.teams.factories import OrganizationFactory
from tests.usage.ledger_fixtures import FIRST, LAST, answers, event, open_ledger, store
from usage.models import UsageEvent
from usage.services import ingest_statement
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


def test_it_is_prepared_once_and_used_again() -> None:
    organization = open_ledger()
    store(organization, event())
    assert prepared() == {f"ingest_{organization.pk}_one_without_lists"}
    assert answers(store(organization, event())) == ["stored"]
    assert prepared() == {f"ingest_{organization.pk}_one_without_lists"}


def test_only_the_ones_used_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_statement, "KEPT", 2)
    first = open_ledger()
    second, third = OrganizationFactory.create_batch(2)
    for other in (second, third):
        ensure_periods(other.pk, first=FIRST, last=LAST)
    for organization in (first, second, first, third):
        assert answers(store(organization, event())) == ["stored"]
    assert prepared() == {f"ingest_{each.pk}_one_without_lists" for each in (first, third)}
    assert answers(store(second, event())) == ["stored"]


def test_a_transaction_that_is_rolled_back_leaves_it_usable() -> None:
    organization = open_ledger()
    with transaction.atomic():
        store(organization, event())
        transaction.set_rollback(True)
    assert not UsageEvent.objects.filter(organization=organization).exists()
    assert answers(store(organization, event())) == ["stored"]
    assert UsageEvent.objects.filter(organization=organization).count() == 1
