"""The overview of one organization's billing period, as one viewer may see it. Read from rollups only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from teams.enums import ScopeKind
from teams.models import Organization
from teams.permissions import Visible
from teams.queries.ahead import Rows, ahead
from teams.queries.together import asked_together
from usage.breakdown import Key, Spend, breakdown, leading, named, together
from usage.enums import RowKind
from usage.figures import NOTHING, Change, Measures, Row, total
from usage.overview import Compared, DailyAverage, Day, Overview, PeriodSpan, Series
from usage.panels.sums_sql import Leading
from usage.panels.vocabulary import SCOPED
from usage.periods import add_months
from usage.progress import (
    ByDay,
    Days,
    Spans,
    change_over,
    compared,
    daily_average,
    projected,
    spans_of,
    totals_over,
)
from usage.queries.bearings import Bearings, bearings
from usage.queries.names import MODEL, name_questions, names_read
from usage.queries.panels.parts import unnamed_rows
from usage.queries.panels.reader import PanelReader
from usage.queries.period_span import past_span
from usage.queries.snapshot import one_snapshot
from usage.queries.spend import DailySums, daily_rows, daily_sums, first_day, last_event_at, without_member

SHARED: Final = "shared"
TOP: Final = 10
TOP_SERIES: Final = 5
ByDayAndModel = Mapping[tuple[date, int], Measures]
RowsBy = Mapping[str, tuple[Row, ...]]


def usage_overview(
    *,
    organization: Organization,
    visible: Visible,
    now: datetime,
    month: date | None = None,
    top: int = TOP,
    found: Bearings | None = None,
) -> Overview | None:
    """The period that begins on ``month`` (the one containing ``now`` if None), as far as ``visible`` goes.

    None when the organization has no such period, or it lies in the future. Members, departments and projects
    beyond the ``top`` ones by cost are one row of kind OTHER. At most six queries, however much was used; ``found``,
    the organization's bearings, spares one of them.
    """
    with one_snapshot(), ahead():
        found = found or bearings(organization.id, now=now)
        period = asked_period(organization, month=month, found=found)
        if period is None:
            return None
        return overview_ahead(
            organization=organization, visible=visible, period=period, top=top, found=found
        )()


def asked_period(organization: Organization, *, month: date | None, found: Bearings) -> PeriodSpan | None:
    """The period that begins on ``month``, the one in progress if None; None where there is no such one."""
    if month is None or (found.span is not None and month == found.span.month):
        return found.span
    return past_span(organization_id=organization.id, now=found.now, month=month)


def overview_ahead(
    *, organization: Organization, visible: Visible, period: PeriodSpan, found: Bearings, top: int = TOP
) -> Callable[[], Overview]:
    """The overview of ``period``, sent ahead: of the days all is read by now, of people it is on its way."""
    reader = PanelReader(
        organization_id=organization.id,
        visible=visible,
        chosen={},
        merged=found.merged,
        kept=found.kept,
        since=found.since,
    )
    rows = daily_rows(reader, Days(add_months(period.month, -1), period.through))
    people_read = _people(reader, spans_of(period), top=top)
    # The server ranks people meanwhile.
    days = _days(rows, period)
    return lambda: _read(reader, period, days, people_read(), now=found.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _DaysRead:
    """What the days of a period and of the one before add up to; models have no names yet."""

    daily: DailySums
    by_day: ByDay
    models: tuple[Row, ...]
    series: tuple[Series, ...]
    days: tuple[Day, ...]
    average: DailyAverage
    compared: Compared | None


def _days(rows: Rows, period: PeriodSpan) -> _DaysRead:
    spans = spans_of(period)
    daily = daily_sums(rows, shown=spans.shown)
    by_day = _by_day(daily.by_day_and_model)
    models = _models(daily.by_day_and_model, spans)
    return _DaysRead(
        daily=daily,
        by_day=by_day,
        models=models,
        series=_series(daily.by_day_and_model, models, spans.shown),
        days=tuple(
            Day(day=day, is_partial=day == period.today, measures=by_day.get(day, NOTHING))
            for day in spans.shown.each()
        ),
        average=daily_average(by_day, period),
        compared=compared(by_day, spans, previous_month=add_months(period.month, -1)),
    )


def _read(
    reader: PanelReader, period: PeriodSpan, found: _DaysRead, rows: RowsBy, *, now: datetime
) -> Overview:
    """From the days and from ``rows`` of people without their names."""
    shown, daily = spans_of(period).shown, found.daily
    begun, last_event, named_rows = _beside(
        reader, {MODEL: found.models, **rows}, since_month=add_months(period.month, -1)
    )
    by_id = {row.id: row for row in named_rows[MODEL] if row.kind is RowKind.NAMED}
    return Overview(
        organization_id=reader.organization_id,
        period=period,
        as_of=now,
        last_event_at=last_event,
        is_whole_organization=reader.visible.whole_organization,
        totals=totals_over(found.by_day, shown),
        failures=daily.failures,
        cached_input_tokens=daily.cached_input_tokens,
        daily_average=found.average,
        compared=found.compared,
        projected=projected(found.by_day, period, history_since=begun),
        days=found.days,
        series=tuple(replace(series, row=by_id.get(series.row.id, series.row)) for series in found.series),
        models=named_rows[MODEL],
        departments=named_rows[ScopeKind.DEPARTMENT],
        projects=named_rows[ScopeKind.PROJECT],
        members=named_rows[ScopeKind.MEMBER],
        shared=named_rows[SHARED],
    )


def _beside(
    reader: PanelReader, rows: RowsBy, *, since_month: date
) -> tuple[date | None, datetime | None, RowsBy]:
    """The first day with usage, the last event, and ``rows`` with their names. In one query."""
    keys = _keys(row for some in rows.values() for row in some)
    begun, last, *names = asked_together(
        first_day(reader),
        last_event_at(reader, since_month=since_month),
        *name_questions(reader.organization_id, keys),
    )
    known = names_read(name for some in names for name in some)
    people = {name: named(some, known) for name, some in rows.items()}
    return begun[0][0] if begun else None, last[0][0] if last else None, people


def _by_day(spends: ByDayAndModel) -> dict[date, Measures]:
    result: dict[date, Measures] = {}
    for (day, _model_id), measures in spends.items():
        result[day] = result.get(day, NOTHING) + measures
    return result


def _models(spends: ByDayAndModel, spans: Spans) -> tuple[Row, ...]:
    """One row per model, all of them, without names yet: models differ in price, so none is hidden among others."""
    by_model: dict[int, dict[date, Measures]] = {}
    for (day, model_id), measures in spends.items():
        by_model.setdefault(model_id, {})[day] = measures
    spent = {
        (MODEL, model_id): Spend(totals_over(by_day, spans.shown), change_over(by_day, spans) or Change())
        for model_id, by_day in by_model.items()
    }
    return breakdown(spent, is_compared=spans.compared is not None)


def _series(spends: ByDayAndModel, models: Sequence[Row], shown: Days) -> tuple[Series, ...]:
    """The leading models' days, and those of all others together; added up they are ``Overview.days``."""
    first = leading(models, count=TOP_SERIES)
    rest = [row for row in models if row not in first]
    groups = [(row, [row]) for row in first]
    if rest:
        groups.append((together(rest, whole=total(row.measures for row in models)), rest))
    return tuple(_series_of(spends, row, {part.id for part in parts}, shown) for row, parts in groups)


def _series_of(spends: ByDayAndModel, row: Row, model_ids: set[int], shown: Days) -> Series:
    return Series(
        row=row,
        measures=tuple(
            total(spends.get((day, model_id), NOTHING) for model_id in model_ids) for day in shown.each()
        ),
    )


def _people(reader: PanelReader, spans: Spans, *, top: int) -> Callable[[], RowsBy]:
    """The breakdowns by who it was and what it was for, without names yet. Sent ahead."""
    is_compared = spans.compared is not None
    told_of_each = reader.told_ahead(SCOPED, spans, Leading(by_cost=top + 1))
    shared = without_member(reader, spans)

    def people() -> RowsBy:
        found: dict[str, tuple[Row, ...]] = {
            by.value: unnamed_rows(by.value, told, is_compared=is_compared, top=top)
            for by, told in told_of_each().items()
        }
        found[SHARED] = breakdown(shared(), is_compared=is_compared, top=top)
        return found

    return people


def _keys(rows: Iterable[Row]) -> list[Key]:
    return [(row.entity, row.id) for row in rows if row.kind == RowKind.NAMED]
