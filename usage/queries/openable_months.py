"""Months that are not open any more, as an import would open them."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from teams.queries.organizations import DatedZone, dated_zones
from usage.periods import Calendar, Period, add_months, local_midnight, months_between

MONTHS_BACK: Final = 60
"""How far before the months kept open: a mistyped year must not leave hundreds of partitions behind."""


def openable_calendar(organization_id: int, calendar: Calendar, *, kept_from: date) -> tuple[Calendar, date]:
    """The calendar with the months before it as they would be, and the first month that may be opened."""
    first = add_months(kept_from, -MONTHS_BACK)
    standing = min(calendar.periods, default=kept_from)
    zones = dated_zones(organization_id)
    planned = (
        [_planned(month, zones) for month in months_between(first, add_months(standing, -1))] if zones else []
    )
    return Calendar([*planned, *calendar.periods.values()]), first


def _planned(month: date, zones: Sequence[DatedZone]) -> Period:
    zone, following = _zone_on(month, zones), _zone_on(add_months(month, 1), zones)
    return Period(
        month=month,
        time_zone=zone,
        starts_at=local_midnight(month, ZoneInfo(zone)),
        ends_at=local_midnight(add_months(month, 1), ZoneInfo(following)),
        close_number=1,
    )


def _zone_on(month: date, zones: Sequence[DatedZone]) -> str:
    held = [zone.time_zone for zone in zones if zone.valid_from <= month]
    return held[-1] if held else zones[0].time_zone
