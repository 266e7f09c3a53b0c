"""Keeps what billing months add up to, once they are over, so that long ranges need not read their days.

Ingest is not held off while a month is summed up, and pays nothing for the sums of months that it does not touch:

1. ``BEGUN`` is written under the month's lock, taken alone. Whoever stores from then on sees it, and takes it back.
2. The sums are made from what stands, by one worker at a time.
3. ``KEPT`` is written in the same transaction if it still says ``BEGUN``; else something changed meanwhile, and nothing
   is kept.
"""

from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from usage.enums import MonthSums
from usage.locks import LOCK_ALONE, SUMS_LOCK, period_lock
from usage.models import UsagePeriod
from usage.month_sql import keep_sums

MONTHS_AT_A_TIME: Final = 500
"""Months that one run sums up; the next one goes on."""

_WITHOUT_SUMS: Final = """
    SELECT p.organization_id, p.period FROM usage_period p
    WHERE p.ends_at <= %(now)s AND p.sums <> %(kept)s AND EXISTS (
        SELECT FROM usage_daily d WHERE d.organization_id = p.organization_id
            AND d.local_date >= p.period AND d.local_date < p.period + interval '1 month'
    )
    ORDER BY p.period DESC, p.organization_id LIMIT %(most)s
"""


def keep_all_month_sums(*, now: datetime | None = None, most: int = MONTHS_AT_A_TIME) -> int:
    """Sum up months that are over and have no sums yet, the latest first; says how many are kept now.

    Does nothing while another worker is at it.
    """
    with connection.cursor() as cursor:
        # Of the session, not of a transaction: it stands around both that a month takes.
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [SUMS_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        try:
            facts: dict[str, Any] = {"now": now or timezone.now(), "kept": MonthSums.KEPT.value, "most": most}
            cursor.execute(_WITHOUT_SUMS, facts)
            return sum(_keep(organization_id, month) for organization_id, month in cursor.fetchall())
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [SUMS_LOCK])


def _keep(organization_id: int, month: date) -> bool:
    """Sum up one month. False where its usage changed meanwhile: another run will find it again."""
    period = UsagePeriod.objects.filter(organization=organization_id, period=month)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK_ALONE, [period_lock(organization_id, month)])
        period.update(sums=MonthSums.BEGUN)
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in keep_sums(organization_id, month):
            cursor.execute(statement)
        is_kept = bool(period.filter(sums=MonthSums.BEGUN).update(sums=MonthSums.KEPT))
        if not is_kept:
            transaction.set_rollback(True)
    return is_kept
