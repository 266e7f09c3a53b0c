"""Reads the dated time zones of an organization."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from teams.models import OrganizationZone


@dataclass(frozen=True, slots=True)
class DatedZone:
    """A time zone and the first day of the month that it holds from."""

    valid_from: date
    time_zone: str


def dated_zones(organization_id: int) -> tuple[DatedZone, ...]:
    """All zones of an organization, by date; each holds until the next."""
    rows = OrganizationZone.objects.filter(organization_id=organization_id).order_by("valid_from")
    return tuple(DatedZone(valid_from=row.valid_from, time_zone=row.time_zone) for row in rows)


def time_zone_on(organization_id: int, day: date) -> str:
    """The zone that holds on a day; UTC for an organization without zones."""
    held = [zone.time_zone for zone in dated_zones(organization_id) if zone.valid_from <= day]
    return held[-1] if held else "UTC"


def start_of_day(organization_id: int, day: date) -> datetime:
    """The instant at which a day begins where the organization is."""
    zone = ZoneInfo(time_zone_on(organization_id, day))
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
