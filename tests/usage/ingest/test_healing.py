"""What a worker does not know yet, and what it is sent that no calendar holds."""

from datetime import UTC, date, datetime

import pytest

from tests.usage.ledger_fixtures import answers, event, open_ledger, store
from usage.enums import QuarantineReason
from usage.models import QuarantinedEvent, UsageEvent
from usage.periods import months_between
from usage.services.partitions import ensure_partitions
from usage.services.periods import ensure_periods
from usage.services.snapshots import MEMORY

pytestmark = pytest.mark.django_db

OLD = datetime(2019, 3, 5, tzinfo=UTC)
MARCH = date(2019, 3, 1)


def test_a_month_that_was_opened_elsewhere_takes_events_at_once() -> None:
    organization = open_ledger()
    assert answers(store(organization, event(occurred_at=OLD))) == ["quarantined"]
    held = MEMORY.organization(organization.pk)
    # Another process imports old usage.
    ensure_partitions(months_between(MARCH, MARCH))
    ensure_periods(organization.pk, first=MARCH)
    assert MEMORY.organization(organization.pk) is held
    assert answers(store(organization, event(occurred_at=OLD))) == ["stored"]
    assert UsageEvent.objects.get().period == MARCH


def test_a_known_id_with_an_impossible_time_is_a_conflict_and_the_same_event_a_duplicate() -> None:
    organization = open_ledger()
    first = event()
    store(organization, first)
    later = event(transaction_id=first.transaction_id, occurred_at=datetime(2031, 1, 1, tzinfo=UTC))
    assert answers(store(organization, later, event(occurred_at=OLD))) == ["conflict", "quarantined"]
    reasons = QuarantinedEvent.objects.order_by("reason").values_list("reason", flat=True)
    assert list(reasons) == [QuarantineReason.CONFLICT, QuarantineReason.OUT_OF_RANGE]
