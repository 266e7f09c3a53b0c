"""Usage over time, and what it is made of, over time or not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from usage.breakdown import Told, leading, together
from usage.figures import NOTHING, Measures, Row, total
from usage.panels.answers import Breakdown, SeriesLine, Timeseries
from usage.panels.buckets import Step, step_of, steps_of, sums_in
from usage.panels.sums_sql import Leading
from usage.panels.vocabulary import IDENTIFIED, Bucket, Dimension
from usage.progress import Days, Spans
from usage.queries.names import DIRECTORIES
from usage.queries.panels.reader import PanelReader

MOST_LINES: Final = 5
"""Values that have a line of their own; with "other" a chart has at most six."""


def breakdown_by(reader: PanelReader, by: Dimension, spans: Spans, *, top: int | None = None) -> Breakdown:
    """Usage by a dimension in the days shown; beyond the ``top`` values by cost the rest is one row."""
    if top is not None and by.value in DIRECTORIES:
        # One more than the top ones: alone it would not be "other".
        told = reader.told_of_each((by,), spans, Leading(by_cost=top + 1))[by]
    else:
        told = Told(reader.spends(by, spans))
    rows = reader.lines(by, told, is_compared=spans.compared is not None, top=top)
    return Breakdown(by=by, total=told.total, rows=rows)


def timeseries(
    reader: PanelReader,
    days: Days,
    *,
    bucket: Bucket,
    week_start: int,
    today: date,
    by: Dimension | None = None,
    lines: int = MOST_LINES,
    rows: Sequence[Row] | None = None,
) -> Timeseries:
    """Usage in steps of ``bucket``; by a dimension, the ``lines`` leading values and all others together.

    ``rows`` are all rows of ``by`` over these days, where they were read already.
    """
    steps = steps_of(days, bucket=bucket, week_start=week_start, today=today)
    step = step_of(bucket)
    totals = sums_in(steps, reader.by_step(days, step=step))
    series: tuple[SeriesLine, ...] = ()
    if by is not None:
        if rows is None:
            rows = reader.lines(by, _candidates(reader, by, days, lines), is_compared=False)
        used = tuple(
            row if row.change is None else replace(row, change=None)
            for row in rows
            if row.measures != NOTHING
        )
        series = _lines(reader, by, used, days=days, step=step, steps=steps, totals=totals, lines=lines)
    return Timeseries(bucket=bucket, by=by, steps=steps, totals=totals, series=series)


def _candidates(reader: PanelReader, by: Dimension, days: Days, lines: int) -> Told:
    """Sums by a dimension in which the ``lines`` leading values are told one by one: each of them is among as many
    leading ones by cost, or by tokens."""
    spans = Spans(days, None, None)
    if by.value not in DIRECTORIES:
        return Told(reader.spends(by, spans))
    return reader.told_of_each((by,), spans, Leading(by_cost=lines, by_tokens=lines))[by]


def value_of(row: Row) -> int | str:
    """The value of the dimension that a named row of a breakdown stands for, as its column holds it."""
    return row.id if row.entity in IDENTIFIED else row.external_id


def _lines(
    reader: PanelReader,
    by: Dimension,
    rows: tuple[Row, ...],
    *,
    days: Days,
    step: Bucket,
    steps: tuple[Step, ...],
    totals: tuple[Measures, ...],
    lines: int,
) -> tuple[SeriesLine, ...]:
    first = leading(rows, count=lines)
    values = [value_of(row) for row in first]
    sums = reader.by_step_and(by, days, step=step, values=values) if first else {}
    found = [SeriesLine(row, sums_in(steps, sums[value_of(row)])) for row in first]
    if rest := [row for row in rows if row not in first]:
        # What is not among the lines is the others': so each step adds up, whatever is merged or unnamed.
        told = [total(line.measures[index] for line in found) for index in range(len(steps))]
        others = tuple(whole - part for whole, part in zip(totals, told, strict=True))
        found.append(SeriesLine(together(rest, whole=total(row.measures for row in rows)), others))
    return tuple(found)
