"""Series whose sums were read already, by one query for several of them."""

from collections.abc import Mapping, Sequence
from datetime import date

from usage.breakdown import leading, together
from usage.enums import RowKind
from usage.figures import NOTHING, Measures, Row, total
from usage.panels.answers import SeriesLine, Timeseries
from usage.panels.buckets import Step, sums_in
from usage.panels.vocabulary import Bucket, Dimension
from usage.queries.panels.series import MOST_LINES, value_of

ByDay = Mapping[date, Measures]


def stacked(
    sums: Mapping[int | str, ByDay],
    *,
    by: Dimension,
    rows: Sequence[Row],
    steps: tuple[Step, ...],
    bucket: Bucket,
    lines: int = MOST_LINES,
    keeps_unattributed: bool = False,
) -> Timeseries:
    """The leading ``rows`` step by step, and all others together; what is in no row is among those.

    With ``keeps_unattributed`` usage that named none is a line of its own, as a table needs it.
    """
    by_day: dict[date, Measures] = {}
    for days in sums.values():
        for day, of_day in days.items():
            by_day[day] = by_day.get(day, NOTHING) + of_day
    totals = sums_in(steps, by_day)
    rows = [row for row in rows if row.measures != NOTHING]
    first = leading(rows, count=lines)
    if keeps_unattributed:
        first += [row for row in rows if row.kind is RowKind.UNATTRIBUTED]
    found = [SeriesLine(row, sums_in(steps, sums.get(value_of(row), {}))) for row in first]
    if rest := [row for row in rows if row not in first]:
        told = [total(line.measures[index] for line in found) for index in range(len(steps))]
        others = tuple(whole - part for whole, part in zip(totals, told, strict=True))
        found.append(SeriesLine(together(rest, whole=total(row.measures for row in rows)), others))
    return Timeseries(bucket=bucket, by=by, steps=steps, totals=totals, series=tuple(found))
