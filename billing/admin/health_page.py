"""What the admin's page on data health shows, as rows of cells."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing.queries.billing_link import billing_link
from billing.queries.health_links import event_link, link_of
from teams.models import Organization
from teams.permissions import Access
from teams.templatetags.figures import count, day, instant, money
from teams.templatetags.icons import icon
from usage.health import Counts
from usage.progress import Days
from usage.queries.health import DataHealth, Door, KeyHealth, data_health
from usage.queries.health_team import team_health
from usage.queries.sightings import SightedCall

CURRENCY: Final = "USD"
ABSENT: Final = "–"
_UTC: Final = "UTC"


def page_context(*, organization: Organization, days: Days, now: datetime) -> dict[str, Any]:
    """Everything about one organization's receipts, keys, double sightings and shared resources."""
    access = Access(organization_id=organization.pk, is_staff=True)
    found = data_health(organization_id=organization.pk, days=days, now=now)
    return {
        "organization": organization,
        "web_url": reverse("health", args=[organization.slug]),
        "health": found,
        "days": days,
        "billing": billing_link(organization, today=now.date()),
        "findings": [
            (finding, link_of(finding, organization=organization, access=access))
            for finding in found.findings
        ],
        "doors": _doors(found),
        "by_day": _by_day(found),
        "keys": {"headers": _key_headers(), "rows": [_key(key) for key in found.keys]},
        "calls": {
            "headers": [
                _("Response id"),
                _("Reports"),
                _("Member"),
                _("Tokens twice"),
                _("Cost twice, %(currency)s") % {"currency": CURRENCY},
            ],
            "rows": [_call(seen, access) for seen in found.sightings.calls],
        },
        "shared": _shared(organization, days),
    }


def _doors(found: DataHealth) -> dict[str, Any]:
    rows = [
        [_door(receipt.door), *_counts(receipt.counts), _instant(receipt.last_received_at)]
        for receipt in found.doors
    ]
    if rows:
        rows.append([_("Total"), *_counts(found.totals), ""])
    return {"headers": [_("Source"), *_count_headers(), _("Last received, UTC")], "rows": rows}


def _by_day(found: DataHealth) -> dict[str, Any]:
    rows = [
        [day(receipt.day), _door(receipt.door), *_counts(receipt.counts)]
        for receipt in found.receipts
        if receipt.day
    ]
    return {"headers": [_("Day, UTC"), _("Source"), *_count_headers()], "rows": rows}


def _count_headers() -> list[str]:
    return [
        _("Received"),
        _("Stored"),
        _("Duplicate"),
        _("Conflict"),
        _("Quarantined"),
        _("Invalid"),
        _("Late"),
        _("Unattributed"),
        _("Unpriced"),
    ]


def _counts(counts: Counts) -> list[SafeString]:
    return [
        _number(number)
        for number in (
            counts.received,
            counts.stored,
            counts.duplicate,
            counts.conflict,
            counts.quarantined,
            counts.invalid,
            counts.late,
            counts.unattributed,
            counts.unpriced,
        )
    ]


def _number(number: int) -> SafeString:
    return format_html('<span class="billing-number">{}</span>', count(number))


def _instant(moment: datetime | None) -> SafeString | str:
    return format_html('<span class="billing-line">{}</span>', instant(moment, _UTC)) if moment else ABSENT


def _door(door: Door) -> SafeString | str:
    if not door.key_name:
        return str(door.source.label)
    return format_html(
        '<span class="billing-name">{} <span class="billing-quiet">{} · {}…</span></span>',
        door.key_name,
        door.source.label,
        door.key_prefix,
    )


def _key_headers() -> list[str]:
    return [
        _("Key"),
        _("State"),
        _("Last received, UTC"),
        _("Latest event happened, UTC"),
        _("Last used, UTC"),
    ]


def _key(key: KeyHealth) -> list[SafeString | str]:
    words = {
        "active": _("Sending"),
        "silent": _("Silent"),
        "unused": _("Never sent"),
        "read_only": _("Reads only"),
        "expired": _("Expired"),
        "revoked": _("Revoked"),
    }
    sign = {"active": "ok", "silent": "warning"}.get(key.state.value, "")
    tone, drawn = (f"billing-{sign}", icon(sign)) if sign else ("billing-quiet", "")
    return [
        format_html(
            '<span class="billing-name"><a class="billing-link" href="{}">{}</a> '
            '<span class="billing-quiet">{}…</span></span>',
            reverse("admin:teams_apikey_change", args=[key.id]),
            key.name,
            key.prefix,
        ),
        format_html('<span class="billing-state {}">{} {}</span>', tone, drawn, words[key.state.value]),
        _instant(key.last_received_at),
        _instant(key.last_occurred_at),
        _instant(key.last_used_at),
    ]


def _call(seen: SightedCall, access: Access) -> list[SafeString | str]:
    reports: Iterable[tuple[str, str, str]] = (
        (
            event_link(one.position, organization_id=access.organization_id, access=access),
            one.transaction_id,
            f"{one.key_name or one.source.label}{', ' + _('voided') if one.is_voided else ''}",
        )
        for one in seen.events
    )
    return [
        format_html(
            '<span class="billing-name">{} <span class="billing-quiet">{} · {}</span></span>',
            seen.response_id,
            seen.provider_name,
            day(seen.local_date),
        ),
        format_html_join(
            "",
            '<span class="billing-name"><a class="billing-link" href="{}">{}</a> '
            '<span class="billing-quiet">{}</span></span>',
            reports,
        ),
        seen.member or ABSENT,
        _number(seen.doubled_tokens),
        format_html(
            '<span class="billing-number">{}{}</span>',
            "≥ " if seen.doubled_unpriced else "",
            money(seen.doubled_cost, CURRENCY),
        ),
    ]


def _shared(organization: Organization, days: Days) -> dict[str, Any]:
    kinds = {"project": _("Project"), "integration": _("Integration"), "key": _("Only an API key")}
    rows = [
        [
            format_html(
                '<span class="billing-name">{} <span class="billing-quiet">{}</span></span>',
                use.name or kinds[use.kind],
                kinds[use.kind] if use.name else "",
            ),
            _number(use.measures.calls),
            _number(use.measures.total_tokens),
            format_html(
                '<span class="billing-number">{}{}</span>',
                "≥ " if use.measures.unpriced_events else "",
                money(use.measures.contracted_cost, CURRENCY),
            ),
        ]
        for use in team_health(organization_id=organization.pk, days=days).shared
    ]
    headers = [_("Ran under"), _("Calls"), _("Tokens"), _("Cost, %(currency)s") % {"currency": CURRENCY}]
    return {"headers": headers, "rows": rows}
