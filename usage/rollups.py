"""The rollups, declared as data: which rows they read, what they are keyed by and what they sum.

The ingest statement, the rebuild and the verification are all made from these declarations, so they cannot
disagree. An expression is SQL over the columns of ``usage_event``; dimensions are never NULL.
"""

import re
from dataclasses import dataclass
from typing import Final

from usage.enums import ChargeKind
from usage.latency import BUCKETS


@dataclass(frozen=True, slots=True)
class Column:
    """A dimension or measure: the rollup's column and the SQL that gives it from an event (or a group of them)."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class Rollup:
    """One rollup. ``source`` is SQL that follows FROM, with ``{events}`` standing for the rows to sum up and
    ``{organization}`` for whose they are.

    ``dimensions`` together with the organization are the key; ``labels`` follow from the key and are not part
    of it; ``measures`` are aggregates that add up over batches. ``condition`` filters the source's rows.
    ``is_grouped`` says that the source has one row per key already; its measures are plain expressions.
    Rows are always those of one organization, so the organization is no dimension.
    """

    table: str
    dimensions: tuple[Column, ...]
    measures: tuple[Column, ...]
    labels: tuple[Column, ...] = ()
    source: str = "{events} e"
    condition: str = ""
    is_grouped: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        return ("organization_id", *(column.name for column in self.dimensions))


def _dimensions(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, f"e.{name}") for name in names)


def total(expression: str) -> str:
    """SQL that sums up whole numbers; 0 for none of them.

    ``sum_bigint`` is ours: PostgreSQL's own sum of bigints is a numeric, which costs a conversion there and one
    back for every measure of every row of a rollup.
    """
    return f"sum_bigint({expression})"


_AGGREGATE: Final = re.compile(r"\b(?:sum_bigint|sum|min|max)(?=\()")


def of_one(measure: str) -> str:
    """SQL of what ``measure``, an aggregate without a filter, gives for a single row."""
    return _AGGREGATE.sub("", measure.replace("count(*)", "1"))


def _sums(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, total(f"e.{name}")) for name in names)


def _grouped(dimensions: tuple[Column, ...], measures: tuple[Column, ...]) -> str:
    """``{events}`` summed up to groups, as a relation named like the events."""
    columns = ", ".join(f"{column.expression} AS {column.name}" for column in (*dimensions, *measures))
    grouping = ", ".join(column.expression for column in dimensions)
    return f"(SELECT {columns} FROM {{events}} e GROUP BY {grouping}) e"


CACHE_CREATION: Final = Column(
    "cache_creation_input_tokens",
    total("e.cache_creation_5m_input_tokens + e.cache_creation_1h_input_tokens"),
)
COSTS: Final = (
    Column("list_cost", "coalesce(sum(e.list_cost), 0)"),
    Column("contracted_cost", "coalesce(sum(e.contracted_cost), 0)"),
)
UNPRICED: Final = (
    *_sums("unpriced"),
    Column("unpriced_tokens", f"{total('e.input_tokens + e.output_tokens')} FILTER (WHERE e.unpriced <> 0)"),
)
GENERAL_MEASURES: Final = (
    *_sums("calls", "failures", "input_tokens", "cache_read_input_tokens"),
    CACHE_CREATION,
    *_sums("output_tokens", "reasoning_output_tokens"),
    *COSTS,
    *UNPRICED,
    *_sums("duration_ms"),
)
HISTOGRAM: Final = Column(
    "latency_histogram",
    "ARRAY["
    + ", ".join(f"{total('e.calls')} FILTER (WHERE e.latency_bucket = {i})" for i in range(BUCKETS))
    + "]",
)

USAGE_HOURLY: Final = Rollup(
    table="usage_hourly",
    dimensions=_dimensions(
        "hour_start", "department_id", "model_id", "feature", "integration_id", "platform"
    ),
    labels=(Column("local_date", "e.local_date"),),
    measures=(*GENERAL_MEASURES, HISTOGRAM),
)

USAGE_DAILY: Final = Rollup(
    table="usage_daily",
    dimensions=_dimensions(
        "local_date",
        "member_id",
        "department_id",
        "project_id",
        "model_id",
        "feature",
        "integration_id",
        "platform",
    ),
    measures=GENERAL_MEASURES,
)

TOOL_DAILY: Final = Rollup(
    table="tool_daily",
    source=(
        "{events} e CROSS JOIN LATERAL jsonb_to_recordset(e.tools) "
        "AS tool(name text, calls bigint, tokens bigint)"
    ),
    condition="e.tools IS NOT NULL",
    dimensions=(
        Column("local_date", "e.local_date"),
        Column("tool", "tool.name"),
        *_dimensions("department_id", "project_id", "model_id"),
    ),
    measures=(
        Column("events", total("e.calls")),
        Column("tool_calls", total("tool.calls")),
        Column("tool_tokens", total("tool.tokens")),
        *_sums("input_tokens", "output_tokens"),
        Column("contracted_cost", "coalesce(sum(e.contracted_cost), 0)"),
        *_sums("unpriced"),
    ),
)

_SPEND_MEASURES: Final = (
    *_sums("calls", "failures", "input_tokens", "cache_read_input_tokens", "output_tokens"),
    *COSTS,
    *UNPRICED,
)

_COST_NAMES: Final = frozenset(column.name for column in COSTS)

# Every event counts in four scopes: groups of events are multiplied by four, not the events themselves.
_SPEND_GROUPS: Final = _grouped(
    _dimensions("department_id", "project_id", "member_id", "local_date", "model_id", "feature"),
    _SPEND_MEASURES,
)

SPEND_DAILY: Final = Rollup(
    table="spend_daily",
    source=(
        _SPEND_GROUPS + " CROSS JOIN LATERAL (VALUES "
        "('organization', {organization}::bigint), ('department', e.department_id), "
        "('project', e.project_id), ('member', e.member_id)) AS scope(kind, id)"
    ),
    dimensions=(
        Column("scope_kind", "scope.kind"),
        Column("scope_id", "scope.id"),
        *_dimensions("local_date", "model_id", "feature"),
    ),
    measures=tuple(
        Column(name, f"sum(e.{name})" if name in _COST_NAMES else total(f"e.{name}"))
        for name in (measure.name for measure in _SPEND_MEASURES)
    ),
)

CHARGE_QUANTITIES: Final = {
    ChargeKind.INPUT: (
        "e.input_tokens - e.cache_read_input_tokens - e.cache_creation_5m_input_tokens"
        " - e.cache_creation_1h_input_tokens - e.audio_input_tokens - e.image_input_tokens"
    ),
    ChargeKind.CACHE_READ: "e.cache_read_input_tokens",
    ChargeKind.CACHE_WRITE_5M: "e.cache_creation_5m_input_tokens",
    ChargeKind.CACHE_WRITE_1H: "e.cache_creation_1h_input_tokens",
    ChargeKind.AUDIO_INPUT: "e.audio_input_tokens",
    ChargeKind.IMAGE_INPUT: "e.image_input_tokens",
    ChargeKind.OUTPUT: "e.output_tokens - e.reasoning_output_tokens - e.audio_output_tokens",
    ChargeKind.REASONING: "e.reasoning_output_tokens",
    ChargeKind.AUDIO_OUTPUT: "e.audio_output_tokens",
    ChargeKind.AUDIO_SECOND: "e.audio_seconds",
    ChargeKind.WEB_SEARCH: "e.web_search_calls",
    ChargeKind.CODE_RUN: "e.code_run_calls",
    ChargeKind.CALL: "e.calls",
}
"""An event's quantities, taken apart so that no token is in two kinds; ``usage.pricing`` does the same in Python."""

_CHARGE_DIMENSIONS: Final = (
    *_dimensions("local_date", "close_number", "department_id", "project_id", "feature"),
    Column("price_id", "e.contracted_price_id"),
    *_dimensions("rate_id", "model_id"),
)

# Quantities are summed up before they meet their unit prices: cost is linear, and groups are few.
_CHARGE_GROUPS: Final = _grouped(
    _CHARGE_DIMENSIONS,
    tuple(Column(f"{kind}_quantity", total(sql)) for kind, sql in CHARGE_QUANTITIES.items()),
)

CHARGE_DAILY: Final = Rollup(
    table="charge_daily",
    source=(
        _CHARGE_GROUPS
        + " LEFT JOIN {unit_prices} unit ON unit.price_id = e.price_id AND unit.rate_id = e.rate_id"
    ),
    dimensions=_dimensions(*(column.name for column in _CHARGE_DIMENSIONS)),
    measures=(
        *(Column(f"{kind}_quantity", f"e.{kind}_quantity") for kind in CHARGE_QUANTITIES),
        *(
            Column(f"{kind}_cost", f"coalesce(e.{kind}_quantity * unit.{kind}, 0)")
            for kind in CHARGE_QUANTITIES
        ),
    ),
    is_grouped=True,
)
"""One row holds the quantity and the cost of every kind; the view ``charge_by_kind`` has a row for each."""

FILE_USE: Final = Rollup(
    table="usage_file_use",
    source=(
        "{events} e CROSS JOIN LATERAL jsonb_to_recordset(e.files) AS file(id uuid, uses bigint, tokens bigint, "
        "cache_read_tokens bigint, cost numeric, processing_cost numeric)"
    ),
    condition="e.files IS NOT NULL",
    dimensions=(
        Column("file_id", "file.id"),
        Column("chat_id", "coalesce(e.chat_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
    ),
    measures=(
        Column("uses", total("file.uses")),
        Column("input_tokens", total("file.tokens")),
        Column("cache_read_input_tokens", total("file.cache_read_tokens")),
        Column("contracted_cost", "coalesce(sum(file.cost), 0)"),
        Column("processing_cost", "coalesce(sum(file.processing_cost), 0)"),
    ),
)

DAILY_ROLLUPS: Final = (SPEND_DAILY, CHARGE_DAILY, USAGE_DAILY, USAGE_HOURLY, TOOL_DAILY)
"""Those that carry a local day: rebuilt and verified by ranges of days. The most contended rows stand first."""

ROLLUPS: Final = (*DAILY_ROLLUPS, FILE_USE)
