"""Where the findings and calls of data health lead, as far as the reader may go there."""

from typing import Any

from django import template

from billing.queries.health_links import HealthLink, event_link, link_of
from billing.templatetags.overview import money_page
from usage.health_findings import Finding
from usage.queries.ledger_pages import Position

register = template.Library()


@register.simple_tag(takes_context=True)
def finding_link(context: dict[str, Any], finding: Finding) -> HealthLink | None:
    """The page where something can be done about a finding, in the face that the page stands in where it has one."""
    return link_of(
        finding,
        organization=context["organization"],
        access=context["access"],
        invoices=money_page(context, "invoices"),
    )


@register.simple_tag(takes_context=True)
def event_url(context: dict[str, Any], position: Position) -> str:
    """The admin's page of an event, for staff; empty for others."""
    access = context["access"]
    return event_link(position, organization_id=access.organization_id, access=access)
