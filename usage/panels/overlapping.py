"""What is told of tools: sums that overlap, since one call may use several tools. They add up to nothing. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Final

from usage.figures import Change
from usage.panels.buckets import Step
from usage.panels.vocabulary import Bucket


@dataclass(frozen=True, slots=True)
class ToolMeasures:
    """The calls that used a tool. ``input_tokens``, ``output_tokens`` and ``contracted_cost`` are of these whole calls,
    ``tool_tokens`` the part of their tokens that the tool took. Cost is US dollars, of the priced calls alone.
    """

    events: int = 0
    tool_calls: int = 0
    tool_tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    contracted_cost: Decimal = Decimal(0)
    unpriced_events: int = 0

    @property
    def total_tokens(self) -> int:
        """Input (cached tokens included) and output (reasoning included)."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "ToolMeasures") -> "ToolMeasures":
        return ToolMeasures(
            *(getattr(self, field.name) + getattr(other, field.name) for field in fields(ToolMeasures))
        )

    def __bool__(self) -> bool:
        return self != NO_TOOL


NO_TOOL: Final = ToolMeasures()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRow:
    """A tool by the name that was sent. ``change`` is None where nothing is compared."""

    tool: str
    measures: ToolMeasures
    change: Change | None


@dataclass(frozen=True, slots=True)
class ToolLine:
    """A tool over the steps of a series."""

    tool: str
    measures: tuple[ToolMeasures, ...]


def tool_line(tool: str, by_day: Mapping[date, ToolMeasures], steps: Iterable[Step]) -> ToolLine:
    """What the tool did in each step."""
    return ToolLine(
        tool,
        tuple(
            sum((measures for day, measures in by_day.items() if step.days.includes(day)), NO_TOOL)
            for step in steps
        ),
    )


def tools_chart(
    lines: Iterable[ToolLine], *, bucket: Bucket, steps: Iterable[Step], currency: str, locale: str
) -> dict[str, Any]:
    """The leading tools as their chart draws them: lines beside each other, since a stack would be a sum."""
    drawn = list(steps)
    return {
        "kind": "lines",
        "bucket": bucket.value,
        "steps": [step.days.first.isoformat() for step in drawn],
        "partial": next((index for index, step in enumerate(drawn) if step.is_partial), None),
        "currency": currency,
        "locale": locale.replace("_", "-"),
        "series": [
            {
                "name": line.tool,
                "slot": slot,
                "tokens": [measures.total_tokens for measures in line.measures],
                "cost": [float(measures.contracted_cost) for measures in line.measures],
            }
            for slot, line in enumerate(lines, 1)
        ],
    }
