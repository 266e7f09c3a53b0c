"""Which worker has which file import. A claim is renewed by every step, and what a step writes needs the claim."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from usage.enums import FileImportStatus
from usage.models import FileImport, UnstoredRow

LEASE: Final = timedelta(minutes=2)
"""After which the import of a worker that died is taken by another; a batch takes a second or two."""
MOST_ATTEMPTS: Final = 5
MOST_KEPT: Final = 100_000
"""Rows that are kept with their reasons, of one import; more are only counted."""
WORKED_ON: Final = (FileImportStatus.CHECKING, FileImportStatus.STORING)


class ClaimLost(Exception):
    """Somebody cancelled the import, mapped it anew, or took it because this worker was gone for too long."""


@transaction.atomic(durable=True)
def claim_next() -> FileImport | None:
    """Take the import that waits longest, or that a worker has left behind. None when there is nothing to do."""
    now = timezone.now()
    free = FileImport.objects.filter(Q(leased_until=None) | Q(leased_until__lte=now), status__in=WORKED_ON)
    job = free.select_for_update(skip_locked=True, of=("self",)).order_by("queued_at", "pk").first()
    if job is not None:
        _take(job)
    return job


@transaction.atomic(durable=True)
def claim(job: FileImport) -> bool:
    """Take one import, for a command that works on its own. Says whether it was free."""
    now = timezone.now()
    free = FileImport.objects.filter(Q(leased_until=None) | Q(leased_until__lte=now), status__in=WORKED_ON)
    if not free.select_for_update(skip_locked=True, of=("self",)).filter(pk=job.pk).exists():
        return False
    job.refresh_from_db()
    _take(job)
    return True


def _take(job: FileImport) -> None:
    job.claim, job.leased_until = uuid7(), timezone.now() + LEASE
    job.attempts += 1
    job.save(update_fields=["claim", "leased_until", "attempts"])


def advance(job: FileImport, **changes: Any) -> None:
    """Write progress, in the caller's transaction or at once, and keep the claim. Raises ``ClaimLost``.

    ``job`` itself stays as it is: a caller whose transaction is undone still knows where it stands.
    """
    mine = FileImport.objects.filter(pk=job.pk, claim=job.claim, status=job.status)
    if not mine.update(**({"leased_until": timezone.now() + LEASE, "attempts": 0} | changes)):
        raise ClaimLost


def let_go(job: FileImport) -> None:
    """Leave the import to whoever comes next; others that wait come first."""
    advance(job, leased_until=None, claim=None, queued_at=timezone.now())


def fail(job: FileImport, sentence: str) -> None:
    """End the work on an import with the reason why it cannot go on. Does nothing without the claim."""
    mine = FileImport.objects.filter(pk=job.pk, claim=job.claim, status=job.status)
    mine.update(status=FileImportStatus.FAILED, error=sentence, claim=None, leased_until=None)


def is_hopeless(job: FileImport) -> bool:
    """Whether worker after worker has ended with this import and nothing was done; it has then failed."""
    if job.attempts <= MOST_ATTEMPTS:
        return False
    fail(job, _("The worker ended during each of the last attempts."))
    return True


def keep_unstored(rows: Sequence[UnstoredRow], *, kept: int) -> None:
    """Write rows that are not stored, of which ``kept`` stand already, up to ``MOST_KEPT``."""
    UnstoredRow.objects.bulk_create(rows[: max(MOST_KEPT - kept, 0)])
