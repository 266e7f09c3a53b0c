"""Compares every organization's books with its events each night, a few organizations at a time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from billing.queries.books_check import check_books, missing_invoice_numbers
from billing.services.ledger_watch_mail import queue_check_mails
from teams.models import Organization
from teams.queries.organizations import time_zone_on
from usage.models import LedgerCheck
from usage.models.ledger_check import FOUND_KEPT
from usage.periods import month_of
from usage.progress import Days

log = structlog.get_logger(__name__)

DUE: Final = time(12, 30)
"""UTC. At noon the day is over in the last zone, twelve hours behind."""
LEASE: Final = timedelta(hours=2)
"""No check takes so long; after it, the worker that began one is taken for dead."""
PAUSE: Final = timedelta(minutes=10)
ATTEMPTS: Final = 3
NIGHTS_KEPT: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Watched:
    """What one turn did: organizations checked, and whether the night is done."""

    checked: int
    is_done: bool


def watch_ledger(*, now: datetime | None = None, seconds: float = 15.0) -> Watched:
    """Go on with the night that is due, until ``seconds`` have passed; at least one organization is checked.

    Every organization is checked once a night, for the month that yesterday lies in and the days since: under one
    snapshot, while events come in. When all are done, the night is summed up, and staff is told of differences by
    e-mail. A worker that dies leaves one organization to the next. Harmless to repeat and beside itself.
    """
    night = due_night(now or timezone.now())
    if _is_done(night):
        return Watched(checked=0, is_done=True)
    _plan(night)
    until, checked = monotonic() + seconds, 0
    while check := _claim(night, now or timezone.now()):
        _run(check, now or timezone.now())
        checked += 1
        if monotonic() >= until:
            break
    return Watched(checked=checked, is_done=_conclude(night, now or timezone.now()))


def due_night(now: datetime) -> date:
    """The last night that has begun, by the UTC day that it is due on."""
    instant = now.astimezone(UTC)
    return instant.date() if instant.time() >= DUE else instant.date() - timedelta(days=1)


def checked_days(organization_id: int, now: datetime) -> Days:
    """The local days that are checked: from the first of the month that yesterday lies in until today."""
    zone = ZoneInfo(time_zone_on(organization_id, now.date()))
    today = now.astimezone(zone).date()
    return Days(month_of(today - timedelta(days=1)), today)


def _is_done(night: date) -> bool:
    return LedgerCheck.objects.filter(night=night, organization=None, finished_at__isnull=False).exists()


def _plan(night: date) -> None:
    """A row for every organization and one for the night, once."""
    if LedgerCheck.objects.filter(night=night, organization=None).exists():
        return
    with transaction.atomic():
        ids = Organization.objects.order_by("id").values_list("id", flat=True)
        LedgerCheck.objects.bulk_create(
            (LedgerCheck(night=night, organization_id=pk) for pk in [*ids, None]),
            batch_size=1000,
            ignore_conflicts=True,
        )


@transaction.atomic
def _claim(night: date, now: datetime) -> LedgerCheck | None:
    """The next organization that nobody is at."""
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    to_do = LedgerCheck.objects.filter(free, night=night, organization__isnull=False, finished_at=None)
    check = to_do.order_by("organization_id").select_for_update(skip_locked=True, of=("self",)).first()
    if check is None:
        return None
    check.attempts += 1
    check.started_at, check.leased_until = now, now + LEASE
    check.save(update_fields=["attempts", "started_at", "leased_until"])
    return check


def _run(check: LedgerCheck, now: datetime) -> None:
    """Check one organization. What fails is tried again later, and after that is a finding of its own."""
    assert check.organization_id is not None  # Only such are claimed.
    mine = LedgerCheck.objects.filter(pk=check.pk, finished_at=None, attempts=check.attempts)
    if check.attempts > ATTEMPTS:
        mine.update(finished_at=now, error=check.error or "the worker died each time")
        return
    days = checked_days(check.organization_id, now)
    try:
        found = check_books(check.organization_id, days=days, limit=FOUND_KEPT)
    except Exception as error:
        log.exception("a ledger could not be checked", organization_id=check.organization_id)
        is_over = check.attempts >= ATTEMPTS
        finished_at = now if is_over else None
        mine.update(error=repr(error)[:1000], leased_until=now + PAUSE, finished_at=finished_at)
        return
    mine.update(
        first_day=days.first,
        last_day=days.last,
        rows=found.rows,
        differences=found.differing,
        found=[finding.as_json() for finding in found.findings(FOUND_KEPT)],
        error="",
        finished_at=timezone.now(),
    )


def _conclude(night: date, now: datetime) -> bool:
    """Sum the night up once all organizations are done. Says whether it is."""
    checks = LedgerCheck.objects.filter(night=night, organization__isnull=False)
    if checks.filter(finished_at=None).exists():
        return False
    numbers = missing_invoice_numbers()
    with transaction.atomic():
        summary = LedgerCheck.objects.select_for_update().get(night=night, organization=None)
        if summary.finished_at is not None:
            return True
        sums = checks.aggregate(rows=Sum("rows", default=0), differences=Sum("differences", default=0))
        differing = checks.exclude(differences=0).order_by("organization_id")[:FOUND_KEPT]
        found = [number.as_json() for number in numbers] + [one for check in differing for one in check.found]
        failed = checks.exclude(error="").count()
        summary.rows, summary.differences = sums["rows"], sums["differences"] + len(numbers)
        summary.found, summary.error = found[:FOUND_KEPT], f"{failed} not checked" if failed else ""
        summary.started_at = checks.order_by("started_at").values_list("started_at", flat=True).first()
        summary.finished_at = now
        summary.save()
        if summary.differences or failed:
            queue_check_mails(summary, organizations=checks.exclude(differences=0).count(), failed=failed)
        old = LedgerCheck.objects.filter(night__lt=night - NIGHTS_KEPT, organization__isnull=False)
        old.filter(differences=0).delete()
    return True
