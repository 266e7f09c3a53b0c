"""Panels that add usage up, each beside the DuckDB SQL that gives the same answer from raw events.

Import it once Django is set up. A panel is added by a row of ``AGGREGATES``. Figures are rows of (group, key, calls,
input tokens, output tokens, contracted cost), or what else a panel adds up; both sides must give the same.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from benchmarks.dashboards.cost_aggregates import COST_AGGREGATES
from benchmarks.dashboards.figures import (
    DUCK_NAMED,
    DUCK_SUMS,
    EVERYTHING,
    Aggregate,
    Asked,
    Figures,
    month,
    month_parameters,
    reader,
    sums,
    year,
    year_parameters,
)
from benchmarks.dashboards.time_aggregates import TIME_AGGREGATES
from usage.enums import RowKind
from usage.figures import Change, Row
from usage.overview import Overview
from usage.panels.answers import Breakdown, Timeseries
from usage.panels.hours import WeekHour
from usage.panels.vocabulary import IDENTIFIED, Bucket, Dimension
from usage.periods import add_months
from usage.queries.overview import usage_overview
from usage.queries.panels.hours import periods_over, sums_by_hour
from usage.queries.panels.series import breakdown_by, timeseries


def _overview(asked: Asked) -> Overview:
    found = usage_overview(organization=asked.organization, visible=EVERYTHING, now=asked.now)
    if found is None:
        raise LookupError("the organization has no current period")
    return found


def _overview_figures(overview: Overview) -> Figures:
    return set(_overview_rows(overview))


def _overview_rows(overview: Overview) -> Iterator[tuple[Any, ...]]:
    for day in overview.days:
        if day.measures.calls:
            yield "day", day.day.isoformat(), *sums(day.measures)
    for group in ("models", "departments", "projects", "members"):
        for row in getattr(overview, group):
            if row.kind in (RowKind.NAMED, RowKind.UNATTRIBUTED) and row.measures.calls:
                yield group, str(row.id), *sums(row.measures)
    yield "total", "", *sums(overview.totals)


# One pass over two months, then over their few groups: DuckDB is faster so than with grouping sets over the events.
# The panel compares with the month before, so that is read too.
_OVERVIEW_DUCK: Final = """
WITH base AS (
    SELECT local_date, model_id, department_id, project_id, member_id, sum(calls) AS calls,
        sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens, sum(contracted_cost) AS contracted_cost,
        sum(failures) AS failures, sum(cache_read_input_tokens) AS cache_read_input_tokens, sum(unpriced) AS unpriced
    FROM events WHERE local_date BETWEEN $previous AND $today GROUP BY ALL
), grouped AS (
    SELECT local_date >= $month AS is_shown, grouping(local_date, model_id, department_id, project_id, member_id) AS
        part, local_date, model_id, department_id, project_id, member_id, sum(calls)::BIGINT AS calls,
        sum(input_tokens)::BIGINT AS input_tokens, sum(output_tokens)::BIGINT AS output_tokens,
        coalesce(sum(contracted_cost), 0) AS cost, sum(failures)::BIGINT, sum(cache_read_input_tokens)::BIGINT,
        sum(unpriced)::BIGINT
    FROM base
    GROUP BY GROUPING SETS ((local_date >= $month, local_date, model_id), (local_date >= $month, department_id),
        (local_date >= $month, project_id), (local_date >= $month, member_id))
)
SELECT 'day', local_date::VARCHAR, sum(calls)::BIGINT, sum(input_tokens)::BIGINT, sum(output_tokens)::BIGINT,
    sum(cost) FROM grouped WHERE is_shown AND part = 7 GROUP BY local_date
UNION ALL SELECT 'models', model_id::VARCHAR, sum(calls)::BIGINT, sum(input_tokens)::BIGINT,
    sum(output_tokens)::BIGINT, sum(cost) FROM grouped WHERE is_shown AND part = 7 GROUP BY model_id
UNION ALL SELECT 'total', '', sum(calls)::BIGINT, sum(input_tokens)::BIGINT,
    sum(output_tokens)::BIGINT, sum(cost) FROM grouped WHERE is_shown AND part = 7
UNION ALL SELECT 'departments', department_id::VARCHAR, calls, input_tokens, output_tokens, cost
    FROM grouped WHERE is_shown AND part = 27
UNION ALL SELECT 'projects', project_id::VARCHAR, calls, input_tokens, output_tokens, cost
    FROM grouped WHERE is_shown AND part = 29
UNION ALL SELECT 'members', member_id::VARCHAR, calls, input_tokens, output_tokens, cost
    FROM grouped WHERE is_shown AND part = 30
"""


def _overview_parameters(asked: Asked) -> dict[str, Any]:
    month = asked.today.replace(day=1)
    return {"month": month, "previous": add_months(month, -1), "today": asked.today}


def _breakdown_figures(found: Breakdown) -> Figures:
    return {(_value(row, found.by), *sums(row.measures)) for row in found.rows if row.measures.calls}


def _compared_figures(found: Breakdown) -> Figures:
    return {
        (_value(row, found.by), *sums(row.measures), *_sides(row.change))
        for row in found.rows
        if row.measures.calls
    }


def _value(row: Row, by: Dimension) -> str:
    if row.kind is RowKind.UNATTRIBUTED:
        return ""
    return str(row.id) if by in IDENTIFIED else row.external_id


def _sides(change: Change | None) -> tuple[Any, ...]:
    told = change or Change()
    return told.tokens, told.previous_tokens, told.contracted_cost, told.previous_contracted_cost


def _series_figures(found: Timeseries) -> Figures:
    return {
        (step.days.first.isoformat(), *sums(measures))
        for step, measures in zip(found.steps, found.totals, strict=True)
        if measures.calls
    }


def _breakdown(name: str, by: Dimension, column: str) -> Aggregate:
    """A dimension over 13 months."""
    return Aggregate(
        name,
        lambda asked: breakdown_by(reader(asked), by, year(asked)),
        _breakdown_figures,
        "SELECT CASE value::VARCHAR WHEN '0' THEN '' ELSE value::VARCHAR END, calls, input_tokens, output_tokens, "
        f"coalesce(contracted_cost, 0) FROM (SELECT {column} AS value, {DUCK_NAMED} FROM events "
        f"WHERE local_date BETWEEN $first AND $last GROUP BY {column})",
        year_parameters,
    )


# Once more one pass, then over the few groups: the days of two months.
_COMPARED_DUCK: Final = """
WITH base AS (
    SELECT {column} AS value, local_date, sum(calls) AS calls, sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens, sum(contracted_cost) AS cost
    FROM events
    WHERE local_date BETWEEN $first AND $last OR local_date BETWEEN $previous_first AND $previous_last
    GROUP BY {column}, local_date
)
SELECT CASE value::VARCHAR WHEN '0' THEN '' ELSE value::VARCHAR END,
    sum(calls) FILTER (local_date BETWEEN $first AND $last)::BIGINT,
    sum(input_tokens) FILTER (local_date BETWEEN $first AND $last)::BIGINT,
    sum(output_tokens) FILTER (local_date BETWEEN $first AND $last)::BIGINT,
    coalesce(sum(cost) FILTER (local_date BETWEEN $first AND $last), 0),
    coalesce(sum(input_tokens + output_tokens)
        FILTER (local_date BETWEEN $compared_first AND $compared_last), 0)::BIGINT,
    coalesce(sum(input_tokens + output_tokens)
        FILTER (local_date BETWEEN $previous_first AND $previous_last), 0)::BIGINT,
    coalesce(sum(cost) FILTER (local_date BETWEEN $compared_first AND $compared_last), 0),
    coalesce(sum(cost) FILTER (local_date BETWEEN $previous_first AND $previous_last), 0)
FROM base GROUP BY value
"""


def _compared(name: str, by: Dimension) -> Aggregate:
    """A dimension over the month in progress, each value beside the month before."""
    return Aggregate(
        name,
        lambda asked: breakdown_by(reader(asked), by, month(asked)),
        _compared_figures,
        _COMPARED_DUCK.format(column=f"{by}_id"),
        month_parameters,
        is_whole=False,
    )


def _timeseries(asked: Asked) -> Timeseries:
    days = year(asked).shown
    return timeseries(reader(asked), days, bucket=Bucket.MONTH, week_start=1, today=asked.today)


def _heat(asked: Asked) -> Mapping[WeekHour, Any]:
    days = year(asked).shown
    periods = periods_over(asked.organization.pk, days)
    return sums_by_hour(reader(asked), days, periods=periods)


AGGREGATES: Final = (
    Aggregate("overview", _overview, _overview_figures, _OVERVIEW_DUCK, _overview_parameters, is_whole=False),
    Aggregate(
        "timeseries",
        _timeseries,
        _series_figures,
        "SELECT greatest(date_trunc('month', local_date)::DATE, $first)::VARCHAR, "
        f"{DUCK_SUMS} FROM (SELECT local_date, {DUCK_NAMED} FROM events "
        "WHERE local_date BETWEEN $first AND $last GROUP BY local_date) GROUP BY 1",
        year_parameters,
    ),
    *(
        _breakdown(f"breakdown by {by}", by, f"{by}_id" if by in IDENTIFIED else by.value)
        for by in (
            Dimension.MODEL,
            Dimension.FEATURE,
            Dimension.DEPARTMENT,
            Dimension.PROJECT,
            Dimension.MEMBER,
            Dimension.PLATFORM,
            Dimension.INTEGRATION,
        )
    ),
    Aggregate(
        "compare",
        lambda asked: reader(asked).total(year(asked)),
        lambda found: {sums(found.measures)},
        f"SELECT {DUCK_SUMS} FROM events WHERE local_date BETWEEN $first AND $last",
        year_parameters,
    ),
    Aggregate(
        "heatmap",
        _heat,
        lambda found: {(hour.weekday, hour.hour, *sums(of)) for hour, of in found.items() if of.calls},
        "SELECT isodow(local_date), hour(timezone('Europe/Berlin', hour_start)), "
        f"{DUCK_SUMS} FROM (SELECT local_date, hour_start, {DUCK_NAMED} FROM events "
        "WHERE local_date BETWEEN $first AND $last GROUP BY local_date, hour_start) GROUP BY 1, 2",
        year_parameters,
    ),
    *(
        _compared(name, by)
        for name, by in (
            ("members of a month", Dimension.MEMBER),
            ("departments of a month", Dimension.DEPARTMENT),
            ("projects of a month", Dimension.PROJECT),
            ("integrations of a month", Dimension.INTEGRATION),
        )
    ),
    *COST_AGGREGATES,
    *TIME_AGGREGATES,
)
