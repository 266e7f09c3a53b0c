from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from teams.models import AuditEntry, Member, Organization
from tests.usage.event_factories import make_event
from tests.usage.ledger.ledgers import check
from tests.usage.ledger_fixtures import RECEIVED, answers, open_ledger, store
from usage.enums import Answer, QuarantineStatus
from usage.models import QuarantinedEvent, ReceiptDaily, UsageEvent
from usage.services.quarantine_review import discard_quarantined, replay_quarantined

pytestmark = pytest.mark.django_db
LATER = RECEIVED + timedelta(days=2)


def _waiting(**changed: Any) -> tuple[Organization, QuarantinedEvent]:
    """An event of a clock that runs a day ahead."""
    organization = open_ledger()
    fields: dict[str, Any] = {"occurred_at": RECEIVED + timedelta(days=1), "member_id": "newcomer"}
    assert answers(store(organization, make_event(**(fields | changed)))) == ["quarantined"]
    return organization, QuarantinedEvent.objects.get()


def test_an_event_whose_time_has_come_is_stored() -> None:
    organization, entry = _waiting()
    outcome = replay_quarantined(entry, reason="the clock was set", now=LATER)
    assert outcome.answer is Answer.STORED
    stored = UsageEvent.objects.get()
    assert (stored.transaction_id, stored.received_at) == (entry.transaction_id, LATER)
    assert stored.member_id == Member.objects.get(external_id="newcomer").pk
    entry.refresh_from_db()
    assert entry.status == QuarantineStatus.REPLAYED
    assert entry.resolved_by == "System"
    audit = AuditEntry.objects.get(action="quarantine.replayed")
    assert (audit.organization, audit.reason, audit.facts["answer"]) == (
        organization,
        "the clock was set",
        "stored",
    )
    assert check(organization).is_clean


def test_replaying_twice_counts_once() -> None:
    organization, entry = _waiting()
    replay_quarantined(entry, now=LATER)
    assert replay_quarantined(entry, now=LATER).answer is Answer.DUPLICATE
    assert UsageEvent.objects.count() == 1
    assert AuditEntry.objects.filter(action="quarantine.replayed").count() == 1
    assert check(organization).is_clean


def test_a_replay_that_was_stored_but_not_marked_is_marked_by_the_next() -> None:
    _organization, entry = _waiting()
    replay_quarantined(entry, now=LATER)
    QuarantinedEvent.objects.update(status=QuarantineStatus.OPEN)
    assert replay_quarantined(entry, now=LATER).answer is Answer.DUPLICATE
    entry.refresh_from_db()
    assert entry.status == QuarantineStatus.REPLAYED


def test_an_event_that_still_lies_ahead_stays_as_it_is() -> None:
    _organization, entry = _waiting()
    before = ReceiptDaily.objects.get().received
    with pytest.raises(ValidationError, match="still cannot be stored"):
        replay_quarantined(entry, now=RECEIVED)
    entry.refresh_from_db()
    assert (entry.status, entry.times) == (QuarantineStatus.OPEN, 1)
    assert ReceiptDaily.objects.get().received == before
    assert not AuditEntry.objects.filter(action__startswith="quarantine.").exists()


def test_a_conflict_cannot_be_stored() -> None:
    organization = open_ledger()
    store(organization, make_event(transaction_id="same"))
    assert answers(store(organization, make_event(transaction_id="same", input_tokens=2))) == ["conflict"]
    with pytest.raises(ValidationError, match="other content"):
        replay_quarantined(QuarantinedEvent.objects.get())
    assert UsageEvent.objects.get().input_tokens == 1000


def test_an_id_that_was_taken_meanwhile_is_not_overwritten() -> None:
    organization, entry = _waiting(transaction_id="same")
    store(organization, make_event(transaction_id="same"))
    with pytest.raises(ValidationError, match="other content"):
        replay_quarantined(entry, now=LATER)
    entry.refresh_from_db()
    assert entry.status == QuarantineStatus.OPEN
    assert UsageEvent.objects.count() == 1


def test_discarding_is_final_and_recorded_once() -> None:
    _organization, entry = _waiting()
    assert discard_quarantined(entry, reason="a test device")
    assert not discard_quarantined(entry, reason="a test device")
    entry.refresh_from_db()
    assert entry.status == QuarantineStatus.DISCARDED
    assert entry.resolved_at is not None
    assert AuditEntry.objects.get(action="quarantine.discarded").reason == "a test device"
    with pytest.raises(ValidationError, match="was discarded"):
        replay_quarantined(entry, now=LATER)
    assert not UsageEvent.objects.exists()


def test_what_was_stored_cannot_be_discarded() -> None:
    _organization, entry = _waiting()
    replay_quarantined(entry, now=LATER)
    with pytest.raises(ValidationError, match="stored meanwhile"):
        discard_quarantined(entry, reason="too late")


def test_discarding_needs_a_reason() -> None:
    _organization, entry = _waiting()
    with pytest.raises(ValidationError, match="reason"):
        discard_quarantined(entry, reason="  ")
