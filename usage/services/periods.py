"""Makes the billing months of organizations ahead of time, contiguous, each in the zone that was in force."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from teams.models import Organization, OrganizationZone, User
from teams.services.organizations import set_time_zone
from usage.locks import LOCK_ALONE, period_lock
from usage.models import UsagePeriod
from usage.periods import add_months, local_midnight, month_of, months_between
from usage.services.partitions import kept_months


def ensure_periods(organization_id: int, *, first: date | None = None, last: date | None = None) -> int:
    """Make the missing periods from ``first`` to ``last`` (months; by default those kept open); says how many.

    Periods before and after the ones that stand are joined to them without a gap. Safe when many do it at once.
    """
    kept = kept_months()
    first, last = month_of(first or kept[0]), month_of(last or kept[-1])
    standing = _standing_range(organization_id)
    if standing is not None:
        if first >= standing[0] and last <= standing[1]:
            return 0
        first, last = min(first, standing[0]), max(last, standing[1])
    planned = _planned(organization_id, first, last)
    before = UsagePeriod.objects.filter(organization_id=organization_id).count()
    UsagePeriod.objects.bulk_create(planned, ignore_conflicts=True)
    return UsagePeriod.objects.filter(organization_id=organization_id).count() - before


def change_time_zone(
    *, organization: Organization, time_zone: str, valid_from: date, actor: User | None = None
) -> None:
    """Give the organization another zone from a future month on, and move that month's borders with it.

    The month before keeps its zone and its own days; it ends where the new zone's month begins, so there is
    neither gap nor overlap. The test twin follows. Raises ``ValidationError`` when the month has begun.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        twins = Organization.objects.filter(twin_of=organization).values_list("id", flat=True)
        owners = [organization.pk, *twins]
        affected = UsagePeriod.objects.filter(organization__in=owners, period__gte=add_months(valid_from, -1))
        for owner, month in affected.order_by("organization", "period").values_list("organization", "period"):
            cursor.execute(LOCK_ALONE, [period_lock(owner, month)])
        set_time_zone(organization=organization, time_zone=time_zone, valid_from=valid_from, actor=actor)
        for owner in owners:
            _move_borders(owner, valid_from)


def _move_borders(organization_id: int, valid_from: date) -> None:
    standing = _standing_range(organization_id)
    if standing is None:
        return
    for planned in _planned(organization_id, add_months(valid_from, -1), standing[1]):
        borders: dict[str, Any] = {"ends_at": planned.ends_at}
        if planned.period >= valid_from:
            borders |= {"starts_at": planned.starts_at, "time_zone": planned.time_zone}
        UsagePeriod.objects.filter(organization=organization_id, period=planned.period).update(**borders)


def extend_all_periods(now: datetime | None = None) -> int:
    """Make the months that have come into the kept range, for every organization; says how many."""
    kept = kept_months((now or timezone.now()).date())
    return sum(
        ensure_periods(organization_id, first=kept[0], last=kept[-1])
        for organization_id in Organization.objects.order_by("id").values_list("id", flat=True)
    )


def _standing_range(organization_id: int) -> tuple[date, date] | None:
    months = UsagePeriod.objects.filter(organization_id=organization_id).order_by("period")
    first, last = (
        months.values_list("period", flat=True).first(),
        months.values_list("period", flat=True).last(),
    )
    return None if first is None or last is None else (first, last)


def _planned(organization_id: int, first: date, last: date) -> list[UsagePeriod]:
    zones = OrganizationZone.objects.filter(organization_id=organization_id).order_by("valid_from")
    dated = list(zones.values_list("valid_from", "time_zone"))
    starts = [
        (month, name := _zone_at(dated, month), local_midnight(month, ZoneInfo(name)))
        for month in months_between(first, add_months(last, 1))
    ]
    return [
        UsagePeriod(
            organization_id=organization_id,
            period=month,
            time_zone=name,
            starts_at=starts_at,
            ends_at=ends_at,
        )
        for (month, name, starts_at), (_month, _name, ends_at) in pairwise(starts)
    ]


def _zone_at(dated: Sequence[tuple[date, str]], month: date) -> str:
    in_force = [name for valid_from, name in dated if valid_from <= month]
    return in_force[-1] if in_force else dated[0][1]
