"""Usage over time, and what it is made of, over time or not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from usage.breakdown import Told, leading, together
from usage.enums import RowKind
from usage.figures import NOTHING, NOTHING_FURTHER, FurtherMeasures, Measures, Row, total
from usage.panels.answers import Breakdown, SeriesLine, Timeseries
from usage.panels.buckets import Step, amounts_in, step_of, steps_of
from usage.panels.measures import ALWAYS, Amounts, Kind, with_further
from usage.panels.sums_sql import Leading
from usage.panels.vocabulary import IDENTIFIED, Bucket, Dimension
from usage.progress import Days, Spans
from usage.queries.names import DIRECTORIES
from usage.queries.panels.reader import PanelReader

MOST_LINES: Final = 5
"""Values that have a line of their own; with "other" a chart has at most six."""
_FEW_OTHERS: Final = 3
"""So many more values are rather read step by step with those that have a line, than all usage once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The days of a series, and the ``steps`` that it takes through them, or through those of a page, the days
    ``told``."""

    days: Days
    bucket: Bucket
    steps: tuple[Step, ...]
    told: Days


def breakdown_by(
    reader: PanelReader, by: Dimension, spans: Spans, *, top: int | None = None, further: Sequence[str] = ()
) -> Breakdown:
    """Usage by a dimension in the days shown; beyond the ``top`` values by cost the rest is one row.

    ``further`` names further measures that are told of each row.
    """
    if top is not None and by.value in DIRECTORIES:
        # One more than the top ones: alone it would not be "other".
        told = reader.told_of_each((by,), spans, Leading(by_cost=top + 1))[by]
    else:
        told = Told(reader.spends(by, spans))
    rows = reader.lines(by, told, is_compared=spans.compared is not None, top=top)
    more = None
    if further:
        whole, of_rows = _further_of(reader, further, by, rows, spans.shown)
        if len(of_rows) > len(rows):
            rows = (*rows, _beyond_rows(by))
        more = (whole, tuple(of_rows))
    return Breakdown(by=by, total=told.total, rows=rows, further=more)


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
    """Usage in steps of ``bucket``, of days or more; by a dimension, the ``lines`` leading values and all others
    together.

    ``rows`` are all rows of ``by`` over these days, where they were read already.
    """
    steps = steps_of(days, bucket=bucket, week_start=week_start, today=today)
    return series_over(
        reader, Course(days=days, bucket=bucket, steps=steps, told=days), by=by, lines=lines, rows=rows
    )


def series_over(
    reader: PanelReader,
    course: Course,
    *,
    by: Dimension | None = None,
    lines: int = MOST_LINES,
    rows: Sequence[Row] | None = None,
    further: Sequence[str] = (),
) -> Timeseries:
    """The same over any steps. ``further`` names further measures that are told of each step.

    Lines are those of all days of the course, and so are their rows, on whichever page its steps are.
    """
    if by is not None and rows is None:
        rows = reader.lines(by, _candidates(reader, by, course.days, lines), is_compared=False)
    used = [
        row if row.change is None else replace(row, change=None)
        for row in rows or ()
        if row.measures != NOTHING
    ]
    first = leading(used, count=lines)
    is_whole = by is not None and by.value not in DIRECTORIES and len(used) <= len(first) + _FEW_OTHERS
    totals, *told, others = _told_in_steps(reader, course, by, first, further, is_whole=is_whole)
    series = [SeriesLine(row, of.always, of.further) for row, of in zip(first, told, strict=True)]
    # Whether another page has any is not known: all have the line.
    is_paged = course.told != course.days
    if rest := [row for row in used if row not in first]:
        other = together(rest, whole=total(row.measures for row in used))
        series.append(SeriesLine(other, others.always, others.further))
    elif by and ((is_paged and further) or any(of_step != NOTHING_FURTHER for of_step in others.further)):
        series.append(SeriesLine(_beyond_rows(by), others.always, others.further))
    return Timeseries(
        bucket=course.bucket,
        by=by,
        steps=course.steps,
        totals=totals.always,
        series=tuple(series),
        further=totals.further,
    )


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


@dataclass(frozen=True, slots=True)
class _InSteps:
    """What falls into each step."""

    always: tuple[Measures, ...]
    further: tuple[FurtherMeasures, ...] = ()


def _told_in_steps(
    reader: PanelReader,
    course: Course,
    by: Dimension | None,
    rows: Sequence[Row],
    further: Sequence[str],
    *,
    is_whole: bool,
) -> list[_InSteps]:
    """In all; of each of ``rows``; and of all others together, which are few if it ``is_whole``."""
    if not further:
        return [_InSteps(told) for told in _in_steps(reader, ALWAYS, course, by, rows, is_whole=is_whole)]
    return [
        _InSteps(tuple(of.always for of in told), tuple(of.further for of in told))
        for told in _in_steps(reader, with_further(further), course, by, rows, is_whole=is_whole)
    ]


def _in_steps(
    reader: PanelReader,
    kind: Kind[Amounts],
    course: Course,
    by: Dimension | None,
    rows: Sequence[Row],
    *,
    is_whole: bool,
) -> list[tuple[Amounts, ...]]:
    step, values = step_of(course.bucket), [value_of(row) for row in rows]
    sums: dict[int | str, dict[date, Amounts]] = {}
    if by and is_whole:
        sums = reader.amounts_by_step_and(kind, by, course.told, step=step)
        starts = {start for of_value in sums.values() for start in of_value}
        by_step = {
            start: kind.total(of_value[start] for of_value in sums.values() if start in of_value)
            for start in starts
        }
    else:
        by_step = reader.amounts_by_step(kind, course.told, step=step)
        if by and values:
            sums = reader.amounts_by_step_and(kind, by, course.told, step=step, values=values)
    totals = amounts_in(course.steps, by_step, nothing=kind.nothing)
    told: list[tuple[Amounts, ...]] = [
        amounts_in(course.steps, sums.get(value, {}), nothing=kind.nothing) for value in values
    ]
    # What is not among the lines is the others': so each step adds up, whatever is merged or unnamed.
    parts = [kind.total(line[place] for line in told) for place in range(len(course.steps))]
    told.insert(0, totals)
    told.append(tuple(whole - part for whole, part in zip(totals, parts, strict=True)))
    return told


def _further_of(
    reader: PanelReader, names: Sequence[str], by: Dimension, rows: Sequence[Row], days: Days
) -> tuple[FurtherMeasures, list[FurtherMeasures]]:
    """Of all usage, and of each of ``rows``; what is in none of these comes last, if there is any."""
    kind = with_further(names)
    sums = reader.amounts(kind, by, days)
    whole = kind.total(sums.values()).further
    of_rows = [
        NOTHING_FURTHER if row.kind is RowKind.OTHER else sums.get(value_of(row), kind.nothing).further
        for row in rows
    ]
    rest = whole - sum(of_rows, NOTHING_FURTHER)
    if rest != NOTHING_FURTHER:
        others = [place for place, row in enumerate(rows) if row.kind is RowKind.OTHER]
        if others:
            of_rows[others[0]] = rest
        else:
            of_rows.append(rest)
    return whole, of_rows


def _beyond_rows(by: Dimension) -> Row:
    """For further measures of what has no row: no calls, no tokens and no cost, such as a processing time alone."""
    return Row(
        kind=RowKind.OTHER,
        entity=by.value,
        id=0,
        external_id="",
        name="",
        detail="",
        is_placeholder=False,
        entries=0,
        measures=NOTHING,
        share_of_tokens=None,
        share_of_cost=None,
        change=None,
    )
