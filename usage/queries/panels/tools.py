"""Usage by tool: web search, document analysis, code, whatever the clients name. Tools overlap."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from usage.enums import ChargeKind
from usage.figures import UNCHANGED, Change
from usage.month_sql import TOOL_MEASURES
from usage.panels.buckets import Step, fitting_bucket, step_of, steps_of
from usage.panels.overlapping import ToolLine, ToolMeasures, ToolRow, tool_line
from usage.panels.sources import tool_source
from usage.panels.vocabulary import Bucket, Dimension
from usage.progress import Spans
from usage.queries.panels.places import charges_place, tools_place
from usage.queries.panels.request import PanelRequest

TOOL_FILTERS: Final = (
    Dimension.TOOL,
    Dimension.DEPARTMENT,
    Dimension.PROJECT,
    Dimension.MODEL,
    Dimension.PROVIDER,
)
MOST_ROWS: Final = 200
MOST_LINES: Final = 5

_COUNT: Final = len(TOOL_MEASURES)
_FEES: Final = (ChargeKind.WEB_SEARCH, ChargeKind.CODE_RUN)


@dataclass(frozen=True, slots=True)
class Fee:
    """What providers took per call of a tool of theirs, whichever the client's tool is called. US dollars.

    ``unpriced`` of the calls have no price yet: the cost is at least what it says.
    """

    kind: ChargeKind
    quantity: int
    contracted_cost: Decimal
    unpriced: int


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
        lines=_lines(request, rows, steps, bucket),
        fees=None if Dimension.TOOL in request.reader.chosen else _fees(request),
    )


def _rows(request: PanelRequest) -> tuple[ToolRow, ...]:
    spans = request.spans
    grouped = _over(request, spans)
    rows = [
        ToolRow(tool=tool, measures=ToolMeasures(*sums[:_COUNT]), change=_change(sums[_COUNT:]))
        for tool, *sums in grouped
    ]
    return tuple(
        sorted(
            (row for row in rows if row.measures or row.change not in (None, UNCHANGED)),
            key=lambda row: (-row.measures.contracted_cost, -row.measures.total_tokens, row.tool),
        )
    )


def _lines(
    request: PanelRequest, rows: tuple[ToolRow, ...], steps: tuple[Step, ...], bucket: Bucket
) -> tuple[ToolLine, ...]:
    first = [row.tool for row in rows[:MOST_LINES] if row.measures]
    if not first:
        return ()
    shown = request.spans.shown
    by_day: dict[str, dict[date, ToolMeasures]] = {tool: {} for tool in first}
    grouped = _over(request, Spans(shown, None, None), step=step_of(bucket), values={Dimension.TOOL: first})
    for tool, day, *sums in grouped:
        by_day[tool][max(day, shown.first)] = ToolMeasures(*sums)
    return tuple(tool_line(tool, days, steps) for tool, days in by_day.items())


def _over(
    request: PanelRequest,
    spans: Spans,
    *,
    step: Bucket | None = None,
    values: Mapping[Any, Collection[Any]] | None = None,
) -> list[tuple[Any, ...]]:
    """Per tool, and step, what its calls came to."""
    reader = request.reader
    return reader.sums().over_places(
        [tools_place(reader)], spans, by=(Dimension.TOOL,), step=step, values=values, measures=TOOL_MEASURES
    )


def _fees(request: PanelRequest) -> tuple[Fee, ...]:
    reader = request.reader
    measures = [f"{kind.value}_{what}" for kind in _FEES for what in ("quantity", "cost")]
    by_price = reader.sums().over_places(
        [charges_place(reader)], Spans(request.spans.shown, None, None), by=("price",), measures=measures
    )
    fees = []
    for place, kind in enumerate(_FEES):
        parts = [(price_id, *sums[2 * place : 2 * place + 2]) for price_id, *sums in by_price]
        quantity = sum(count for _price_id, count, _cost in parts)
        cost = sum((cost for *_part, cost in parts), Decimal(0))
        unpriced = sum(count for price_id, count, _cost in parts if not price_id)
        fees.append(Fee(kind, quantity, cost, unpriced))
    return tuple(fee for fee in fees if fee.quantity or fee.contracted_cost)


def _change(sums: Sequence[Any]) -> Change | None:
    """From both spans' input and output tokens and cost, if there are any."""
    if not sums:
        return None
    current_input, current_output, current_cost, previous_input, previous_output, previous_cost = sums
    return Change(
        tokens=current_input + current_output,
        previous_tokens=previous_input + previous_output,
        contracted_cost=current_cost,
        previous_contracted_cost=previous_cost,
    )
