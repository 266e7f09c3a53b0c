"""Which organizations' quarantines grow faster than they should."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from usage.enums import QuarantineReason, QuarantineStatus
from usage.models import QuarantinedEvent, ReceiptDaily


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What came new into one organization's quarantine and is open: within the last hour, and on this UTC day.

    ``is_sudden``: the hour alone is too much; otherwise it is the share of what the day brought. ``reasons`` are
    those of the hour or the day that is too much, most first; ``open`` counts all that waits.
    """

    organization_id: int
    is_sudden: bool
    new_in_hour: int
    new_today: int
    received_today: int
    reasons: Mapping[QuarantineReason, int]
    open: int

    @property
    def shown(self) -> int:
        """How many new entries made it too much."""
        return self.new_in_hour if self.is_sudden else self.new_today

    @property
    def share(self) -> Decimal:
        """New entries of this day per event received on it, between 0 and 1."""
        return min(Decimal(self.new_today) / max(self.received_today, 1), Decimal(1))


def quarantine_growth(*, now: datetime, per_hour: int, share: float, at_least: int) -> list[Growth]:
    """The organizations whose open quarantine has grown too much by ``now``, by id.

    That is by more than ``per_hour`` entries within an hour, or by at least ``at_least`` on this UTC day that are
    more than ``share`` (0 to 1) of what was received on it. Two queries, and two more for each that is found.
    """
    hour, day = now - timedelta(hours=1), datetime.combine(now.astimezone(UTC).date(), time(), tzinfo=UTC)
    counted = _new(since=min(hour, day), until=now).values_list("organization_id")
    rows = list(
        counted.annotate(
            in_hour=Count("id", filter=Q(first_received_at__gt=hour)),
            today=Count("id", filter=Q(first_received_at__gte=day)),
        ).order_by("organization_id")
    )
    received = _received(day.date(), [organization_id for organization_id, _in_hour, _today in rows])
    found = []
    for organization_id, in_hour, today in rows:
        came = received.get(organization_id, 0)
        is_sudden = in_hour > per_hour
        if is_sudden or (today >= at_least and today > share * came):
            recent = _new(since=hour if is_sudden else day, until=now).filter(organization_id=organization_id)
            found.append(
                Growth(
                    organization_id=organization_id,
                    is_sudden=is_sudden,
                    new_in_hour=in_hour,
                    new_today=today,
                    received_today=came,
                    reasons=_by_reason(recent),
                    open=_open().filter(organization_id=organization_id).count(),
                )
            )
    return found


def _open() -> "QuerySet[QuarantinedEvent]":
    return QuarantinedEvent.objects.filter(status=QuarantineStatus.OPEN).order_by()


def _new(*, since: datetime, until: datetime) -> "QuerySet[QuarantinedEvent]":
    """Open entries that first came in this time."""
    return _open().filter(first_received_at__gte=since, first_received_at__lte=until)


def _received(day: date, organization_ids: list[int]) -> dict[int, int]:
    """Events that came in on a UTC day, by organization."""
    rows = ReceiptDaily.objects.filter(received_on=day, organization_id__in=organization_ids).order_by()
    sums = rows.values("organization_id").annotate(sum=Sum("received"))
    return dict(sums.values_list("organization_id", "sum"))


def _by_reason(entries: "QuerySet[QuarantinedEvent]") -> dict[QuarantineReason, int]:
    rows = entries.values("reason").annotate(count=Count("id")).order_by("-count", "reason")
    return {QuarantineReason(row["reason"]): row["count"] for row in rows}
