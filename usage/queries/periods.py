"""Reads the billing months of an organization."""

from usage.models import UsagePeriod
from usage.periods import Calendar, Period


def load_calendar(organization_id: int) -> Calendar:
    """All periods of an organization, as the ingest path uses them."""
    rows = UsagePeriod.objects.filter(organization_id=organization_id).order_by("period")
    return Calendar(
        Period(
            month=row.period,
            time_zone=row.time_zone,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            close_number=row.close_number,
        )
        for row in rows
    )
