"""Patterns of the week: when an organization works, and when it is quiet."""

from dataclasses import dataclass
from typing import Final

from usage.panels.basis import Basis, asked_basis
from usage.panels.heat import Heatmap, heatmap_of
from usage.panels.hours import hours_in
from usage.queries.panels.hours import periods_over, sums_by_hour
from usage.queries.panels.request import PanelRequest

BASES: Final[tuple[Basis, ...]] = (Basis.TOKENS, Basis.COST, Basis.CALLS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternsAnswer:
    """The heat map, and the zones of its hours in order: more than one where the zone was changed.

    ``is_departments_only`` is True for leads: what they used outside their departments has no hours among these.
    """

    heatmap: Heatmap
    time_zones: tuple[str, ...]
    is_departments_only: bool


def patterns_panel(request: PanelRequest) -> PatternsAnswer:
    """Usage by hour of the week, by the basis that is asked for; in three queries or fewer.

    Raises ``BadFilter`` and ``NotOffered``.
    """
    shown = request.spans.shown
    periods = periods_over(request.organization.pk, shown)
    sums = sums_by_hour(request.reader, shown, periods=periods)
    return PatternsAnswer(
        heatmap=heatmap_of(
            sums,
            hours_in(periods, shown, now=request.now),
            basis=asked_basis(request.parameters, BASES),
            week_start=request.organization.week_start,
        ),
        time_zones=tuple(dict.fromkeys(period.time_zone for period in periods)),
        is_departments_only=not (request.visible.whole_organization or request.is_own_only),
    )
