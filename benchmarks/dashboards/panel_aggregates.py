"""Whole panels of several parts beside DuckDB: tools, costs, members, health of integrations, trends, months, files.

Of each stands here what it adds up. What it asks beside that (names, prices, chats begun, budgets) is in our time.
"""

from collections.abc import Iterator
from typing import Any, Final

from benchmarks.dashboards.figures import (
    DUCK_SUMS,
    EVERYTHING,
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
from usage.enums import ChargeKind, RowKind
from usage.panels.basis import Basis
from usage.panels.vocabulary import Dimension
from usage.panels.weeks import weeks_compared
from usage.periods import month_of
from usage.queries.panels.costs import CostsAnswer, costs_panel
from usage.queries.panels.files import PAGE as FILES_ON_A_PAGE
from usage.queries.panels.files import FileList, file_list
from usage.queries.panels.integration_reads import calls_by_day, hours_of
from usage.queries.panels.members import MembersAnswer, members_panel
from usage.queries.panels.tools import ToolsAnswer, tools_panel
from usage.queries.panels.trends import TrendsAnswer, trends
from usage.rollups import CHARGE_QUANTITIES

_RANGE: Final = "local_date BETWEEN $first AND $last"


def _tools_figures(answer: ToolsAnswer) -> Figures:
    return set(_tools_rows(answer))


def _tools_rows(answer: ToolsAnswer) -> Iterator[tuple[Any, ...]]:
    for row in answer.rows:
        yield "tool", row.tool, "", *_tool_sums(row.measures)
    for line in answer.lines:
        for step, measures in zip(answer.steps, line.measures, strict=True):
            if measures:
                yield "line", line.tool, month_of(step.days.first).isoformat(), *_tool_sums(measures)
    for fee in answer.fees or ():
        yield "fee", fee.kind.value, "", fee.quantity, 0, 0, 0, 0, 0, 0


def _tool_sums(measures: Any) -> tuple[Any, ...]:
    counted = measures.events, measures.tool_calls, measures.tool_tokens, measures.input_tokens
    return *counted, measures.output_tokens, measures.contracted_cost, measures.unpriced_events


_TOOLS_DUCK: Final = f"""
WITH used AS (
    SELECT local_date, unnest(tools) AS tool, calls, input_tokens, output_tokens, contracted_cost, unpriced
    FROM events WHERE {_RANGE} AND tools IS NOT NULL
), base AS (
    SELECT date_trunc('month', local_date) AS month, tool.name AS name, sum(calls) AS events,
        sum(tool.calls) AS tool_calls, sum(tool.tokens) AS tool_tokens, sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens, sum(contracted_cost) AS cost, sum(unpriced) AS unpriced
    FROM used GROUP BY ALL
), fees AS (
    SELECT sum(web_search_calls)::BIGINT AS web_search, sum(code_run_calls)::BIGINT AS code_run
    FROM events WHERE {_RANGE}
)
SELECT CASE grouping(month) WHEN 1 THEN 'tool' ELSE 'line' END, name, coalesce(month::DATE::VARCHAR, ''),
    sum(events)::BIGINT, sum(tool_calls)::BIGINT, sum(tool_tokens)::BIGINT, sum(input_tokens)::BIGINT,
    sum(output_tokens)::BIGINT, coalesce(sum(cost), 0), sum(unpriced)::BIGINT
FROM base GROUP BY GROUPING SETS ((name), (name, month))
UNION ALL SELECT 'fee', 'web_search', '', web_search, 0, 0, 0, 0, 0, 0 FROM fees WHERE web_search <> 0
UNION ALL SELECT 'fee', 'code_run', '', code_run, 0, 0, 0, 0, 0, 0 FROM fees WHERE code_run <> 0
"""


def _costs_figures(answer: CostsAnswer) -> Figures:
    return set(_costs_rows(answer))


def _costs_rows(answer: CostsAnswer) -> Iterator[tuple[Any, ...]]:
    """Raw events hold no unit prices: the kinds' quantities are compared, and what all kinds cost together."""
    for kind in answer.kinds:
        yield "kind", kind.kind.value, "", kind.quantity, 0
    for unpriced_kind, quantity in answer.unpriced:
        yield "unpriced", unpriced_kind.value, "", quantity, 0
    yield "all kinds", "", "", 0, sum(kind.cost for kind in answer.kinds)
    yield "tool tokens", "", "", answer.tool_tokens, 0
    for model in answer.models:
        if model.row.measures.calls:
            yield "model", str(model.row.id), "", model.row.measures.calls, model.row.measures.contracted_cost
            yield "list", str(model.row.id), "", 0, model.listed.list_cost
    for line in answer.by_model.series:
        if line.row.kind is RowKind.NAMED:
            for step, measures in zip(answer.by_model.steps, line.measures, strict=True):
                key = month_of(step.days.first).isoformat()
                yield "line", str(line.row.id), key, measures.total_tokens, measures.contracted_cost


_QUANTITIES: Final = ", ".join(
    f"sum({sql.replace('e.', '')}) AS {kind.value}" for kind, sql in CHARGE_QUANTITIES.items()
)
_KINDS: Final = ", ".join(kind.value for kind in CHARGE_QUANTITIES)
_COSTS_DUCK: Final = f"""
WITH base AS (
    SELECT date_trunc('month', local_date) AS month, model_id, contracted_price_id, rate_id, {_QUANTITIES},
        sum(input_tokens + output_tokens) AS tokens, sum(list_cost) AS list_cost, sum(contracted_cost) AS cost
    FROM events WHERE {_RANGE} GROUP BY ALL
), kinds AS (
    SELECT contracted_price_id = 0 AS is_unpriced, kind, sum(quantity)::BIGINT AS quantity
    FROM (UNPIVOT base ON {_KINDS} INTO NAME kind VALUE quantity) GROUP BY ALL
)
SELECT CASE WHEN is_unpriced THEN 'unpriced' ELSE 'kind' END, kind, '', quantity, 0 FROM kinds
UNION ALL SELECT 'all kinds', '', '', 0, coalesce(sum(cost), 0) FROM base
UNION ALL SELECT 'model', model_id::VARCHAR, '', sum("{ChargeKind.CALL.value}")::BIGINT, coalesce(sum(cost), 0)
    FROM base GROUP BY model_id
UNION ALL SELECT 'list', model_id::VARCHAR, '', 0, coalesce(sum(list_cost), 0) FROM base GROUP BY model_id
UNION ALL SELECT 'line', model_id::VARCHAR, month::DATE::VARCHAR, sum(tokens)::BIGINT, coalesce(sum(cost), 0)
    FROM base GROUP BY model_id, month
UNION ALL SELECT 'tool tokens', '', '', sum(tool.tokens)::BIGINT, 0
    FROM (SELECT unnest(tools) AS tool FROM events WHERE {_RANGE} AND tools IS NOT NULL)
"""


def _members_figures(answer: MembersAnswer) -> Figures:
    return {
        (
            str(line.row.id),
            *sums(line.row.measures),
            line.last_day.isoformat() if line.last_day else "",
            line.favourite.tokens if line.favourite else 0,
        )
        for line in answer.members
    }


# The page's fifty by cost; with members that have no model, whose usage has no favourite.
_MEMBERS_DUCK: Final = f"""
WITH base AS (
    SELECT member_id, model_id, max(local_date) AS last_day, sum(calls) AS calls, sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens, sum(contracted_cost) AS contracted_cost
    FROM events WHERE {_RANGE} GROUP BY member_id, model_id
)
SELECT member_id::VARCHAR, {DUCK_SUMS}, max(last_day)::VARCHAR,
    coalesce(max(input_tokens + output_tokens) FILTER (model_id <> 0), 0)::BIGINT
FROM base WHERE member_id <> 0 GROUP BY member_id
"""


def _health(asked: Asked) -> tuple[Any, Any, Any]:
    found, spans = reader(asked), year(asked)
    days = spans.shown
    by_day, hours = calls_by_day(found, days), hours_of(found, shown=days, reach=days)
    return by_day, hours, found.spends(Dimension.INTEGRATION, spans)


def _health_figures(answer: tuple[Any, Any, Any]) -> Figures:
    return set(_health_rows(*answer))


def _health_rows(by_day: Any, hours: Any, spends: Any) -> Iterator[tuple[Any, ...]]:
    for integration_id, days in by_day.items():
        for day, counts in days.items():
            yield "day", str(integration_id), day.isoformat(), counts.calls, counts.failures, 0, 0
    for integration_id, of in hours.items():
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
    FROM events WHERE {_RANGE} GROUP BY ALL
)
SELECT 'day', integration_id::VARCHAR, local_date::VARCHAR, sum(calls)::BIGINT, sum(failures)::BIGINT, 0, 0
    FROM base GROUP BY integration_id, local_date
UNION ALL SELECT 'latency', integration_id::VARCHAR, latency_bucket::VARCHAR, sum(calls)::BIGINT, 0, 0, 0
    FROM base WHERE latency_bucket IS NOT NULL GROUP BY integration_id, latency_bucket
UNION ALL SELECT 'activity', integration_id::VARCHAR, '', epoch(max(active_at))::BIGINT, 0, 0, 0
    FROM base GROUP BY integration_id
UNION ALL SELECT 'success', integration_id::VARCHAR, '', epoch(max(success_at))::BIGINT, 0, 0, 0
    FROM base GROUP BY integration_id
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
    FROM events WHERE {_RANGE} GROUP BY local_date, department_id
)
SELECT 'month', '', date_trunc('month', local_date)::DATE::VARCHAR, {DUCK_SUMS} FROM base GROUP BY 3
UNION ALL SELECT 'department', department_id::VARCHAR, date_trunc('month', local_date)::DATE::VARCHAR, {DUCK_SUMS}
    FROM base GROUP BY 2, 3
"""


def _files(asked: Asked) -> FileList:
    return file_list(asked.organization.pk, visible=EVERYTHING, limit=FILES_ON_A_PAGE)


def _files_figures(answer: FileList) -> Figures:
    totals = answer.totals
    return {
        ("file", row.uses, row.chat_count, row.input_tokens, row.contracted_cost, row.processing_cost)
        for row in answer.rows
    } | {
        (
            "total",
            totals.uses,
            totals.files,
            totals.input_tokens,
            totals.contracted_cost,
            totals.processing_cost,
        )
    }


# Raw events call a file by our id, the panel by the client's: figures stand without either.
_FILES_DUCK: Final = """
WITH used AS (SELECT chat_id, unnest(files) AS file FROM events WHERE files IS NOT NULL),
standing AS (
    SELECT file.id AS id, sum(file.uses)::BIGINT AS uses, count(DISTINCT chat_id) AS chats,
        sum(file.tokens)::BIGINT AS tokens, coalesce(sum(file.cost), 0) AS cost,
        coalesce(sum(file.processing_cost), 0) AS processing
    FROM used GROUP BY file.id
)
SELECT 'total', sum(uses)::BIGINT, count(*), sum(tokens)::BIGINT, sum(cost), sum(processing) FROM standing
UNION ALL (SELECT 'file', uses, chats, tokens, cost, processing FROM standing
    ORDER BY cost DESC, tokens DESC, id LIMIT $limit)
"""

PANEL_AGGREGATES: Final = (
    Aggregate(
        "tools",
        lambda asked: tools_panel(year_request(asked)),
        _tools_figures,
        _TOOLS_DUCK,
        year_parameters,
        is_whole=False,
    ),
    Aggregate(
        "costs",
        lambda asked: costs_panel(year_request(asked)),
        _costs_figures,
        _COSTS_DUCK,
        year_parameters,
        is_whole=False,
    ),
    Aggregate(
        "members",
        lambda asked: members_panel(year_request(asked)),
        _members_figures,
        _MEMBERS_DUCK,
        year_parameters,
        is_whole=False,
    ),
    Aggregate("health of integrations", _health, _health_figures, _HEALTH_DUCK, year_parameters),
    Aggregate("trends", _trends, _trends_figures, _TRENDS_DUCK, _trends_parameters, is_whole=False),
    Aggregate(
        "months",
        lambda asked: months_panel(year_request(asked)),
        _months_figures,
        _MONTHS_DUCK,
        year_parameters,
    ),
    Aggregate(
        "files", _files, _files_figures, _FILES_DUCK, lambda asked: {"limit": FILES_ON_A_PAGE}, is_whole=False
    ),
)
