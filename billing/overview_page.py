"""Puts an overview into the order in which the page shows it. What a figure looks like is the template's affair."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from teams.colours import OTHER, colour_slots
from usage.enums import RowKind
from usage.figures import Measures, Row, share_of, total
from usage.overview import Overview

CURRENCY: Final = "USD"
MAX_BARS: Final = 8


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a breakdown with the colour that its entry has on the page."""

    row: Row
    slot: int


@dataclass(frozen=True, slots=True)
class Bars:
    """Models in the order of one measure; ``rest`` of them, of ``rest_share`` per cent, are in the table only."""

    lines: tuple[Line, ...]
    rest: int
    rest_share: Decimal | None
    rest_measures: Measures


@dataclass(frozen=True, slots=True)
class MonthChoice:
    """A month in the selector, and its neighbours for a step back or ahead."""

    months: Sequence[date]
    month: date

    @property
    def previous(self) -> date | None:
        """The month before, None at the earliest."""
        return max((month for month in self.months if month < self.month), default=None)

    @property
    def next(self) -> date | None:
        """The month after, None at the latest."""
        return min((month for month in self.months if month > self.month), default=None)


def slots_of(overview: Overview) -> dict[int, int]:
    """The colours of the models that have one."""
    return colour_slots(series.row.id for series in overview.series if series.row.kind is RowKind.NAMED)


def bars_by_tokens(overview: Overview) -> Bars:
    """The models by tokens, largest first."""
    rows = sorted(overview.models, key=lambda row: (-row.measures.total_tokens, row.name))
    rest = total(row.measures for row in rows[MAX_BARS:])
    return _bars(overview, rows, rest, share=share_of(rest.total_tokens, overview.totals.total_tokens))


def bars_by_cost(overview: Overview) -> Bars:
    """The models that have a cost, largest first. What has no price is not among them."""
    priced = [
        row for row in overview.models if row.measures.contracted_cost or not row.measures.unpriced_events
    ]
    rows = sorted(priced, key=lambda row: (-row.measures.contracted_cost, row.name))
    rest = total(row.measures for row in rows[MAX_BARS:])
    return _bars(overview, rows, rest, share=share_of(rest.contracted_cost, overview.totals.contracted_cost))


def chart(overview: Overview, *, names: Iterable[str], locale: str) -> dict[str, Any]:
    """What the daily chart draws, for JSON. Days to come are on the axis without a value.

    Costs are numbers here since a drawing needs no more; exact ones stand in the table.
    """
    period, slots = overview.period, slots_of(overview)
    days = [period.first_day + timedelta(days=index) for index in range(period.days)]
    partial = [index for index, day in enumerate(overview.days) if day.is_partial]
    return {
        "kind": "bars",
        "bucket": "day",
        "steps": [day.isoformat() for day in days],
        "partial": partial[0] if partial else None,
        "currency": CURRENCY,
        "locale": locale.replace("_", "-"),
        "series": [
            {
                "name": name,
                "slot": slots.get(series.row.id, OTHER),
                "tokens": list(series.tokens),
                "cost": [float(cost) for cost in series.contracted_cost],
            }
            for name, series in zip(names, overview.series, strict=True)
        ],
    }


def _bars(overview: Overview, rows: Sequence[Row], rest: Measures, *, share: Decimal | None) -> Bars:
    slots = slots_of(overview)
    lines = tuple(Line(row, slots.get(row.id, OTHER)) for row in islice(rows, MAX_BARS))
    return Bars(lines, len(rows[MAX_BARS:]), share, rest)
