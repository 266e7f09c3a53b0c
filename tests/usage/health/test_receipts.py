"""Receipts count what had no price when it was stored: once, and for good."""

from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from tests.usage.event_factories import make_events
from tests.usage.ledger_fixtures import RECEIVED, event, open_ledger, store
from usage.models import ReceiptDaily, UsageEvent
from usage.services.corrections import void_events

pytestmark = pytest.mark.django_db


def test_unpriced_events_are_counted_when_they_are_stored_and_not_again() -> None:
    organization = open_ledger()
    unpriced = [event(response_model="mystery") for _ in range(3)]
    store(organization, *unpriced, unpriced[0], event())
    store(organization, *unpriced, event(response_model="mystery"))
    receipt = ReceiptDaily.objects.get()
    assert (receipt.received, receipt.stored, receipt.duplicate, receipt.unpriced) == (9, 5, 4, 4)


def test_a_batch_without_anything_new_counts_nothing_unpriced() -> None:
    organization = open_ledger()
    first = event(response_model="mystery")
    store(organization, first)
    store(organization, first, event(transaction_id=first.transaction_id, response_model="puzzle"))
    receipt = ReceiptDaily.objects.get()
    assert (receipt.stored, receipt.duplicate, receipt.conflict, receipt.unpriced) == (1, 1, 1, 1)


def test_what_came_before_the_column_is_counted_from_the_events() -> None:
    organization = open_ledger()
    events = make_events(60)
    store(organization, *events)
    store(open_ledger(), event(response_model="mystery"))
    unpriced = UsageEvent.objects.filter(unpriced=1, correction="").values_list("transaction_id", flat=True)
    void_events(
        organization_id=organization.pk, transaction_ids=[unpriced[0]], reason="A test", received_at=RECEIVED
    )
    counted = list(ReceiptDaily.objects.order_by("organization").values_list("organization", "unpriced"))
    assert min(number for _organization, number in counted) > 0
    ReceiptDaily.objects.update(unpriced=0)
    migrations = Path(apps.get_app_config("usage").path) / "migrations"
    with connection.cursor() as cursor:
        cursor.execute((migrations / "sql" / "count_unpriced_receipts.sql").read_text())
    assert (
        list(ReceiptDaily.objects.order_by("organization").values_list("organization", "unpriced")) == counted
    )
