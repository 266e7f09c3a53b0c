"""Carries re-ratings out, some events at a time: finds where a model was used, previews, and once approved, stores.

What a step has done is written in the same transaction as how far it came. A worker that dies leaves nothing half
done; whoever comes next, once its lease is over, goes on behind the last event that was stored.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from uuid_utils.compat import uuid4

from teams.models import Organization
from usage.enums import ReratingStatus
from usage.models import Rerating, ReratingPart
from usage.queries.rerating import PartPlace, months_used, prices_moved_on
from usage.rerating import rerating_sums
from usage.services.corrections import lock_for_corrections
from usage.services.ledger_guard import open_staging
from usage.services.rerating_batch import look_at_page, store_changes
from usage.services.reratings import end_rerating, record_part

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=2)
PAUSE: Final = timedelta(seconds=30)
FAILURES: Final = 5
ORGANIZATIONS_AT_A_TIME: Final = 200
LONGEST: Final = 30.0
"""Seconds after which a run makes room for other work; the next one goes on with it."""
WORKED_ON: Final = (ReratingStatus.LOOKING, ReratingStatus.COUNTING, ReratingStatus.RUNNING)


class ClaimLost(Exception):
    """Somebody cancelled the re-rating, or took it because this worker was gone for too long."""


class PricesMovedOn(Exception):
    """What was previewed no longer holds."""


def drain_reratings(*, seconds: float = LONGEST, now: datetime | None = None) -> int:
    """Go on with the re-ratings that are open, oldest first; gives how many. Run it outside of a transaction.

    Any number of workers may do so at once: each re-rating is with one of them.
    """
    until = monotonic() + seconds
    seen: set[int] = set()
    while monotonic() < until and (rerating := _claim_next(seen)) is not None:
        seen.add(rerating.pk)
        _work_on(rerating, until=until, now=now)
    return len(seen)


@transaction.atomic(durable=True)
def _claim_next(seen: set[int]) -> Rerating | None:
    free = Q(leased_until=None) | Q(leased_until__lte=timezone.now())
    waiting = Rerating.objects.filter(free, status__in=WORKED_ON).exclude(pk__in=seen).order_by("id")
    rerating = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if rerating is not None:
        rerating.claim, rerating.leased_until = uuid4(), timezone.now() + LEASE
        rerating.save(update_fields=["claim", "leased_until"])
    return rerating


def _work_on(rerating: Rerating, *, until: float, now: datetime | None) -> None:
    try:
        while _step(rerating, now or timezone.now()):
            if monotonic() >= until:
                break
        Rerating.objects.filter(pk=rerating.pk, claim=rerating.claim).update(claim=None, leased_until=None)
    except ClaimLost:
        log.info("re-rating left to others", rerating=rerating.pk)
    except PricesMovedOn:
        _end(rerating, ReratingStatus.STALE)
    except Exception as error:
        log.exception("a re-rating failed", rerating=rerating.pk)
        _note_failure(rerating, repr(error)[:1000])


def _step(rerating: Rerating, now: datetime) -> bool:
    """Do the next piece of work. Says whether any is left for now."""
    steps: dict[str, Callable[[Rerating, datetime], None]] = {
        ReratingStatus.LOOKING: _look_for_parts,
        ReratingStatus.COUNTING: _count_some,
        ReratingStatus.RUNNING: _rerate_some,
    }
    step = steps.get(rerating.status)
    if step is None:
        return False
    step(rerating, now)
    return True


def _advance(rerating: Rerating, **changes: Any) -> None:
    """Write how far it came, in the step's own transaction, and keep the claim. Raises ``ClaimLost``."""
    mine = Rerating.objects.filter(pk=rerating.pk, claim=rerating.claim, status=rerating.status)
    if not mine.update(**({"leased_until": timezone.now() + LEASE, "failures": 0, "error": ""} | changes)):
        raise ClaimLost


def _look_for_parts(rerating: Rerating, now: datetime) -> None:
    """Where the model was used, by the rollup of spending, some organizations at a time."""
    organizations = Organization.objects.filter(pk__gt=rerating.last_organization_id)
    if rerating.organization_id:
        organizations = organizations.filter(pk=rerating.organization_id)
    ids = list(organizations.order_by("pk").values_list("pk", flat=True)[:ORGANIZATIONS_AT_A_TIME])
    start = rerating.occurred_from
    # A local day begins up to 14 hours before the UTC day of its name.
    first_day = start.date() - timedelta(days=2) if start else None
    changes: dict[str, Any] = (
        {"last_organization_id": ids[-1]} if ids else {"status": ReratingStatus.COUNTING}
    )
    with transaction.atomic():
        ReratingPart.objects.bulk_create(
            [
                ReratingPart(rerating=rerating, organization_id=organization_id, period=month)
                for organization_id, month in months_used(ids, rerating.model_id, first_day=first_day)
            ],
            ignore_conflicts=True,
        )
        _advance(rerating, **changes)
    rerating.refresh_from_db()


def _next_part(rerating: Rerating) -> ReratingPart | None:
    return rerating.parts.filter(ended_at=None).order_by("id").first()


def _place(rerating: Rerating, part: ReratingPart) -> PartPlace:
    return PartPlace(
        organization_id=part.organization_id,
        period=part.period,
        model_id=rerating.model_id,
        occurred_from=rerating.occurred_from,
    )


def _count_some(rerating: Rerating, now: datetime) -> None:
    """Preview the next page of events."""
    part = _next_part(rerating)
    if part is None:
        _advance(rerating, status=ReratingStatus.PREVIEWED, previewed_at=now, claim=None, leased_until=None)
        rerating.refresh_from_db()
        return
    with transaction.atomic():
        _check_prices(rerating, part, now)
        page = look_at_page(_place(rerating, part), after=part.last_id)
        sums = rerating_sums(page.changes)
        _advance_part(
            part,
            page.last_id,
            events_seen=page.seen,
            unpriced_left=page.unpriced_left,
            unpriced_tokens_left=page.unpriced_tokens_left,
            **{name: getattr(sums, name) for name in sums.__slots__},
        )
        _advance(rerating)


def _rerate_some(rerating: Rerating, now: datetime) -> None:
    """Store the next page of events whose price differs; all of it with the progress, in one transaction."""
    part = _next_part(rerating)
    if part is None:
        _end(rerating, ReratingStatus.DONE)
        return
    place = _place(rerating, part)
    open_staging()
    with transaction.atomic():
        lock_for_corrections(place.organization_id, [place.period])
        # Under the price list's lock: from here on no price changes until this page is stored.
        _check_prices(rerating, part, now)
        page = look_at_page(place, after=part.last_id)
        stored = store_changes(place, page.changes, received_at=now)
        sums = rerating_sums(stored)
        _advance_part(
            part,
            page.last_id,
            done_events=sums.events,
            done_skipped=len(page.changes) - len(stored),
            done_list=sums.list_after - sums.list_before,
            done_contracted=sums.contracted_after - sums.contracted_before,
            done_unpriced=sums.unpriced_before - sums.unpriced_after,
        )
        if page.last_id is None:
            part.refresh_from_db()
            if part.done_events or part.done_skipped:
                record_part(rerating, part)
        _advance(rerating)


def _check_prices(rerating: Rerating, part: ReratingPart, now: datetime) -> None:
    if prices_moved_on(rerating, [part.organization_id], now):
        raise PricesMovedOn


def _advance_part(part: ReratingPart, last_id: UUID | None, **added: Any) -> None:
    """Add what a page has brought; with none left the part has ended."""
    changes: dict[str, Any] = {name: F(name) + value for name, value in added.items()}
    changes |= {"ended_at": timezone.now()} if last_id is None else {"last_id": last_id}
    if not ReratingPart.objects.filter(pk=part.pk, last_id=part.last_id, ended_at=None).update(**changes):
        raise ClaimLost


@transaction.atomic
def _end(rerating: Rerating, status: ReratingStatus, *, error: str = "") -> None:
    mine = Rerating.objects.select_for_update(of=("self",)).filter(pk=rerating.pk, claim=rerating.claim)
    held = mine.filter(status=rerating.status).first()
    if held is not None:
        end_rerating(held, status, error=error)
    rerating.refresh_from_db()


def _note_failure(rerating: Rerating, error: str) -> None:
    mine = Rerating.objects.filter(pk=rerating.pk, claim=rerating.claim)
    mine.update(failures=F("failures") + 1, error=error, claim=None, leased_until=timezone.now() + PAUSE)
    rerating.refresh_from_db()
    if rerating.failures >= FAILURES:
        rerating.claim = None
        _end(rerating, ReratingStatus.FAILED, error=error)
