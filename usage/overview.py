"""What the overview of a billing period says. Frozen answers; `usage.queries.overview` reads them. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from usage.enums import NoProjection
from usage.figures import Change, Measures, Row, total


@dataclass(frozen=True, slots=True)
class PeriodSpan:
    """A billing period and how far it has come. ``today`` is its day in progress, None once it is over.

    ``through`` is the last day shown: today, or the period's last. Days are those of ``time_zone``.
    """

    month: date
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    first_day: date
    last_day: date
    today: date | None
    through: date

    @property
    def days(self) -> int:
        """Days of the whole period."""
        return (self.last_day - self.first_day).days + 1

    @property
    def complete_days(self) -> int:
        """Days of the period that are over."""
        return self.days if self.today is None else (self.today - self.first_day).days


@dataclass(frozen=True, slots=True)
class DailyAverage:
    """Per complete day of the period, today left out; ``days`` says how many. None on the first day."""

    days: int
    tokens: Decimal | None
    contracted_cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Compared:
    """The period against the one before it, over as many complete days of each as ``days`` says.

    For a period that is over, both are taken whole.
    """

    previous_month: date
    days: int
    change: Change


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the period. ``is_partial`` marks today."""

    day: date
    is_partial: bool
    measures: Measures


@dataclass(frozen=True, slots=True)
class Series:
    """One model's values for each of ``Overview.days``; with ``row`` of kind OTHER, all smaller models'."""

    row: Row
    measures: tuple[Measures, ...]

    @property
    def tokens(self) -> tuple[int, ...]:
        return tuple(measures.total_tokens for measures in self.measures)

    @property
    def contracted_cost(self) -> tuple[Decimal, ...]:
        return tuple(measures.contracted_cost for measures in self.measures)

    @property
    def total(self) -> Measures:
        """All its days together."""
        return total(self.measures)


@dataclass(frozen=True, slots=True)
class Projected:
    """Tokens and cost at the period's end, or ``reason`` why not; see ``usage.projection`` for how.

    Low and high: the rest like the lowest and the highest of the last ``weeks`` weeks. Never below what is
    spent. Like the cost so far, a projected cost leaves out what has no price.
    """

    reason: NoProjection | None
    weeks: int
    history_days: int
    tokens_low: int | None
    tokens: int | None
    tokens_high: int | None
    cost_low: Decimal | None
    cost: Decimal | None
    cost_high: Decimal | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole panel. Every tuple of rows adds up to ``totals`` exactly.

    ``shared`` is usage without a member, by what it ran under: a project, else an integration, else nothing
    but the key (kind UNATTRIBUTED); it adds up to the UNATTRIBUTED row of ``members``.
    ``cached_input_tokens`` are part of the input. ``as_of`` is the instant up to which everything stored is
    included; ``last_event_at`` the latest occurrence known in the viewer's scope, None without events and for
    department leads, whose scope has no cheap answer.
    """

    organization_id: int
    period: PeriodSpan
    as_of: datetime
    last_event_at: datetime | None
    is_whole_organization: bool
    totals: Measures
    failures: int
    cached_input_tokens: int
    daily_average: DailyAverage
    compared: Compared | None
    projected: Projected
    days: tuple[Day, ...]
    series: tuple[Series, ...]
    models: tuple[Row, ...]
    departments: tuple[Row, ...]
    projects: tuple[Row, ...]
    members: tuple[Row, ...]
    shared: tuple[Row, ...]
