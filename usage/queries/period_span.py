"""Which billing period is meant, and how far it has come."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from teams.models import OrganizationZone
from usage.models import UsagePeriod
from usage.overview import PeriodSpan
from usage.periods import add_months, local_midnight, month_of


def past_span(*, organization_id: int, now: datetime, month: date) -> PeriodSpan | None:
    """The period of a month that ``now`` does not lie in; None when it is unknown or has not begun."""
    found = UsagePeriod.objects.filter(
        organization_id=organization_id, period=month, starts_at__lte=now
    ).first()
    return None if found is None else _span(found, now=now)


def current_spans(organization_ids: Sequence[int], *, now: datetime) -> dict[int, PeriodSpan]:
    """Per organization the period that contains ``now``, in at most two queries.

    Where none was made yet (nothing was ever received), the month of the organization's zone stands for it.
    """
    rows = UsagePeriod.objects.filter(
        organization_id__in=organization_ids, starts_at__lte=now, ends_at__gt=now
    )
    found = {row.organization_id: _span(row, now=now) for row in rows}
    missing = [organization_id for organization_id in organization_ids if organization_id not in found]
    if missing:
        for zone in OrganizationZone.objects.filter(organization_id__in=missing).order_by("valid_from"):
            month = month_of(now.astimezone(ZoneInfo(zone.time_zone)).date())
            if zone.valid_from <= month:
                found[zone.organization_id] = _unmade(month, zone.time_zone, now=now)
    return found


def span_of(
    *, month: date, time_zone: str, starts_at: datetime, ends_at: datetime, now: datetime
) -> PeriodSpan:
    """A period that has begun, seen at ``now``. Its days are those of its month, as in the ledger."""
    last_day = add_months(month, 1) - timedelta(days=1)
    today = None
    if now < ends_at:
        # Beside a change of zone the local day may lie outside: the ledger clamps it into the period, too.
        today = min(max(now.astimezone(ZoneInfo(time_zone)).date(), month), last_day)
    return PeriodSpan(
        month=month,
        time_zone=time_zone,
        starts_at=starts_at,
        ends_at=ends_at,
        first_day=month,
        last_day=last_day,
        today=today,
        through=today or last_day,
    )


def _span(row: UsagePeriod, *, now: datetime) -> PeriodSpan:
    return span_of(
        month=row.period,
        time_zone=row.time_zone,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        now=now,
    )


def _unmade(month: date, time_zone: str, *, now: datetime) -> PeriodSpan:
    zone = ZoneInfo(time_zone)
    return span_of(
        month=month,
        time_zone=time_zone,
        starts_at=local_midnight(month, zone),
        ends_at=local_midnight(add_months(month, 1), zone),
        now=now,
    )
