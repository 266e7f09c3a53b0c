"""Which billing period is meant, and how far it has come."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from teams.models import OrganizationZone
from usage.models import UsagePeriod
from usage.overview import PeriodSpan
from usage.periods import add_months, local_midnight, month_of


def period_span(*, organization_id: int, now: datetime, month: date | None = None) -> PeriodSpan | None:
    """The period of ``month``, or the one that contains ``now``; None when it is unknown or has not begun."""
    periods = UsagePeriod.objects.filter(organization_id=organization_id, starts_at__lte=now)
    periods = periods.filter(ends_at__gt=now) if month is None else periods.filter(period=month)
    found = periods.first()
    if found is not None:
        return span_of(
            month=found.period,
            time_zone=found.time_zone,
            starts_at=found.starts_at,
            ends_at=found.ends_at,
            now=now,
        )
    return _before_any_event(organization_id=organization_id, now=now, month=month)


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


def _before_any_event(*, organization_id: int, now: datetime, month: date | None) -> PeriodSpan | None:
    """The current period of an organization for which none was made yet, by its zone of this month."""
    zones = OrganizationZone.objects.filter(organization_id=organization_id).order_by("valid_from")
    for zone in reversed(list(zones)):
        name = zone.time_zone
        current = month_of(now.astimezone(ZoneInfo(name)).date())
        if zone.valid_from > current:
            continue
        if month not in (None, current):
            return None
        return span_of(
            month=current,
            time_zone=name,
            starts_at=local_midnight(current, ZoneInfo(name)),
            ends_at=local_midnight(add_months(current, 1), ZoneInfo(name)),
            now=now,
        )
    return None
