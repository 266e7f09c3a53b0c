"""Trends: week by week, this week against last and what drove it, days far above the usual, the seasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from usage.figures import NOTHING, Change, Measures
from usage.panels.answers import Timeseries
from usage.panels.basis import TOKENS_OR_COST, Basis, amount, asked_basis
from usage.panels.buckets import steps_of, sums_in
from usage.panels.contributions import Contribution, driver_of
from usage.panels.filters import BadFilter, one
from usage.panels.parameters import DRIVER
from usage.panels.seasons import Seasons, season_days, seasons_of
from usage.panels.spikes import FEWEST_WEEKS_BACK, WEEKS_BACK, Spike, spikes_in
from usage.panels.vocabulary import DIMENSION_NAMES, Bucket, Dimension
from usage.panels.weeks import WEEK, WeeksCompared, weeks_compared, weeks_shown
from usage.progress import Days, totals_over
from usage.queries.panels.drivers import SpikeDriver, drivers
from usage.queries.panels.request import PanelRequest

DRIVERS: Final = (
    Dimension.MODEL,
    Dimension.FEATURE,
    Dimension.DEPARTMENT,
    Dimension.MEMBER,
    Dimension.PROJECT,
)
MOST_SPIKES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekOverWeek:
    """A week's complete days against those of the week before. ``parts`` add up to the change exactly, whichever
    way each went; ``driver`` is the one that moved most in the direction of the whole. ``current`` holds all
    measures of the days compared."""

    compared: WeeksCompared
    current: Measures
    previous: Measures
    change: Change
    parts: tuple[Contribution, ...]
    driver: Contribution | None

    @property
    def tokens_change(self) -> int:
        return self.change.tokens - self.change.previous_tokens

    @property
    def cost_change(self) -> Decimal:
        return self.change.contracted_cost - self.change.previous_contracted_cost


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedSpike:
    """A spike with its driver; ``is_partial`` while its day is not over."""

    spike: Spike
    driver: SpikeDriver | None
    is_partial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendsAnswer:
    """``on_spikes`` is what falls on spikes in each of the ``weeks``. ``spikes`` are the latest ones of
    ``spikes_found``. ``history_since`` is the first day with usage among the days that were looked at."""

    basis: Basis
    by: Dimension
    weeks: Timeseries
    on_spikes: tuple[Measures, ...]
    week: WeekOverWeek
    spikes: tuple[MarkedSpike, ...]
    spikes_found: int
    seasons: Seasons
    history_since: date | None

    @property
    def is_history_short(self) -> bool:
        """Whether no day shown has three weeks of history before it."""
        last = self.weeks.steps[-1].days.last
        return self.history_since is None or self.history_since > last - FEWEST_WEEKS_BACK * WEEK

    @property
    def dimensions(self) -> list[tuple[Dimension, Promise]]:
        """What drivers can be looked for in, with its name."""
        return [(dimension, DIMENSION_NAMES[dimension]) for dimension in DRIVERS]


def trends_panel(request: PanelRequest) -> TrendsAnswer:
    """Trends, by the ``basis`` and with the dimension ``driver`` that are asked for. Raises ``BadFilter``."""
    return trends(request, basis=asked_basis(request.parameters, TOKENS_OR_COST), by=_asked_driver(request))


def _asked_driver(request: PanelRequest) -> Dimension:
    """The dimension that drivers are looked for in, models unless said. Raises ``BadFilter``."""
    value = one(request.parameters, DRIVER)
    if value and value not in DRIVERS:
        raise BadFilter(DRIVER, _("Choose one of: %(known)s.") % {"known": ", ".join(DRIVERS)})
    return Dimension(value) if value else DRIVERS[0]


def trends(request: PanelRequest, *, basis: Basis, by: Dimension) -> TrendsAnswer:
    """Trends of the weeks around the days shown, in three queries. The days are read once, for all of it."""
    week_start, today = request.organization.week_start, request.today
    days = weeks_shown(request.spans.shown, week_start=week_start)
    by_day = request.reader.by_day(_reach(days, today))
    history_since = min((day for day, measures in by_day.items() if measures != NOTHING), default=None)
    values = {day: amount(measures, basis) for day, measures in by_day.items()}
    spikes = spikes_in(days, values, history_since=history_since)
    latest = tuple(reversed(spikes[-MOST_SPIKES:]))
    compared = weeks_compared(request.spans.shown.last, today=today, week_start=week_start)
    found = drivers(request.reader, compared, latest, basis=basis, by=by)
    steps = steps_of(days, bucket=Bucket.WEEK, week_start=week_start, today=today)
    return TrendsAnswer(
        basis=basis,
        by=by,
        weeks=Timeseries(bucket=Bucket.WEEK, by=None, steps=steps, totals=sums_in(steps, by_day), series=()),
        on_spikes=sums_in(steps, {spike.day: by_day[spike.day] for spike in spikes}),
        week=_week_over_week(by_day, compared, found.parts),
        spikes=tuple(
            MarkedSpike(spike=spike, driver=driver, is_partial=spike.day >= today)
            for spike, driver in zip(latest, found.of_spikes, strict=True)
        ),
        spikes_found=len(spikes),
        seasons=seasons_of(values, today=today, history_since=history_since, week_start=week_start),
        history_since=history_since,
    )


def _reach(days: Days, today: date) -> Days:
    """What the weeks, the days that spikes are compared with and the seasons need."""
    seasons = season_days(today)
    return Days(min(days.first - WEEKS_BACK * WEEK, seasons.first), max(days.last, today - timedelta(days=1)))


def _week_over_week(
    by_day: Mapping[date, Measures], compared: WeeksCompared, parts: tuple[Contribution, ...]
) -> WeekOverWeek:
    current, previous = totals_over(by_day, compared.current), totals_over(by_day, compared.previous)
    return WeekOverWeek(
        compared=compared,
        current=current,
        previous=previous,
        change=Change(
            current.total_tokens, previous.total_tokens, current.contracted_cost, previous.contracted_cost
        ),
        parts=parts,
        driver=driver_of(parts),
    )
