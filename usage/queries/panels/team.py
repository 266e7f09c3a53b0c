"""What an organization used: by department, project, member and shared resources; narrowed by following the rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from usage.breakdown import Spend, all_together, breakdown
from usage.enums import RowKind
from usage.figures import Row
from usage.panels.answers import Timeseries
from usage.panels.buckets import fitting_bucket
from usage.panels.vocabulary import SCOPED, Dimension
from usage.queries.panels.parts import LEADING, TOP, named_rows, unnamed_rows
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.series import timeseries
from usage.queries.spend import without_member

_SHARED: Final = "shared"
_ALL: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamAnswer:
    """Usage of the team. ``departments``, ``projects`` and ``members`` add up to ``total`` each.

    ``shared`` is what ran without a member: under a project, else an integration, else nothing but a key; it adds up
    to ``shared_total``, which is the members' unattributed row. ``narrowed`` are the entries that the filter names.
    """

    total: Spend
    departments: tuple[Row, ...]
    projects: tuple[Row, ...]
    members: tuple[Row, ...]
    shared: tuple[Row, ...]
    shared_total: Spend
    narrowed: tuple[Row, ...]
    timeseries: Timeseries


def team_panel(request: PanelRequest) -> TeamAnswer:
    """Usage of the team, as far as the filter narrows it and the asker may see it."""
    found = request.reader.told_of_each(SCOPED, request.spans, LEADING)
    shared = without_member(request.reader, request.spans)()
    is_compared = request.spans.compared is not None
    by_time = next((by for by in SCOPED if by not in request.asked.chosen), Dimension.MODEL)
    unnamed = {
        by.value: unnamed_rows(by.value, told, is_compared=is_compared, top=TOP) for by, told in found.items()
    }
    unnamed[_SHARED] = breakdown(shared, is_compared=is_compared, top=TOP)
    if by_time in found:
        unnamed[_ALL] = unnamed_rows(by_time.value, found[by_time], is_compared=False)
    rows = named_rows(request.organization.pk, unnamed)
    return TeamAnswer(
        total=found[Dimension.DEPARTMENT].total,
        departments=rows[Dimension.DEPARTMENT.value],
        projects=rows[Dimension.PROJECT.value],
        members=rows[Dimension.MEMBER.value],
        shared=rows[_SHARED],
        shared_total=all_together(shared.values()),
        narrowed=_narrowed(request, rows),
        timeseries=_over_time(request, by_time, rows.get(_ALL)),
    )


def _over_time(request: PanelRequest, by: Dimension, rows: tuple[Row, ...] | None) -> Timeseries:
    shown = request.spans.shown
    return timeseries(
        request.reader,
        shown,
        bucket=fitting_bucket(shown),
        week_start=request.organization.week_start,
        today=request.today,
        by=by,
        rows=rows,
    )


def _narrowed(request: PanelRequest, rows: Mapping[str, tuple[Row, ...]]) -> tuple[Row, ...]:
    """The entries that the filter names, where it names one of a kind and there is usage of it to see."""
    return tuple(
        row
        for by in SCOPED
        if len(request.asked.chosen.get(by, ())) == 1
        for row in rows[by.value]
        if row.kind is RowKind.NAMED
    )
