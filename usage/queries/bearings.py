"""What every panel begins with: where an organization is in its calendar, and which of its entries were merged."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from django.db import connection

from usage.enums import MonthSums
from usage.overview import PeriodSpan
from usage.panels.parts import Kept
from usage.queries.names import DIRECTORIES, Merges
from usage.queries.period_span import current_spans, span_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearings:
    """``span`` is the billing period that contains ``now``, None where the organization has no zone.

    ``kept`` are the months whose sums are kept, each with the last day that they hold, and ``since`` is the first day
    with usage, None without any. They count in the snapshot that the bearings were read in.
    """

    now: datetime
    span: PeriodSpan | None
    merged: Merges
    kept: Kept
    since: date | None

    @property
    def today(self) -> date:
        """The organization's day, as the ledger would book it."""
        if self.span is None or self.span.today is None:
            return self.now.astimezone(ZoneInfo("UTC")).date()
        return self.span.today

    @property
    def time_zone(self) -> str:
        return "UTC" if self.span is None or self.span.today is None else self.span.time_zone


def bearings(organization_id: int, *, now: datetime) -> Bearings:
    """In one query; some more where the period was not made yet.

    The SQL is put together only once: Django would take longer to compile it than the server to answer it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_query(), {"organization_id": organization_id, "now": now})
        # There is a row, whether there is such a period or not.
        (row,) = cursor.fetchall()
    month, time_zone, starts_at, ends_at, kept, since, *merged = row
    into = {
        (entity, old): new
        for entity, pairs in zip(DIRECTORIES, merged, strict=True)
        for old, new in pairs or ()
    }
    if month is None:
        span = current_spans([organization_id], now=now).get(organization_id)
    else:
        span = span_of(month=month, time_zone=time_zone, starts_at=starts_at, ends_at=ends_at, now=now)
    return Bearings(now=now, span=span, merged=Merges(into), kept=dict(kept), since=since)


@cache
def _query() -> str:
    merged = ", ".join(
        f"ARRAY(SELECT ARRAY[id, merged_into_id] FROM {model._meta.db_table} "
        "WHERE organization_id = %(organization_id)s AND merged_into_id IS NOT NULL)"
        for model in DIRECTORIES.values()
    )
    return (
        "SELECT p.period, p.time_zone, p.starts_at, p.ends_at, "
        "ARRAY(SELECT ARRAY[period, summed_through] FROM usage_period "
        f"WHERE organization_id = %(organization_id)s AND sums = '{MonthSums.KEPT.value}'), "
        f"(SELECT min(local_date) FROM usage_daily WHERE organization_id = %(organization_id)s), {merged} "
        "FROM (VALUES (1)) AS one "
        "LEFT JOIN usage_period p ON p.organization_id = %(organization_id)s "
        "AND p.starts_at <= %(now)s AND p.ends_at > %(now)s LIMIT 1"
    )
