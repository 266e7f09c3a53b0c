"""Old ids, clocks that are wrong, months that are missing, and rivals over one id."""

from datetime import UTC, date, datetime, timedelta
from itertools import chain

import pytest
from django.db.models import Sum

from tests.threads import at_once
from tests.usage.ledger.ledgers import check, damaged_relations
from tests.usage.ledger_fixtures import RECEIVED, answers, event, open_ledger, store
from usage.enums import Answer, QuarantineStatus
from usage.models import EventKey, QuarantinedEvent, ReceiptDaily, SpendDaily, UsageDaily, UsageEvent
from usage.periods import months_between
from usage.queries.ledger_check import KEYS_KEPT
from usage.services.partitions import ensure_partitions
from usage.services.periods import ensure_periods
from usage.services.quarantine_review import replay_quarantined
from usage.services.snapshots import MEMORY

pytestmark = pytest.mark.django_db

OLD_MONTH = date(2019, 3, 1)
OLD = datetime(2019, 3, 5, tzinfo=UTC)


def test_an_id_three_months_old_is_a_duplicate_and_with_other_content_a_conflict() -> None:
    organization = open_ledger()
    then = datetime(2026, 3, 2, tzinfo=UTC)
    first = event(occurred_at=then)
    store(organization, first, received_at=then + timedelta(minutes=1))
    again = event(transaction_id=first.transaction_id, occurred_at=RECEIVED)
    assert answers(store(organization, first)) == ["duplicate"]
    assert answers(store(organization, again)) == ["conflict"]
    assert UsageEvent.objects.get().period == date(2026, 3, 1)
    assert SpendDaily.objects.filter(scope_kind="organization").aggregate(Sum("calls"))["calls__sum"] == 1


def test_keys_are_known_for_at_least_400_days() -> None:
    organization = open_ledger()
    then = RECEIVED - KEYS_KEPT
    ensure_partitions(months_between(date(2025, 5, 1), date(2025, 5, 1)))
    ensure_periods(organization.pk, first=date(2025, 5, 1))
    MEMORY.forget()
    first = event(occurred_at=then)
    assert timedelta(days=400) <= RECEIVED - then
    assert answers(store(organization, first, received_at=then)) == ["stored"]
    assert answers(store(organization, first)) == ["duplicate"]
    # What is not there is missed: as long as keys are kept, they are compared.
    EventKey.objects.filter(transaction_id=first.transaction_id).delete()
    assert damaged_relations(organization) == {"usage_event_key"}


def test_a_batch_of_a_phone_whose_clock_is_wrong_counts_once_and_when_it_was_received() -> None:
    organization = open_ledger()
    offline = [event(occurred_at=RECEIVED - timedelta(days=3, minutes=minute)) for minute in range(5)]
    ahead = [event(occurred_at=RECEIVED + timedelta(minutes=minute)) for minute in (1, 4)]
    far = [event(occurred_at=RECEIVED + timedelta(hours=6))]
    sent = [*offline, *ahead, *far]
    expected = ["stored"] * 7 + ["quarantined"]
    assert answers(store(organization, *sent)) == expected
    stored = {row.transaction_id: row for row in UsageEvent.objects.all()}
    for one in ahead:
        row = stored[one.transaction_id]
        assert (row.occurred_at, row.sent_occurred_at) == (RECEIVED, one.occurred_at)
    # Sent again when those times have come: what counted keeps its place, what waited is stored.
    later = RECEIVED + timedelta(days=1)
    assert answers(store(organization, *sent, received_at=later)) == ["duplicate"] * 7 + ["stored"]
    assert UsageEvent.objects.filter(occurred_at__gt=RECEIVED).count() == 1
    waiting = QuarantinedEvent.objects.get()
    assert replay_quarantined(waiting, now=later).answer is Answer.DUPLICATE
    waiting.refresh_from_db()
    assert waiting.status == QuarantineStatus.REPLAYED
    assert UsageEvent.objects.count() == 8 and check(organization).is_clean


def test_a_clock_ahead_over_midnight_of_the_first_counts_in_the_month_of_receipt() -> None:
    organization = open_ledger(time_zone="Asia/Kathmandu")
    midnight = datetime(2026, 5, 31, 18, 15, tzinfo=UTC)
    ahead = event(occurred_at=midnight + timedelta(minutes=2))
    received_at = midnight - timedelta(microseconds=1)
    assert answers(store(organization, ahead, received_at=received_at)) == ["stored"]
    assert answers(store(organization, ahead, received_at=midnight + timedelta(hours=1))) == ["duplicate"]
    row = UsageEvent.objects.get()
    assert (row.period, row.local_date, row.occurred_at) == (date(2026, 5, 1), date(2026, 5, 31), received_at)


def test_an_event_whose_partition_is_missing_waits_and_is_stored_once_it_is_made() -> None:
    organization = open_ledger()
    ensure_periods(organization.pk, first=OLD_MONTH)
    lost = event(occurred_at=OLD)
    assert answers(store(organization, lost, event(occurred_at=RECEIVED))) == ["quarantined", "stored"]
    assert answers(store(organization, lost)) == ["quarantined"]
    waiting = QuarantinedEvent.objects.get()
    assert waiting.times == 2 and not UsageEvent.objects.filter(period=OLD_MONTH).exists()
    ensure_partitions([OLD_MONTH])
    assert replay_quarantined(waiting, now=RECEIVED).answer is Answer.STORED
    assert replay_quarantined(waiting, now=RECEIVED).answer is Answer.DUPLICATE
    assert answers(store(organization, lost)) == ["duplicate"]
    assert UsageDaily.objects.get(local_date=OLD.date()).calls == 1
    assert check(organization).is_clean


@pytest.mark.django_db(transaction=True)
def test_a_partition_that_is_made_while_events_of_its_month_come_in_loses_none() -> None:
    organization = open_ledger()
    # Months of this name stand from test to test: take one that no other test makes.
    month = date(2018, 7, 1)
    ensure_periods(organization.pk, first=month)
    batches = [
        [event(occurred_at=datetime(2018, 7, day, tzinfo=UTC)) for day in range(1, 29)] for _ in range(6)
    ]
    *said, made = at_once(
        *(lambda batch=batch: answers(store(organization, *batch)) for batch in batches),
        lambda: ensure_partitions([month]),
    )
    assert not [one for one in (*said, made) if isinstance(one, Exception)]
    assert set(chain.from_iterable(said)) <= {"stored", "quarantined"}
    for waiting in QuarantinedEvent.objects.all():
        replay_quarantined(waiting, now=RECEIVED)
    assert UsageEvent.objects.count() == 6 * 28
    assert check(organization).is_clean


@pytest.mark.django_db(transaction=True)
def test_rivals_over_one_id_in_six_months_store_one() -> None:
    organization = open_ledger()
    for round_ in range(6):
        rivals = [
            event(transaction_id=f"one-{round_}", occurred_at=datetime(2026, month, 9, tzinfo=UTC))
            for month in range(1, 7)
        ]
        # One of them comes twice: its second copy is a duplicate or a conflict, never stored again.
        said = at_once(*(lambda one=one: answers(store(organization, one)) for one in (*rivals, rivals[0])))
        answered = list(chain.from_iterable(said))
        assert answered.count("stored") == 1 and set(answered) <= {"stored", "conflict", "duplicate"}
        assert UsageEvent.objects.filter(transaction_id=f"one-{round_}").count() == 1
    assert ReceiptDaily.objects.aggregate(Sum("stored"))["stored__sum"] == 6
    assert damaged_relations(organization) == set()
