"""What panels answer, as far as several of them say the same. Frozen; money is US dollars, exact. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from usage.breakdown import Spend
from usage.figures import FurtherMeasures, Measures, Row
from usage.panels.buckets import Step
from usage.panels.vocabulary import Bucket, Dimension


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """One value of a dimension over the steps of a series. ``row`` is of kind OTHER for all smaller ones together.

    ``further`` has one entry per step as well, if further measures were asked for.
    """

    row: Row
    measures: tuple[Measures, ...]
    further: tuple[FurtherMeasures, ...] = ()

    @property
    def tokens(self) -> tuple[int, ...]:
        return tuple(measures.total_tokens for measures in self.measures)

    @property
    def contracted_cost(self) -> tuple[Decimal, ...]:
        return tuple(measures.contracted_cost for measures in self.measures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeseries:
    """Usage step by step. ``totals`` has one entry per step; the lines of ``series`` add up to it in every step.

    So has ``further`` and do its lines, if further measures were asked for.
    """

    bucket: Bucket
    by: Dimension | None
    steps: tuple[Step, ...]
    totals: tuple[Measures, ...]
    series: tuple[SeriesLine, ...]
    further: tuple[FurtherMeasures, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """Usage by one dimension. ``rows`` add up to ``total`` exactly.

    ``further`` has the total of further measures and those of each row, if any were asked for; they add up as well.
    """

    by: Dimension
    total: Spend
    rows: tuple[Row, ...]
    further: tuple[FurtherMeasures, tuple[FurtherMeasures, ...]] | None = None
