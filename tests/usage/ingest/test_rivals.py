"""Workers that store at the same moment, on connections of their own."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from teams.models import Department, Member
from teams.services.memberships import move_member
from tests.teams.cast import LONG_AGO
from tests.threads import at_once
from tests.usage.ledger_fixtures import NOON, answers, event, open_ledger, store
from tests.usage.price_factories import PriceFactory
from usage.locks import LOCK_ALONE, period_lock
from usage.models import (
    EventKey,
    LlmModel,
    Price,
    PriceListVersion,
    ReceiptDaily,
    SpendDaily,
    UsageEvent,
    UsagePeriod,
)
from usage.services import ingest
from usage.services.snapshots import MEMORY

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_workers_with_one_batch_store_it_once() -> None:
    organization = open_ledger()
    batch = [event(conversation_id=f"c{number % 7}", message_id=f"m{number}") for number in range(300)]
    results = at_once(*(lambda: answers(store(organization, *batch)) for _ in range(4)))
    assert sorted(chain.from_iterable(results)) == ["duplicate"] * 900 + ["stored"] * 300
    assert UsageEvent.objects.count() == EventKey.objects.count() == 300
    spend = SpendDaily.objects.filter(scope_kind="organization").aggregate(
        Sum("calls"), Sum("contracted_cost")
    )
    assert spend == {"calls__sum": 300, "contracted_cost__sum": Decimal("0.9")}
    receipt = ReceiptDaily.objects.get()
    assert (receipt.received, receipt.stored, receipt.duplicate) == (1200, 300, 900)


def test_one_id_at_one_moment_in_neighbouring_months_is_stored_once() -> None:
    organization = open_ledger()
    for number in range(20):
        rivals = [
            event(transaction_id=f"rival-{number}", occurred_at=moment)
            for moment in (datetime(2026, 4, 30, 23, 59, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
        ]
        results = at_once(*(lambda rival=rival: answers(store(organization, rival)) for rival in rivals))
        assert sorted(chain.from_iterable(results)) == ["conflict", "stored"]
        assert UsageEvent.objects.filter(transaction_id=f"rival-{number}").count() == 1


def test_a_failure_after_the_request_was_read_leaves_nothing_and_a_retry_counts_once() -> None:
    organization = open_ledger()
    batch = [event() for _ in range(10)]
    failure = patch.object(ingest, "count_receipts", side_effect=RuntimeError("the store fails"))
    with failure, pytest.raises(RuntimeError):
        store(organization, *batch)
    assert (
        not UsageEvent.objects.exists() and not EventKey.objects.exists() and not SpendDaily.objects.exists()
    )
    assert set(answers(store(organization, *batch))) == {"stored"}
    # The answer was lost: the client sends it all again.
    assert set(answers(store(organization, *batch))) == {"duplicate"}
    assert UsageEvent.objects.count() == 10


def test_a_worker_with_old_prices_prices_by_the_new_ones() -> None:
    organization = open_ledger()
    change = datetime(2026, 5, 20, 12, tzinfo=UTC)
    store(organization, event(occurred_at=change))
    held = MEMORY.prices().price_list
    PriceFactory(
        model=LlmModel.objects.get(name="gpt-4o"),
        valid_from=change,
        input=Decimal("0.000004"),
        output=Decimal("0.00002"),
    )
    PriceListVersion.objects.update_or_create(defaults={"version": held.version + 1}, singleton=True)
    assert MEMORY.prices().price_list is held
    store(
        organization,
        event(transaction_id="before", occurred_at=change - timedelta(microseconds=1)),
        event(transaction_id="at", occurred_at=change),
    )
    costs = dict(UsageEvent.objects.values_list("transaction_id", "contracted_cost"))
    assert (costs["before"], costs["at"]) == (Decimal("0.003"), Decimal("0.006"))
    assert Price.objects.count() == 2


def test_a_close_waits_for_open_ingest_and_later_events_carry_the_next_number() -> None:
    organization = open_ledger()
    store(organization, event())
    month = datetime(2026, 5, 1, tzinfo=UTC).date()

    def close() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LOCK_ALONE, [period_lock(organization.pk, month)])
            before = set(UsageEvent.objects.filter(close_number=1).values_list("id", flat=True))
            UsagePeriod.objects.filter(organization=organization, period=month).update(close_number=2)
            closed.append(before)

    closed: list[set[UUID]] = []
    batches = [[event() for _ in range(50)] for _ in range(6)]
    results = at_once(close, *(lambda batch=batch: answers(store(organization, *batch)) for batch in batches))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert set(chain.from_iterable(results[1:])) == {"stored"}
    assert set(UsageEvent.objects.filter(close_number=1).values_list("id", flat=True)) == closed[0]
    assert UsageEvent.objects.count() == 301


def test_a_member_who_moves_is_booked_where_they_were_at_the_time() -> None:
    organization = open_ledger()
    old, new = (
        Department.objects.create(organization=organization, external_id=name) for name in ("old", "new")
    )
    bob = Member.objects.create(organization=organization, external_id="bob")
    move_member(member=bob, department=old, from_instant=LONG_AGO)
    store(organization, event(transaction_id="known"))
    move_member(member=bob, department=new, from_instant=NOON)
    store(
        organization,
        event(transaction_id="before", occurred_at=NOON - timedelta(seconds=1)),
        event(transaction_id="after", occurred_at=NOON),
    )
    booked = dict(UsageEvent.objects.values_list("transaction_id", "department_id"))
    assert booked == {"known": old.pk, "before": old.pk, "after": new.pk}
