"""What costs come from beside DuckDB: tools, kinds of charge, members, files.

Of each panel stands here what it adds up. What it asks beside that (names, prices, chats begun) is in our time.
"""

from collections.abc import Iterator
from typing import Any, Final

from benchmarks.dashboards.figures import (
    DUCK_RANGE,
    DUCK_SUMS,
    EVERYTHING,
    Aggregate,
    Asked,
    Figures,
    sums,
    year_parameters,
    year_request,
)
from usage.enums import ChargeKind, RowKind
from usage.panels.paging import ROWS, Turn
from usage.periods import month_of
from usage.queries.panels.costs import CostsAnswer, costs_panel
from usage.queries.panels.files import BY_COST, FileList, file_list
from usage.queries.panels.members import MembersAnswer, members_panel
from usage.queries.panels.tools import ToolsAnswer, tools_panel
from usage.rollups import CHARGE_QUANTITIES


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
    FROM events WHERE {DUCK_RANGE} AND tools IS NOT NULL
), base AS (
    SELECT date_trunc('month', local_date) AS month, tool.name AS name, sum(calls) AS events,
        sum(tool.calls) AS tool_calls, sum(tool.tokens) AS tool_tokens, sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens, sum(contracted_cost) AS cost, sum(unpriced) AS unpriced
    FROM used GROUP BY ALL
), fees AS (
    SELECT sum(web_search_calls)::BIGINT AS web_search, sum(code_run_calls)::BIGINT AS code_run
    FROM events WHERE {DUCK_RANGE}
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
    FROM events WHERE {DUCK_RANGE} GROUP BY ALL
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
    FROM (SELECT unnest(tools) AS tool FROM events WHERE {DUCK_RANGE} AND tools IS NOT NULL)
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
    FROM events WHERE {DUCK_RANGE} GROUP BY member_id, model_id
)
SELECT member_id::VARCHAR, {DUCK_SUMS}, max(last_day)::VARCHAR,
    coalesce(max(input_tokens + output_tokens) FILTER (model_id <> 0), 0)::BIGINT
FROM base WHERE member_id <> 0 GROUP BY member_id
"""


def _files(asked: Asked) -> FileList:
    return file_list(asked.organization.pk, visible=EVERYTHING, turn=Turn(order=BY_COST))


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

COST_AGGREGATES: Final = (
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
    Aggregate("files", _files, _files_figures, _FILES_DUCK, lambda asked: {"limit": ROWS}, is_whole=False),
)
