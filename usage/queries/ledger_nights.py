"""What the nightly checks of the ledger have found, at a glance."""

from dataclasses import dataclass

from django.db.models import Count, Q

from usage.models import LedgerCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerNights:
    """The last night that is done, and how far one that is not has come: ``done`` of ``count`` organizations."""

    finished: LedgerCheck | None
    running: LedgerCheck | None
    done: int
    count: int


def ledger_nights() -> LedgerNights:
    """The state of the nightly checks, in two or three queries."""
    nights = LedgerCheck.objects.filter(organization=None).order_by("-night")
    finished, last = nights.filter(finished_at__isnull=False).first(), nights.first()
    running = last if last is not None and last.finished_at is None else None
    counts = {"done": 0, "count": 0}
    if running is not None:
        counts = LedgerCheck.objects.filter(night=running.night, organization__isnull=False).aggregate(
            done=Count("id", filter=Q(finished_at__isnull=False)), count=Count("id")
        )
    return LedgerNights(finished=finished, running=running, done=counts["done"], count=counts["count"])
