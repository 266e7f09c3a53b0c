"""Makes the monthly partitions of events and messages, ahead of time and never during ingest."""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from usage.locks import LOCK_ALONE, PARTITIONS_LOCK
from usage.periods import add_months, month_of, months_between
from usage.queries.partitions import PARTITIONED, partition_name, partitioned_months


def ensure_partitions(months: Iterable[date]) -> list[date]:
    """Make the missing partitions of ``months`` (first days) and return the months that were missing.

    A partition is created as a plain table and then attached: ``PARTITION OF`` would wait behind every open
    transaction on the parent, and make all later ones wait behind itself.
    """
    made = []
    for month in sorted(set(months) - partitioned_months()):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LOCK_ALONE, [PARTITIONS_LOCK])
            if month in partitioned_months():
                continue
            for table in PARTITIONED:
                name = partition_name(table, month)
                cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
                cursor.execute(
                    f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)",
                    [month, add_months(month, 1)],
                )
        made.append(month)
    return made


def kept_months(today: date | None = None) -> list[date]:
    """The months around ``today`` (UTC) that are always kept open for events."""
    this_month = month_of(today or timezone.now().date())
    return list(
        months_between(
            add_months(this_month, -settings.PARTITION_MONTHS_BACK),
            add_months(this_month, settings.PARTITION_MONTHS_AHEAD),
        )
    )
