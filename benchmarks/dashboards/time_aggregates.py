"""What time tells beside DuckDB: the health of integrations, trends, months.

Of each panel stands here what it adds up. What it asks beside that (names, drivers of spikes, budgets) is in our time.
"""

from collections.abc import Iterator
from typing import Any, Final

from benchmarks.dashboards.figures import (
    DUCK_RANGE,
    DUCK_SUMS,
    Aggregate,
    Asked,
    Figures,
    reader,
    sums,
    year,
    year_parameters,
    year_request,
)
from billing.month_report import MonthReport
from billing.queries.panels.months import months_panel
from usage.enums import RowKind
from usage.panels.basis import Basis
from usage.panels.vocabulary import Dimension
from usage.panels.weeks import weeks_compared
from usage.periods import month_of
from usage.queries.panels.integration_reads import rows_of_services, use_of_services
from usage.queries.panels.trends import TrendsAnswer, trends


def _health(asked: Asked) -> tuple[Any, Any]:
    found, spans = reader(asked), year(asked)
    days = spans.shown
    rows = rows_of_services(found, shown=days, reach=days)
    return use_of_services(found, rows), found.spends(Dimension.INTEGRATION, spans)


def _health_figures(answer: tuple[Any, Any]) -> Figures:
    return set(_health_rows(*answer))


def _health_rows(uses: Any, spends: Any) -> Iterator[tuple[Any, ...]]:
    for integration_id, of in uses.items():
        for day, counts in of.by_day.items():
            yield "day", str(integration_id), day.isoformat(), counts.calls, counts.failures, 0, 0
        for bucket, calls in enumerate(of.histogram):
            if calls:
                yield "latency", str(integration_id), str(bucket), calls, 0, 0, 0
        for name, hour in (("activity", of.last_activity), ("success", of.last_success)):
            if hour:
                yield name, str(integration_id), "", int(hour.timestamp()), 0, 0, 0
    for integration_id, spend in spends.items():
        yield "integration", str(integration_id), "", *sums(spend.measures)


_HEALTH_DUCK: Final = f"""
WITH base AS (
    SELECT integration_id, local_date, latency_bucket, sum(calls) AS calls, sum(failures) AS failures,
        sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens, sum(contracted_cost) AS cost,
        max(hour_start) FILTER (calls > 0) AS active_at, max(hour_start) FILTER (calls > failures) AS success_at
    FROM events WHERE {DUCK_RANGE} GROUP BY ALL
)
SELECT 'day', integration_id::VARCHAR, local_date::VARCHAR, sum(calls)::BIGINT, sum(failures)::BIGINT, 0, 0
    FROM base WHERE integration_id <> 0 GROUP BY integration_id, local_date
UNION ALL SELECT 'latency', integration_id::VARCHAR, latency_bucket::VARCHAR, sum(calls)::BIGINT, 0, 0, 0
    FROM base WHERE latency_bucket IS NOT NULL AND integration_id <> 0 GROUP BY integration_id, latency_bucket
UNION ALL SELECT 'activity', integration_id::VARCHAR, '', epoch(max(active_at))::BIGINT, 0, 0, 0
    FROM base WHERE integration_id <> 0 GROUP BY integration_id
UNION ALL SELECT 'success', integration_id::VARCHAR, '', epoch(max(success_at))::BIGINT, 0, 0, 0
    FROM base WHERE integration_id <> 0 GROUP BY integration_id
UNION ALL SELECT 'integration', integration_id::VARCHAR, '', sum(calls)::BIGINT, sum(input_tokens)::BIGINT,
    sum(output_tokens)::BIGINT, coalesce(sum(cost), 0) FROM base GROUP BY integration_id
"""


def _trends(asked: Asked) -> TrendsAnswer:
    return trends(year_request(asked), basis=Basis.COST, by=Dimension.MODEL)


def _trends_figures(answer: TrendsAnswer) -> Figures:
    weeks = {
        ("week", step.days.first.isoformat(), *sums(measures), 0)
        for step, measures in zip(answer.weeks.steps, answer.weeks.totals, strict=True)
        if measures.calls
    }
    parts = {
        ("part", str(part.row.id), 0, 0, 0, part.current, part.previous)
        for part in answer.week.parts
        if part.row.kind is not RowKind.OTHER
    }
    return weeks | parts


def _trends_parameters(asked: Asked) -> dict[str, Any]:
    compared = weeks_compared(asked.today, today=asked.today, week_start=asked.organization.week_start)
    return {
        "last": asked.today,
        "week": compared.current.first,
        "until": compared.current.last,
        "week_before": compared.previous.first,
        "until_before": compared.previous.last,
    }


# All days are read on either side: seasons and the spikes' usual days are older than the weeks shown.
_TRENDS_DUCK: Final = f"""
WITH base AS (
    SELECT local_date, model_id, sum(calls) AS calls, sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens, sum(contracted_cost) AS contracted_cost
    FROM events WHERE local_date <= $last GROUP BY local_date, model_id
)
SELECT 'week', date_trunc('week', local_date)::DATE::VARCHAR, {DUCK_SUMS}, 0 FROM base GROUP BY 2
UNION ALL SELECT 'part', model_id::VARCHAR, 0, 0, 0,
    coalesce(sum(contracted_cost) FILTER (local_date BETWEEN $week AND $until), 0),
    coalesce(sum(contracted_cost) FILTER (local_date BETWEEN $week_before AND $until_before), 0)
    FROM base WHERE local_date >= $week_before GROUP BY model_id
"""


def _months_figures(report: MonthReport) -> Figures:
    months = {
        ("month", "", row.month.isoformat(), *sums(row.measures))
        for row in report.months
        if row.measures.calls
    }
    departments = {
        ("department", str(line.row.id), month_of(step.days.first).isoformat(), *sums(measures))
        for line in report.departments.series
        for step, measures in zip(report.departments.steps, line.measures, strict=True)
        if measures.calls and line.row.kind is not RowKind.OTHER
    }
    return months | departments


_MONTHS_DUCK: Final = f"""
WITH base AS (
    SELECT local_date, department_id, sum(calls) AS calls, sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens, sum(contracted_cost) AS contracted_cost
    FROM events WHERE {DUCK_RANGE} GROUP BY local_date, department_id
)
SELECT 'month', '', date_trunc('month', local_date)::DATE::VARCHAR, {DUCK_SUMS} FROM base GROUP BY 3
UNION ALL SELECT 'department', department_id::VARCHAR, date_trunc('month', local_date)::DATE::VARCHAR, {DUCK_SUMS}
    FROM base GROUP BY 2, 3
"""

TIME_AGGREGATES: Final = (
    Aggregate("health of integrations", _health, _health_figures, _HEALTH_DUCK, year_parameters),
    Aggregate("trends", _trends, _trends_figures, _TRENDS_DUCK, _trends_parameters, is_whole=False),
    Aggregate(
        "months",
        lambda asked: months_panel(year_request(asked)),
        _months_figures,
        _MONTHS_DUCK,
        year_parameters,
    ),
)
