"""Usage by feature: chat, agents, search, whatever the clients name."""

from dataclasses import dataclass

from usage.panels.answers import Breakdown, Timeseries
from usage.panels.buckets import fitting_bucket
from usage.panels.vocabulary import Dimension
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.series import breakdown_by, timeseries


@dataclass(frozen=True, slots=True, kw_only=True)
class FeaturesAnswer:
    """Every feature, and the leading ones over time."""

    breakdown: Breakdown
    timeseries: Timeseries


def features_panel(request: PanelRequest) -> FeaturesAnswer:
    """What the features used."""
    shown = request.spans.shown
    breakdown = breakdown_by(request.reader, Dimension.FEATURE, request.spans)
    return FeaturesAnswer(
        breakdown=breakdown,
        timeseries=timeseries(
            request.reader,
            shown,
            bucket=fitting_bucket(shown),
            week_start=request.organization.week_start,
            today=request.today,
            by=Dimension.FEATURE,
            rows=breakdown.rows,
        ),
    )
