"""Where to go from a finding of data health, as far as the reader may go there."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from teams.models import Organization
from teams.permissions import Access, may_see_invoices
from usage.health_findings import Finding, FindingKind
from usage.queries.ledger_pages import Position


@dataclass(frozen=True, slots=True)
class HealthLink:
    """A place and what to call the way there; a URL such as ``#keys`` is on the page itself."""

    url: str
    text: str


def link_of(
    finding: Finding, *, organization: Organization, access: Access, invoices: str
) -> HealthLink | None:
    """The page where something can be done about ``finding``, with the address of ``invoices``; None without one."""
    match finding.kind:
        case FindingKind.DOUBLE_SIGHTING:
            return HealthLink("#sightings", _("Show these calls"))
        case FindingKind.SILENT_KEY:
            return HealthLink("#keys", _("Show the keys"))
        case FindingKind.LATE if may_see_invoices(access):
            return HealthLink(invoices, _("Open the invoices"))
        case FindingKind.INVALID | FindingKind.UNATTRIBUTED:
            return _documentation()
        case _ if access.is_staff:
            return _admin_link(finding.kind, organization)
        case FindingKind.CONFLICT:
            return _documentation()
    return None


def event_link(position: Position, *, organization_id: int, access: Access) -> str:
    """The admin page of an event, for staff; empty for others."""
    if not access.is_staff:
        return ""
    return reverse("admin:usage_usageevent_change", args=[f"{organization_id}.{position}"])


def _documentation() -> HealthLink:
    return HealthLink(reverse("api-docs"), _("Read about the fields of an event"))


def _admin_link(kind: FindingKind, organization: Organization) -> HealthLink | None:
    if kind is FindingKind.UNPRICED:
        return HealthLink(reverse("unpriced"), _("Open usage without a price"))
    if kind in (FindingKind.QUARANTINED, FindingKind.CONFLICT):
        chosen: dict[str, object] = {"organization": organization.pk}
        if kind is FindingKind.CONFLICT:
            chosen["reason"] = "conflict"
        address = f"{reverse('admin:usage_quarantinedevent_changelist')}?{urlencode(chosen)}"
        return HealthLink(address, _("Open the quarantine"))
    return None
