"""Who asks for a panel, of what, and how it is filtered: made once per request, read by every panel."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from teams.models import Organization
from teams.permissions import Access, Visible, usage_scope
from usage.panels.filters import Asked, Parameters, asked_filter
from usage.panels.vocabulary import Dimension
from usage.progress import Spans
from usage.queries.bearings import Bearings, bearings
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.resolve import resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelRequest:
    """What every panel is read for. ``names`` are the parts of its address, ``parameters`` all of its query string.

    Days are those of ``time_zone``, the organization's zone today.
    """

    organization: Organization
    access: Access
    asked: Asked
    reader: PanelReader
    bearings: Bearings
    parameters: Parameters = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.bearings.now

    @property
    def time_zone(self) -> str:
        return self.bearings.time_zone

    @property
    def spans(self) -> Spans:
        """The days shown and the days compared."""
        return self.asked.spans

    @property
    def today(self) -> date:
        return self.asked.today

    @property
    def visible(self) -> Visible:
        return self.reader.visible

    @property
    def is_own_only(self) -> bool:
        """Whether the asker sees no usage but their own."""
        return not (self.visible.whole_organization or self.visible.department_ids)


def panel_request(
    *,
    organization: Organization,
    access: Access,
    parameters: Parameters,
    dimensions: Sequence[Dimension],
    now: datetime,
    names: Mapping[str, str] | None = None,
    own: Collection[str] = (),
) -> PanelRequest:
    """Read a request for a panel that can be filtered by ``dimensions``. Raises ``BadFilter``.

    Parameters that are the panel's ``own`` say nothing of the filter, whatever they are called.
    Call it in the snapshot that the panel is read in: it finds out which months' sums count there.
    """
    found = bearings(organization.pk, now=now)
    asked = asked_filter(
        {name: values for name, values in parameters.items() if name not in own},
        today=found.today,
        dimensions=dimensions,
        fiscal_year_start=organization.fiscal_year_start,
    )
    reader = PanelReader(
        organization_id=organization.pk,
        visible=usage_scope(access),
        chosen=resolved(asked.chosen, organization_id=organization.pk, merged=found.merged),
        merged=found.merged,
        kept=found.kept,
        since=found.since,
    )
    return PanelRequest(
        organization=organization,
        access=access,
        asked=asked,
        reader=reader,
        bearings=found,
        parameters=parameters,
        names=names or {},
    )
