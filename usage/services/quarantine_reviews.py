"""Decisions about many waiting events at once: taken by a person, carried out by a worker, some at a time."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final
from uuid import UUID

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid4, uuid7

from teams.models import Organization, User
from teams.services.audit import record_audit
from usage.enums import QuarantineStatus, ReviewAction, ReviewAnswer
from usage.models import QuarantinedEvent, QuarantineReview
from usage.quarantine_filter import QuarantineFilter
from usage.queries.quarantine import chosen
from usage.services.quarantine_replay import store_waiting

log = structlog.get_logger(__name__)

AT_A_TIME: Final = 500
LEASE: Final = timedelta(minutes=10)
PAUSE: Final = timedelta(minutes=1)
FAILURES: Final = 5
_RESOLVED: Final = {
    ReviewAnswer.STORED: QuarantineStatus.REPLAYED,
    ReviewAnswer.DUPLICATE: QuarantineStatus.REPLAYED,
    ReviewAnswer.DISCARDED: QuarantineStatus.DISCARDED,
}


def start_review(
    *, action: ReviewAction, which: QuarantineFilter, reason: str, actor: User | None = None
) -> QuarantineReview:
    """Save what was decided about the open entries that ``which`` names and that came until now.

    It is carried out by ``run_review``, by whom the worker does that in the background. Raises ``ValidationError``
    without a reason, or when there is no such entry.
    """
    if not reason.strip():
        raise ValidationError(_("A reason is needed."))
    until_id = uuid7()
    total = chosen(which.still_open).filter(id__lte=until_id).count()
    if not total:
        raise ValidationError(_("There is no such open event any more."))
    return QuarantineReview.objects.create(
        action=action,
        chosen=which.still_open.as_json(),
        reason=reason.strip(),
        actor=actor,
        until_id=until_id,
        total=total,
    )


def drain_reviews(*, seconds: float = 10.0) -> int:
    """Go on with the reviews that are not finished, oldest first, for some time each; gives how many were run."""
    to_do = QuarantineReview.objects.filter(finished_at=None).order_by("id").values_list("id", flat=True)
    return sum(run_review(review_id, seconds=seconds) is not None for review_id in list(to_do))


def run_review(
    review_id: int, *, seconds: float = 10.0, now: datetime | None = None
) -> QuarantineReview | None:
    """Go on with one review until it is finished or ``seconds`` have passed; None while somebody else is at it.

    Some entries at a time are decided and counted in one transaction, so that a worker that dies leaves nothing
    half done: what it had stored but not counted is found to be stored before. Run it outside of a transaction.
    """
    claim = uuid4()
    review = _claim(review_id, claim, now or timezone.now())
    if review is None:
        return None
    until = monotonic() + seconds
    try:
        while _decide_some(review, now or timezone.now()):
            if monotonic() >= until:
                break
        release: dict[str, Any] = {"leased_until": None, "claim": None, "failures": 0, "error": ""}
    except Exception as error:
        log.exception("a review of the quarantine failed", review_id=review_id)
        failures = review.failures + 1
        release = {"leased_until": timezone.now() + PAUSE, "claim": None, "failures": failures}
        release |= {"error": repr(error)[:1000]} | (
            {"finished_at": timezone.now()} if failures >= FAILURES else {}
        )
    QuarantineReview.objects.filter(pk=review_id, claim=claim).update(**release)
    review.refresh_from_db()
    return review


@transaction.atomic
def _claim(review_id: int, claim: UUID, now: datetime) -> QuarantineReview | None:
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    open_ones = QuarantineReview.objects.filter(free, pk=review_id, finished_at=None)
    review = open_ones.select_for_update(skip_locked=True, of=("self",)).first()
    if review is not None:
        review.claim, review.leased_until = claim, now + LEASE
        review.save(update_fields=["claim", "leased_until"])
    return review


def _decide_some(review: QuarantineReview, now: datetime) -> bool:
    """Decide the next entries. Says whether any are left."""
    waiting = chosen(QuarantineFilter.from_json(review.chosen)).filter(id__lte=review.until_id)
    if review.last_id is not None:
        waiting = waiting.filter(id__gt=review.last_id)
    entries = list(waiting.order_by("id")[:AT_A_TIME])
    if review.action == ReviewAction.REPLAY:
        answers = store_waiting(entries, received_at=now)
    else:
        answers = {entry.pk: ReviewAnswer.DISCARDED for entry in entries}
    with transaction.atomic():
        held = QuarantineReview.objects.select_for_update(of=("self",)).filter(
            pk=review.pk, claim=review.claim
        )
        standing = held.first()
        if standing is None:
            return False
        counted = _resolve(standing, entries, answers)
        _note(standing, entries, counted, now)
    review.last_id = standing.last_id
    return bool(entries)


def _resolve(
    review: QuarantineReview, entries: Sequence[QuarantinedEvent], answers: dict[UUID, ReviewAnswer]
) -> Counter[str]:
    """Mark what was decided, in the audit history too. An entry that somebody else decided meanwhile is gone."""
    counted: Counter[str] = Counter()
    by_organization: defaultdict[int, Counter[str]] = defaultdict(Counter)
    by_id = {entry.pk: entry.organization_id for entry in entries}
    open_ids = set(
        QuarantinedEvent.objects.filter(
            organization_id__in=set(by_id.values()), id__in=by_id, status=QuarantineStatus.OPEN
        )
        .order_by("organization_id", "id")
        .select_for_update(of=("self",))
        .values_list("id", flat=True)
    )
    for answer, status in _RESOLVED.items():
        ids = [pk for pk, given in answers.items() if given is answer and pk in open_ids]
        QuarantinedEvent.objects.filter(organization_id__in=set(by_id.values()), id__in=ids).update(
            status=status,
            resolved_at=timezone.now(),
            resolved_by=review.actor.email if review.actor else _("System"),
        )
    for entry in entries:
        answer = answers[entry.pk] if entry.pk in open_ids else ReviewAnswer.GONE
        counted[answer.value] += 1
        by_organization[entry.organization_id][answer.value] += 1
    for organization_id, answered in by_organization.items():
        record_audit(
            action="quarantine.replayed" if review.action == ReviewAction.REPLAY else "quarantine.discarded",
            subject=review,
            actor=review.actor,
            organization=Organization.objects.get(pk=organization_id),
            reason=review.reason,
            facts={"review": review.pk, "answers": dict(answered)},
        )
    return counted


def _note(
    review: QuarantineReview, entries: Sequence[QuarantinedEvent], counted: Counter[str], now: datetime
) -> None:
    """How far the review has come; once nothing is left, what others decided before it came there is gone."""
    review.done += len(entries)
    review.answers = dict(Counter(review.answers) + counted)
    review.leased_until = max(now, timezone.now()) + LEASE
    if entries:
        review.last_id = entries[-1].pk
    else:
        gone = review.total - review.done
        if gone > 0:
            review.answers = dict(Counter(review.answers) + Counter({ReviewAnswer.GONE.value: gone}))
        review.done, review.finished_at = review.total, timezone.now()
    review.save(update_fields=["done", "answers", "last_id", "leased_until", "finished_at"])
