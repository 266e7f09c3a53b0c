"""Panels that add usage up, each beside the DuckDB SQL that gives the same answer from raw events.

Import it once Django is set up. A panel is added by a row of ``AGGREGATES``. Figures are rows of (group, key, calls,
input tokens, output tokens, contracted cost), or what else a panel adds up; both sides must give the same.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from teams.models import Organization
from teams.permissions import Visible
from usage.enums import RowKind
from usage.overview import Overview
from usage.panels.answers import Breakdown, Timeseries
from usage.panels.hours import WeekHour
from usage.panels.vocabulary import IDENTIFIED, Bucket, Dimension
from usage.periods import add_months
from usage.progress import Days, Spans
from usage.queries.names import merges
from usage.queries.overview import usage_overview
from usage.queries.panels.hours import periods_over, sums_by_hour
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.series import breakdown_by, timeseries

EVERYTHING: Final = Visible(whole_organization=True)
Figures = set[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Of whom, when, and from which day on the long ranges reach."""

    organization: Organization
    now: datetime
    first_day: date
    today: date


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A panel with certain filters. ``answer`` runs our queries; ``figures`` are the rows of its answer.

    ``duck`` is SQL over the table ``events`` with rows of the same figures, ``parameters`` what it takes. It may have
    more rows than we show: ours must be among them, unless ``is_whole`` says that all are shown.
    """

    name: str
    answer: Callable[[Asked], Any]
    figures: Callable[[Any], Figures]
    duck: str
    parameters: Callable[[Asked], Mapping[str, Any]]
    is_whole: bool = True


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
            yield "day", day.day.isoformat(), *_sums(day.measures)
    for group in ("models", "departments", "projects", "members"):
        for row in getattr(overview, group):
            if row.kind in (RowKind.NAMED, RowKind.UNATTRIBUTED) and row.measures.calls:
                yield group, str(row.id), *_sums(row.measures)
    yield "total", "", *_sums(overview.totals)


def _sums(measures: Any) -> tuple[Any, ...]:
    return measures.calls, measures.input_tokens, measures.output_tokens, measures.contracted_cost


# What is converted or cast, is so after it was summed up: each row of raw events is touched as little as can be.
_DUCK_NAMED: Final = (
    "sum(calls)::BIGINT AS calls, sum(input_tokens)::BIGINT AS input_tokens, "
    "sum(output_tokens)::BIGINT AS output_tokens, sum(contracted_cost) AS contracted_cost"
)
_DUCK_SUMS: Final = (
    "sum(calls)::BIGINT, sum(input_tokens)::BIGINT, sum(output_tokens)::BIGINT, "
    "coalesce(sum(contracted_cost), 0)"
)
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


def _reader(asked: Asked) -> PanelReader:
    organization_id = asked.organization.pk
    merged = merges(organization_id)
    return PanelReader(organization_id=organization_id, visible=EVERYTHING, chosen={}, merged=merged)


def _year(asked: Asked) -> Spans:
    return Spans(Days(asked.first_day, asked.today), None, None)


def _year_parameters(asked: Asked) -> dict[str, Any]:
    return {"first": asked.first_day, "last": asked.today}


def _breakdown_figures(found: Breakdown) -> Figures:
    return {
        (
            "" if row.kind is RowKind.UNATTRIBUTED else str(row.id) if by_id else row.external_id,
            *_sums(row.measures),
        )
        for row in found.rows
        if row.measures.calls
        for by_id in [found.by in IDENTIFIED]
    }


def _series_figures(found: Timeseries) -> Figures:
    return {
        (step.days.first.isoformat(), *_sums(measures))
        for step, measures in zip(found.steps, found.totals, strict=True)
        if measures.calls
    }


def _breakdown(name: str, by: Dimension, column: str) -> Aggregate:
    """A dimension over 13 months."""
    return Aggregate(
        name,
        lambda asked: breakdown_by(_reader(asked), by, _year(asked)),
        _breakdown_figures,
        "SELECT CASE value::VARCHAR WHEN '0' THEN '' ELSE value::VARCHAR END, calls, input_tokens, output_tokens, "
        f"coalesce(contracted_cost, 0) FROM (SELECT {column} AS value, {_DUCK_NAMED} FROM events "
        f"WHERE local_date BETWEEN $first AND $last GROUP BY {column})",
        _year_parameters,
    )


def _timeseries(asked: Asked) -> Timeseries:
    days = Days(asked.first_day, asked.today)
    return timeseries(_reader(asked), days, bucket=Bucket.MONTH, week_start=1, today=asked.today)


def _heat(asked: Asked) -> Mapping[WeekHour, Any]:
    days = Days(asked.first_day, asked.today)
    periods = periods_over(asked.organization.pk, days)
    return sums_by_hour(_reader(asked), days, periods=periods)


AGGREGATES: Final = (
    Aggregate("overview", _overview, _overview_figures, _OVERVIEW_DUCK, _overview_parameters, is_whole=False),
    Aggregate(
        "timeseries",
        _timeseries,
        _series_figures,
        "SELECT greatest(date_trunc('month', local_date)::DATE, $first)::VARCHAR, "
        f"{_DUCK_SUMS} FROM (SELECT local_date, {_DUCK_NAMED} FROM events "
        "WHERE local_date BETWEEN $first AND $last GROUP BY local_date) GROUP BY 1",
        _year_parameters,
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
        lambda asked: _reader(asked).total(_year(asked)),
        lambda found: {_sums(found.measures)},
        f"SELECT {_DUCK_SUMS} FROM events WHERE local_date BETWEEN $first AND $last",
        _year_parameters,
    ),
    Aggregate(
        "heatmap",
        _heat,
        lambda found: {(hour.weekday, hour.hour, *_sums(sums)) for hour, sums in found.items() if sums.calls},
        "SELECT isodow(local_date), hour(timezone('Europe/Berlin', hour_start)), "
        f"{_DUCK_SUMS} FROM (SELECT local_date, hour_start, {_DUCK_NAMED} FROM events "
        "WHERE local_date BETWEEN $first AND $last GROUP BY local_date, hour_start) GROUP BY 1, 2",
        _year_parameters,
    ),
)
