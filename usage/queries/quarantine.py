"""What waits for a person: found by a filter, paged by id, counted by reason."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Min, QuerySet, Sum

from usage.enums import QuarantineReason, QuarantineStatus
from usage.models import QuarantinedEvent, ReceiptDaily
from usage.quarantine_filter import QuarantineFilter

PAGE_SIZE: Final = 100


@dataclass(frozen=True, slots=True)
class QuarantinePage:
    """Entries, those that came last first; ``newer`` and ``older`` are where the neighbouring pages go on, or None."""

    entries: tuple[QuarantinedEvent, ...]
    newer: UUID | None
    older: UUID | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """The open entries of one reason: how many, and when the first of them came."""

    reason: QuarantineReason
    count: int
    oldest_at: datetime


def chosen(which: QuarantineFilter) -> "QuerySet[QuarantinedEvent]":
    """The entries that a filter names, in no order. A day is a UTC day on which an entry was received at least once."""
    facts = {
        "organization_id": which.organization_id,
        "status": which.status,
        "reason": which.reason,
        "source": which.source,
        "api_key_id": which.api_key_id,
        "transaction_id": which.transaction_id,
        "last_received_at__gte": which.first_day and _begin(which.first_day),
        "first_received_at__lt": which.last_day and _begin(which.last_day + timedelta(days=1)),
        "id__in": which.ids,
    }
    given = {name: value for name, value in facts.items() if value not in (None, "", ())}
    return QuarantinedEvent.objects.filter(**given).order_by()


def quarantine_page(
    which: QuarantineFilter,
    *,
    after: UUID | None = None,
    before: UUID | None = None,
    size: int = PAGE_SIZE,
) -> QuarantinePage:
    """The ``size`` entries that follow an id (older ones) or stand before it (newer), by default the newest.

    One query, whatever the page; none counts.
    """
    entries = chosen(which).select_related("organization").defer("facts", "fingerprint")
    if before is not None:
        found = list(entries.filter(id__gt=before).order_by("id")[: size + 1])
        shown = found[:size][::-1]
        has_newer, has_older = len(found) > size, True
    else:
        beyond = entries if after is None else entries.filter(id__lt=after)
        found = list(beyond.order_by("-id")[: size + 1])
        shown = found[:size]
        has_newer, has_older = after is not None, len(found) > size
    return QuarantinePage(
        entries=tuple(shown),
        newer=shown[0].pk if shown and has_newer else None,
        older=shown[-1].pk if shown and has_older else None,
    )


def waiting_by_reason() -> tuple[Waiting, ...]:
    """What is open of all organizations, in the order of ``QuarantineReason``, without empty ones."""
    rows = (
        QuarantinedEvent.objects.filter(status=QuarantineStatus.OPEN)
        .order_by()
        .values("reason")
        .annotate(count=Count("id"), oldest_at=Min("first_received_at"))
    )
    found = {row["reason"]: row for row in rows}
    return tuple(
        Waiting(reason=reason, count=found[reason]["count"], oldest_at=found[reason]["oldest_at"])
        for reason in QuarantineReason
        if reason in found
    )


def rejected_on(day: date) -> int:
    """How many events were refused as invalid on a UTC day, of all organizations: they are kept nowhere."""
    return int(ReceiptDaily.objects.filter(received_on=day).aggregate(sum=Sum("invalid", default=0))["sum"])


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
