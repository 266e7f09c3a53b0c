"""Keeps what billing months add up to, up to the last day that is over, so that panels need not read their days.

Ingest is not held off while a month is summed up, and pays nothing for the sums of days that it does not touch:

1. ``BEGUN`` is written under the month's lock, taken alone, with the last day that is summed up. Whoever stores into
   these days from then on sees it, and takes it back.
2. The sums are made from what stands, by one worker at a time.
3. ``KEPT`` is written in the same transaction if it still says ``BEGUN``; else something changed meanwhile, and nothing
   is kept.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from usage.enums import MonthSums
from usage.locks import LOCK_ALONE, SUMS_LOCK, period_lock
from usage.models import UsagePeriod
from usage.month_sql import keep_sums

MONTHS_AT_A_TIME: Final = 500
"""Months that one run sums up; the next one goes on."""

SETTLING: Final = timedelta(hours=1)
"""A day is over for this long before it is summed up: most of what comes late has come by then."""
PATIENCE: Final = timedelta(hours=1)
"""A month in progress whose sums were taken back is not summed up again sooner than this after the last time: where
events often come late, that would be all the time."""

_WITHOUT_SUMS: Final = """
    SELECT p.organization_id, p.period, t.through FROM usage_period p CROSS JOIN LATERAL (
        SELECT CASE WHEN p.ends_at <= %(now)s THEN (p.period + interval '1 month')::date - 1
            ELSE (%(settled)s AT TIME ZONE p.time_zone)::date - 1 END AS through
    ) t
    WHERE p.starts_at <= %(now)s AND t.through >= p.period
        AND (p.sums <> %(kept)s OR p.summed_through IS DISTINCT FROM t.through)
        AND (p.ends_at <= %(now)s OR p.summed_through IS DISTINCT FROM t.through OR p.sums_begun_at <= %(patient)s)
        AND EXISTS (
            SELECT FROM usage_daily d WHERE d.organization_id = p.organization_id
                AND d.local_date BETWEEN p.period AND t.through
        )
    ORDER BY p.period DESC, p.organization_id LIMIT %(most)s
"""


def keep_all_month_sums(*, now: datetime | None = None, most: int = MONTHS_AT_A_TIME) -> int:
    """Sum up months that have no sums yet of all their days that are over, the latest first; says how many are kept.

    Does nothing while another worker is at it.
    """
    now = now or timezone.now()
    facts: dict[str, Any] = {
        "now": now,
        "settled": now - SETTLING,
        "patient": now - PATIENCE,
        "kept": MonthSums.KEPT.value,
        "most": most,
    }
    with connection.cursor() as cursor:
        # Of the session, not of a transaction: it stands around both that a month takes.
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [SUMS_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        try:
            cursor.execute(_WITHOUT_SUMS, facts)
            return sum(_keep(*found, now=now) for found in cursor.fetchall())
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [SUMS_LOCK])


def _keep(organization_id: int, month: date, through: date, *, now: datetime) -> bool:
    """Sum up one month up to a day. False where its usage changed meanwhile: another run will find it again."""
    period = UsagePeriod.objects.filter(organization=organization_id, period=month)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK_ALONE, [period_lock(organization_id, month)])
        period.update(sums=MonthSums.BEGUN, summed_through=through, sums_begun_at=now)
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in keep_sums(organization_id, month):
            cursor.execute(statement)
        is_kept = bool(period.filter(sums=MonthSums.BEGUN).update(sums=MonthSums.KEPT))
        if not is_kept:
            transaction.set_rollback(True)
    return is_kept
