"""Usage by tool: web search, document analysis, code, whatever the clients name. Tools overlap."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q, QuerySet, Sum

from usage.enums import ChargeKind
from usage.figures import UNCHANGED, Change
from usage.models import ChargeDaily, ToolDaily
from usage.panels.buckets import Step, fitting_bucket, steps_of
from usage.panels.overlapping import ToolLine, ToolMeasures, ToolRow, tool_line
from usage.panels.sources import tool_source
from usage.panels.vocabulary import Bucket, Dimension
from usage.progress import Days, Spans
from usage.queries.panels.request import PanelRequest
from usage.queries.spend import inside

TOOL_FILTERS: Final = (
    Dimension.TOOL,
    Dimension.DEPARTMENT,
    Dimension.PROJECT,
    Dimension.MODEL,
    Dimension.PROVIDER,
)
MOST_ROWS: Final = 200
MOST_LINES: Final = 5

_COLUMNS: Final[Mapping[Dimension, str]] = {
    Dimension.TOOL: "tool",
    Dimension.DEPARTMENT: "department_id",
    Dimension.PROJECT: "project_id",
    Dimension.MODEL: "model_id",
}
_MEASURES: Final = {
    "events": "events",
    "tool_calls": "tool_calls",
    "tool_tokens": "tool_tokens",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "contracted_cost": "contracted_cost",
    "unpriced_events": "unpriced",
}
_FEES: Final = (ChargeKind.WEB_SEARCH, ChargeKind.CODE_RUN)


@dataclass(frozen=True, slots=True)
class Fee:
    """What providers took per call of a tool of theirs, whichever the client's tool is called. US dollars."""

    kind: ChargeKind
    quantity: int
    contracted_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsAnswer:
    """Every tool by the cost of its calls, and the leading ones over time: lines that add up to no total.

    Of more than 200 tools ``left_out`` are not shown. ``fees`` are those of all calls that the filter lets through,
    and None where it names tools: they are not kept by tool.
    """

    rows: tuple[ToolRow, ...]
    left_out: int
    bucket: Bucket
    steps: tuple[Step, ...]
    lines: tuple[ToolLine, ...]
    fees: tuple[Fee, ...] | None


def tools_panel(request: PanelRequest) -> ToolsAnswer:
    """What the tools did. Raises ``NotOffered`` for who sees only their own usage. Three queries."""
    tool_source(request.reader.chosen, visible=request.visible)
    shown = request.spans.shown
    bucket = fitting_bucket(shown)
    steps = steps_of(shown, bucket=bucket, week_start=request.organization.week_start, today=request.today)
    rows = _rows(request)
    return ToolsAnswer(
        rows=rows[:MOST_ROWS],
        left_out=len(rows[MOST_ROWS:]),
        bucket=bucket,
        steps=steps,
        lines=_lines(request, rows, steps),
        fees=None if Dimension.TOOL in request.reader.chosen else _fees(request),
    )


def _rows(request: PanelRequest) -> tuple[ToolRow, ...]:
    spans = request.spans
    grouped = _tools(request).filter(inside(spans)).values("tool").annotate(**_sums(spans))
    rows = [ToolRow(tool=row["tool"], measures=_measured(row), change=_change(row, spans)) for row in grouped]
    return tuple(
        sorted(
            (row for row in rows if row.measures or row.change not in (None, UNCHANGED)),
            key=lambda row: (-row.measures.contracted_cost, -row.measures.total_tokens, row.tool),
        )
    )


def _lines(request: PanelRequest, rows: tuple[ToolRow, ...], steps: tuple[Step, ...]) -> tuple[ToolLine, ...]:
    first = [row.tool for row in rows[:MOST_LINES] if row.measures]
    if not first:
        return ()
    shown = Q(local_date__range=request.spans.shown, tool__in=first)
    grouped = _tools(request).filter(shown).values("tool", "local_date").annotate(**_shown_sums())
    by_day: dict[str, dict[date, ToolMeasures]] = {tool: {} for tool in first}
    for row in grouped:
        by_day[row["tool"]][row["local_date"]] = _measured(row)
    return tuple(tool_line(tool, days, steps) for tool, days in by_day.items())


def _fees(request: PanelRequest) -> tuple[Fee, ...]:
    charges = ChargeDaily.objects.filter(
        _seen(request), request.reader.filtered(_COLUMNS), organization_id=request.organization.pk
    )
    sums = charges.filter(local_date__range=request.spans.shown).aggregate(
        **{
            f"{kind.value}_{what}_sum": Sum(f"{kind.value}_{what}", default=0)
            for kind in _FEES
            for what in ("quantity", "cost")
        }
    )
    fees = [Fee(kind, sums[f"{kind.value}_quantity_sum"], sums[f"{kind.value}_cost_sum"]) for kind in _FEES]
    return tuple(fee for fee in fees if fee.quantity or fee.contracted_cost)


def _tools(request: PanelRequest) -> "QuerySet[ToolDaily]":
    rows = ToolDaily.objects.filter(_seen(request), organization_id=request.organization.pk)
    return rows.filter(request.reader.filtered(_COLUMNS)).order_by()


def _seen(request: PanelRequest) -> Q:
    """Tools are kept by department: a lead sees those of their departments, and not what they used elsewhere."""
    if request.visible.whole_organization:
        return Q()
    return Q(department_id__in=request.visible.department_ids)


def _shown_sums(shown: Q | None = None) -> dict[str, Sum]:
    return {f"sum_{name}": Sum(column, filter=shown, default=0) for name, column in _MEASURES.items()}


def _sums(spans: Spans) -> dict[str, Sum]:
    sums = _shown_sums(Q(local_date__range=spans.shown))
    for prefix, days in (("current", spans.compared), ("previous", spans.previous)):
        if days is not None:
            for column in ("input_tokens", "output_tokens", "contracted_cost"):
                sums[f"{prefix}_{column}"] = _over(column, days)
    return sums


def _over(column: str, days: Days) -> Sum:
    return Sum(column, filter=Q(local_date__range=days), default=0)


def _measured(row: Mapping[str, Any]) -> ToolMeasures:
    return ToolMeasures(**{name: row[f"sum_{name}"] for name in _MEASURES})


def _change(row: Mapping[str, Any], spans: Spans) -> Change | None:
    if spans.compared is None:
        return None
    return Change(
        tokens=row["current_input_tokens"] + row["current_output_tokens"],
        previous_tokens=row["previous_input_tokens"] + row["previous_output_tokens"],
        contracted_cost=row["current_contracted_cost"],
        previous_contracted_cost=row["previous_contracted_cost"],
    )
