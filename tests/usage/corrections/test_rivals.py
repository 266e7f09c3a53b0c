"""Voids at the same moment as other voids, ingest, closing and rebuilding, on connections of their own."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import chain

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from teams.models import AuditEntry
from tests.threads import at_once
from tests.usage.corrections.voids import said, sums, void
from tests.usage.ledger.ledgers import check
from tests.usage.ledger_fixtures import NOON, answers, event, open_ledger, store
from usage.enums import Correction
from usage.locks import LOCK_ALONE, period_lock
from usage.models import EventKey, SpendDaily, UsageEvent, UsagePeriod
from usage.services.rebuild import rebuild_rollups

pytestmark = pytest.mark.django_db(transaction=True)

MAY = date(2026, 5, 1)


def test_rivals_void_each_event_once_while_others_send_usage_of_the_month() -> None:
    organization = open_ledger()
    names = [f"wrong-{number}" for number in range(150)]
    store(
        organization,
        *(
            event(transaction_id=name, conversation_id=f"c{number % 9}", message_id=f"m{number % 30}")
            for number, name in enumerate(names)
        ),
    )
    batches = [
        [event(conversation_id=f"c{number % 9}", message_id=f"m{number}") for number in range(60)]
        for _batch in range(3)
    ]
    results = at_once(
        *(lambda order=order: said(void(organization, *order)) for order in (names, names[::-1]) * 2),
        *(lambda batch=batch: answers(store(organization, *batch)) for batch in batches),
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    assert sorted(chain.from_iterable(results[:4])) == ["already_voided"] * 450 + ["voided"] * 150
    assert set(chain.from_iterable(results[4:])) == {"stored"}
    assert UsageEvent.objects.filter(correction=Correction.VOID).count() == 150
    assert UsageEvent.objects.count() == EventKey.objects.count() == 480
    spent = SpendDaily.objects.filter(scope_kind="organization").aggregate(
        Sum("calls"), Sum("contracted_cost")
    )
    assert spent == {"calls__sum": 180, "contracted_cost__sum": Decimal("0.54")}
    assert AuditEntry.objects.filter(action="usage_event.voided").count() == 1
    assert check(organization).is_clean


def test_no_void_gets_into_a_close_that_is_over() -> None:
    organization = open_ledger()
    names = [f"wrong-{number}" for number in range(60)]
    store(organization, *(event(transaction_id=name) for name in names))

    def close() -> set[str]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LOCK_ALONE, [period_lock(organization.pk, MAY)])
            before = set(UsageEvent.objects.filter(close_number=1).values_list("transaction_id", flat=True))
            UsagePeriod.objects.filter(organization=organization, period=MAY).update(close_number=2)
            return before

    parts = [names[start::6] for start in range(6)]
    results = at_once(close, *(lambda part=part: said(void(organization, *part)) for part in parts))
    assert set(chain.from_iterable(results[1:])) == {"voided"}
    in_first = set(UsageEvent.objects.filter(close_number=1).values_list("transaction_id", flat=True))
    assert in_first == results[0]
    assert UsageEvent.objects.filter(correction=Correction.VOID).count() == 60
    assert check(organization).is_clean


def test_voids_of_several_months_cross_ingest_and_rebuilding_without_a_deadlock() -> None:
    organization = open_ledger()
    batches = [
        [
            event(
                transaction_id=f"{batch}-{number}",
                conversation_id=f"c{number % 5}",
                occurred_at=NOON - timedelta(days=20 * (number % 3)),
            )
            for number in range(60)
        ]
        for batch in range(2)
    ]
    store(organization, *batches[0])
    names = [one.transaction_id for one in batches[0]]
    results = at_once(
        lambda: said(void(organization, *names[:30])),
        lambda: said(void(organization, *reversed(names))),
        lambda: answers(store(organization, *batches[1])),
        lambda: rebuild_rollups(organization=organization),
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    assert UsageEvent.objects.filter(correction=Correction.VOID).count() == 60
    assert check(organization).is_clean
    void(organization, *(one.transaction_id for one in batches[1]))
    assert not any(sums(organization).values())
