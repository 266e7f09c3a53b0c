"""Who asks for a panel, of what, and how it is filtered: made once per request, read by every panel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from teams.models import Organization
from teams.permissions import Access, Visible, usage_scope
from usage.panels.filters import Asked, Parameters, asked_filter
from usage.panels.vocabulary import Dimension
from usage.progress import Spans
from usage.queries.names import merges
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.resolve import resolved
from usage.queries.period_span import current_spans


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelRequest:
    """What every panel is read for. ``names`` are the parts of its address, ``parameters`` all of its query string.

    Days are those of ``time_zone``, the organization's zone today.
    """

    organization: Organization
    access: Access
    asked: Asked
    reader: PanelReader
    time_zone: str
    now: datetime
    parameters: Parameters = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

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
) -> PanelRequest:
    """Read a request for a panel that can be filtered by ``dimensions``. Raises ``BadFilter``."""
    today, zone = local_today(organization.pk, now=now)
    asked = asked_filter(
        parameters,
        today=today,
        dimensions=dimensions,
        fiscal_year_start=organization.fiscal_year_start,
    )
    merged = merges(organization.pk)
    reader = PanelReader(
        organization_id=organization.pk,
        visible=usage_scope(access),
        chosen=resolved(asked.chosen, organization_id=organization.pk, merged=merged),
        merged=merged,
    )
    return PanelRequest(
        organization=organization,
        access=access,
        asked=asked,
        reader=reader,
        time_zone=zone,
        now=now,
        parameters=parameters,
        names=names or {},
    )


def local_today(organization_id: int, *, now: datetime) -> tuple[date, str]:
    """The organization's day at ``now``, as the ledger would book it, and its zone."""
    span = current_spans([organization_id], now=now).get(organization_id)
    if span is None or span.today is None:
        return now.astimezone(ZoneInfo("UTC")).date(), "UTC"
    return span.today, span.time_zone
