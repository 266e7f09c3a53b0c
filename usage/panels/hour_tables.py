"""Which tables hold usage by the hour: what is kept by department, and the events of who sees their own. Pure."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from teams.permissions import Visible
from usage.panels.hours_sql import EVENTS
from usage.panels.sources import Source, hourly_source
from usage.panels.tables import COLUMNS, Chosen, Place, Table
from usage.panels.vocabulary import Dimension
from usage.periods import month_of
from usage.progress import Days

_MARGIN: Final = timedelta(days=2)
"""A ledger's day lies within this of the day in UTC, also beside a change of the zone."""


def hour_places(
    by: Sequence[Dimension], days: Days, *, visible: Visible, chosen: Chosen
) -> tuple[Place, ...]:
    """Where the hours of ``days`` lie that ``visible`` covers and ``chosen`` lets through, to be told apart by ``by``;
    each row of usage is in one of the places. Raises ``NotOffered`` for what hours are not kept by."""
    tables = []
    if hourly_source((*by, *chosen), visible=visible) is Source.HOURS:
        tables.append(kept_hours(days, visible=visible))
    if visible.member_ids and not visible.whole_organization:
        tables.append(own_events(days, visible.member_ids, beyond=visible.department_ids))
    return tuple(Place(by_day=table.narrowed(chosen), by_month={}) for table in tables)


def kept_hours(days: Days, *, visible: Visible) -> Table:
    """What is kept by the hour: of all departments, or of those that are led."""
    # The key of the table leads with the hour, so that the range is found by it.
    first, last = hours_around(days)
    where: tuple[tuple[str, Any], ...] = (("hour_start >= %s", first), ("hour_start <= %s", last))
    if not visible.whole_organization:
        where = (*where, ("department_id = ANY(%s)", sorted(visible.department_ids)))
    return Table(Source.HOURS.value, COLUMNS, where)


def own_events(days: Days, member_ids: Collection[int], *, beyond: Collection[int] = ()) -> Table:
    """The events of members, ``beyond`` the departments whose usage is read from elsewhere."""
    # The month finds the partition, member and time the rows in its index.
    first, last = hours_around(days)
    where: tuple[tuple[str, Any], ...] = (
        ("period >= %s", month_of(days.first)),
        ("period <= %s", month_of(days.last)),
        ("member_id = ANY(%s)", sorted(member_ids)),
        ("occurred_at >= %s", first),
        ("occurred_at <= %s", last),
    )
    if beyond:
        where = (*where, ("NOT department_id = ANY(%s)", sorted(beyond)))
    return Table(EVENTS, COLUMNS, where)


def hours_around(days: Days) -> tuple[datetime, datetime]:
    """Instants between which all hours of ``days`` begin, in any zone."""
    first = datetime.combine(days.first, time(), tzinfo=UTC)
    last = datetime.combine(days.last, time(), tzinfo=UTC)
    return first - _MARGIN, last + _MARGIN + timedelta(days=1)
