"""The page of one department, project or member: which one is meant, and whether the asker may know of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from django.db.models import Q

from teams.models import DepartmentMembership
from usage.breakdown import Spend
from usage.figures import Row
from usage.panels.answers import Breakdown, Timeseries
from usage.panels.buckets import fitting_bucket
from usage.panels.vocabulary import Dimension
from usage.queries.names import SHOWN_NAME, entries
from usage.queries.panels.options import entry_value
from usage.queries.panels.parts import LEADING, TOP, breakdowns
from usage.queries.panels.reader import COLUMNS, PanelReader
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.series import timeseries

_PARTS: Final[Mapping[Dimension, tuple[Dimension, ...]]] = {
    Dimension.DEPARTMENT: (Dimension.MEMBER, Dimension.PROJECT, Dimension.MODEL, Dimension.FEATURE),
    Dimension.PROJECT: (Dimension.DEPARTMENT, Dimension.MEMBER, Dimension.MODEL, Dimension.FEATURE),
    Dimension.MEMBER: (Dimension.MODEL, Dimension.FEATURE, Dimension.DEPARTMENT, Dimension.PROJECT),
}
"""What each page breaks its usage down by; the first is drawn over time."""
_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Stay:
    """A time that a member spent in a department; ``ends_at`` is None while it lasts."""

    department: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAnswer:
    """One department, project or member in the days shown.

    Each of ``parts`` adds up to ``total``. ``last_day`` is the last of the days with usage. ``stays`` are the
    departments that a member was in, latest first, as far as the asker may know. ``narrowed_to`` is what links from
    here filter by.
    """

    heading: str
    entity: Dimension
    external_id: str
    is_placeholder: bool
    total: Spend
    last_day: date | None
    timeseries: Timeseries
    parts: tuple[Breakdown, ...]
    stays: tuple[Stay, ...]
    narrowed_to: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    id: int
    ids: frozenset[int]
    name: str
    external_id: str
    is_placeholder: bool


def department_page(request: PanelRequest) -> EntryAnswer | None:
    """What was used in a department, by whoever was in it at the time; None where the asker knows of no such one."""
    return _page(request, Dimension.DEPARTMENT)


def project_page(request: PanelRequest) -> EntryAnswer | None:
    """What was booked on a project; None where the asker knows of no such one."""
    return _page(request, Dimension.PROJECT)


def member_page(request: PanelRequest) -> EntryAnswer | None:
    """What a member used, wherever they were at the time; None where the asker knows of no such one."""
    return _page(request, Dimension.MEMBER)


def _page(request: PanelRequest, entity: Dimension) -> EntryAnswer | None:
    entry = _found(request, entity)
    if entry is None:
        return None
    reader = replace(request.reader, chosen={**request.reader.chosen, entity: entry.ids})
    first = _PARTS[entity][0]
    found = reader.told_of_each(_PARTS[entity], request.spans, LEADING)
    is_compared = request.spans.compared is not None
    parts, rows = breakdowns(reader, found, is_compared=is_compared, top=TOP)
    return EntryAnswer(
        heading=entry.name,
        entity=entity,
        external_id=entry.external_id,
        is_placeholder=entry.is_placeholder,
        total=parts[first].total,
        last_day=max(reader.last_days(entity, request.spans.shown).values(), default=None),
        timeseries=_over_time(request, reader, first, rows),
        parts=tuple(parts.values()),
        stays=_stays(request, entry.ids) if entity is Dimension.MEMBER else (),
        narrowed_to={entity.value: entry_value(entry.id, entry.external_id)},
    )


def _over_time(
    request: PanelRequest, reader: PanelReader, by: Dimension, rows: tuple[Row, ...]
) -> Timeseries:
    shown = request.spans.shown
    return timeseries(
        reader,
        shown,
        bucket=fitting_bucket(shown),
        week_start=request.organization.week_start,
        today=request.today,
        by=by,
        rows=rows,
    )


def _found(request: PanelRequest, entity: Dimension) -> _Entry | None:
    """The entry whose id stands in the address, or what it was merged into."""
    text = request.names.get("entry", "")
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        return None
    merged = request.reader.merged
    key = merged.shown_as((entity.value, int(text)))
    found = entries(entity.value, Q(id=key[1]), request.organization.pk).annotate(shown=SHOWN_NAME)
    row = found.values_list("id", "shown", "external_id", "is_placeholder").first()
    ids = merged.shown_under(key)
    if row is None or not _may_know(request, entity, ids):
        return None
    entry_id, name, external_id, is_placeholder = row
    return _Entry(
        id=entry_id, ids=ids, name=name, external_id=external_id or "", is_placeholder=is_placeholder
    )


def _may_know(request: PanelRequest, entity: Dimension, ids: frozenset[int]) -> bool:
    """Whether the asker may know that there is such an entry: it is theirs, or stands in usage that they see."""
    visible = request.visible
    if visible.whole_organization:
        return True
    if entity is Dimension.DEPARTMENT and ids & visible.department_ids:
        return True
    if entity is Dimension.MEMBER and (ids & visible.member_ids or _stays(request, ids)):
        return True
    seen = request.reader.unfiltered().daily_rows()
    return seen.filter(**{f"{COLUMNS[entity]}__in": ids}).exists()


def _stays(request: PanelRequest, member_ids: frozenset[int]) -> tuple[Stay, ...]:
    spent = DepartmentMembership.objects.filter(
        member_id__in=member_ids, member__organization_id=request.organization.pk
    )
    visible = request.visible
    if not (visible.whole_organization or member_ids & visible.member_ids):
        spent = spent.filter(department_id__in=visible.department_ids)
    return tuple(
        Stay(str(stay.department.merged_into or stay.department), stay.starts_at, stay.ends_at)
        for stay in spent.select_related("department__merged_into").order_by("-starts_at")
    )
