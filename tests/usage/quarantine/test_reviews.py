"""Many waiting events are decided at once: in the background, resumable, and each counted once."""

from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError

from teams.models import AuditEntry, Organization
from tests.teams.cast import Cast
from tests.threads import at_once
from tests.usage.ledger.ledgers import check
from tests.usage.ledger_fixtures import RECEIVED, open_ledger
from tests.usage.quarantine.scene import conflicting, open_march, states, too_early, too_old
from usage.enums import QuarantineReason, ReviewAction
from usage.models import QuarantinedEvent, QuarantineReview, ReceiptDaily, UsageEvent
from usage.quarantine_filter import QuarantineFilter
from usage.services import quarantine_reviews
from usage.services.quarantine_review import discard_quarantined
from usage.services.quarantine_reviews import drain_reviews, run_review, start_review

REPLAY, DISCARD = ReviewAction.REPLAY, ReviewAction.DISCARD


def _start(action: ReviewAction = REPLAY, **fields: Any) -> QuarantineReview:
    return start_review(action=action, which=QuarantineFilter(**fields), reason="months added")


def _run(review: QuarantineReview) -> QuarantineReview:
    ran = run_review(review.pk, now=RECEIVED)
    assert ran is not None
    return ran


@pytest.mark.django_db
def test_all_of_a_reason_are_stored_after_their_months_were_added(cast: Cast) -> None:
    organization, other = open_ledger(), open_ledger()
    too_old(organization, 12)
    too_old(other, 3)
    too_early(organization, 2)
    open_march([organization, other])
    review = start_review(
        action=REPLAY,
        which=QuarantineFilter(organization_id=organization.pk, reason=QuarantineReason.OUT_OF_RANGE),
        reason="months added",
        actor=cast.carol,
    )
    assert (review.total, review.done) == (12, 0)
    ran = _run(review)
    assert (ran.done, ran.answers) == (12, {"stored": 12})
    assert ran.finished_at is not None
    assert states() == {"replayed": 12, "open": 5}
    assert UsageEvent.objects.filter(organization=organization).count() == 12
    assert set(QuarantinedEvent.objects.exclude(resolved_by="").values_list("resolved_by", flat=True)) == {
        cast.carol.email
    }
    audit = AuditEntry.objects.get(action="quarantine.replayed")
    assert (audit.actor, audit.reason, audit.organization) == (cast.carol, "months added", organization)
    assert audit.facts["answers"] == {"stored": 12}
    assert check(organization).is_clean


@pytest.mark.django_db
def test_what_cannot_be_stored_stays_and_is_counted_by_its_answer() -> None:
    organization = open_ledger()
    too_old(organization, 3)
    conflicting(organization, 2)
    QuarantinedEvent.objects.filter(reason="out_of_range").update(source="file")
    received = ReceiptDaily.objects.get().received
    ran = _run(_start())
    assert ran.answers == {"waiting": 3, "conflict": 2}
    assert states() == {"open": 5}
    assert ReceiptDaily.objects.get().received == received
    assert set(QuarantinedEvent.objects.values_list("times", flat=True)) == {1}


@pytest.mark.django_db
def test_events_are_stored_by_the_door_and_key_that_they_came_by() -> None:
    organization = open_ledger()
    too_old(organization, 2)
    first = QuarantinedEvent.objects.order_by("id")[0]
    QuarantinedEvent.objects.filter(id=first.id).update(source="file", api_key_id=7)
    open_march([organization])
    assert _run(_start()).answers == {"stored": 2}
    doors = UsageEvent.objects.values_list("source", "api_key_id")
    assert set(doors) == {("file", 7), ("native", 0)}


@pytest.mark.django_db
def test_many_are_discarded_with_a_reason_and_only_those_that_were_ticked() -> None:
    organization = open_ledger()
    too_early(organization, 4)
    ids = tuple(QuarantinedEvent.objects.order_by("id").values_list("id", flat=True)[:3])
    with pytest.raises(ValidationError, match="reason"):
        start_review(action=DISCARD, which=QuarantineFilter(ids=ids), reason=" ")
    assert _run(_start(DISCARD, ids=ids)).answers == {"discarded": 3}
    assert states() == {"discarded": 3, "open": 1}
    assert not UsageEvent.objects.exists()
    with pytest.raises(ValidationError, match="no such open event"):
        _start(DISCARD, ids=ids)


@pytest.mark.django_db
def test_what_comes_later_or_was_decided_meanwhile_is_left_alone() -> None:
    organization = open_ledger()
    too_early(organization, 3)
    review = _start(DISCARD)
    newest = QuarantinedEvent.objects.order_by("-id")[0]
    QuarantineReview.objects.update(until_id=newest.id)
    discard_quarantined(QuarantinedEvent.objects.order_by("id")[0], reason="mine")
    too_early(organization, 2, received_at=RECEIVED.replace(hour=14))
    ran = _run(review)
    assert ran.answers == {"discarded": 2, "gone": 1}
    assert (ran.done, ran.total) == (3, 3)
    assert states() == {"discarded": 3, "open": 2}


@pytest.fixture
def _few_at_a_time() -> Any:
    with patch.object(quarantine_reviews, "AT_A_TIME", 5):
        yield


def _march(number: int) -> Organization:
    organization = open_ledger()
    too_old(organization, number)
    open_march([organization])
    return organization


@pytest.mark.django_db
@pytest.mark.usefixtures("_few_at_a_time")
def test_progress_is_seen_and_the_next_turn_goes_on() -> None:
    _march(12)
    review = _start()
    for done in (5, 10, 12):
        run_review(review.pk, seconds=0, now=RECEIVED)
        review.refresh_from_db()
        assert (review.done, review.finished_at) == (done, None)
    drain_reviews()
    review.refresh_from_db()
    assert review.finished_at is not None
    assert review.answers == {"stored": 12}
    assert drain_reviews() == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("_few_at_a_time")
@pytest.mark.parametrize("step", ["store_waiting", "_resolve", "_note"])
def test_a_worker_that_dies_anywhere_leaves_nothing_half_done(step: str) -> None:
    class Killed(BaseException):
        pass

    organization = _march(12)
    review = _start()
    real, calls = getattr(quarantine_reviews, step), []

    def dies(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        result = real(*arguments, **options)
        if len(calls) == 2:
            raise Killed
        return result

    with patch.object(quarantine_reviews, step, dies), pytest.raises(Killed):
        run_review(review.pk, now=RECEIVED)
    assert run_review(review.pk, now=RECEIVED) is None, "it is leased to the dead one"
    ran = run_review(review.pk, now=RECEIVED + 2 * quarantine_reviews.LEASE + (review.created_at - RECEIVED))
    assert ran is not None
    # What the dead one had stored without counting it is found to be stored before.
    assert ran.answers == {"stored": 7, "duplicate": 5}
    assert (ran.done, states()) == (12, {"replayed": 12})
    assert UsageEvent.objects.count() == 12
    assert check(organization).is_clean


@pytest.mark.django_db
def test_what_fails_is_tried_again_and_given_up_in_the_end() -> None:
    _march(2)
    review = _start()
    with patch.object(quarantine_reviews, "store_waiting", side_effect=RuntimeError("disk")):
        for _attempt in range(quarantine_reviews.FAILURES):
            QuarantineReview.objects.update(leased_until=None)
            run_review(review.pk, now=RECEIVED)
    review.refresh_from_db()
    assert (review.failures, review.error) == (5, "RuntimeError('disk')")
    assert review.finished_at is not None
    assert states() == {"open": 2}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_few_at_a_time")
def test_rival_workers_and_rival_reviews_store_each_event_once() -> None:
    organization = _march(40)
    first, second = _start(), _start()
    workers = [
        lambda pk=pk: run_review(pk, now=RECEIVED) for pk in (first.pk, first.pk, second.pk, second.pk)
    ]
    at_once(*workers)
    while drain_reviews():
        pass
    for review in QuarantineReview.objects.all():
        assert sum(review.answers.values()) == review.total == review.done == 40
    stored = [review.answers.get("stored", 0) for review in QuarantineReview.objects.all()]
    assert sum(stored) <= 40
    assert states() == {"replayed": 40}
    assert UsageEvent.objects.count() == 40
    assert check(organization).is_clean
