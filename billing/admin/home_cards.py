"""Cards of the admin's first page about what the ledger could not take in, and whether it agrees with itself."""

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.admin.invoice_values import written_count
from usage.queries.ledger_nights import ledger_nights
from usage.queries.quarantine import rejected_on, waiting_by_reason

QUARANTINE: Final = "admin:usage_quarantinedevent_changelist"
_CHECKS: Final = "admin:usage_ledgercheck"


def quarantine_card(now: datetime) -> dict[str, Any]:
    """Open entries by reason with the age of the oldest, and what was rejected on this UTC day."""
    url = reverse(QUARANTINE)
    waiting = waiting_by_reason()
    return {
        "url": url,
        "count": sum(item.count for item in waiting),
        "rejected": rejected_on(now.astimezone(UTC).date()),
        "reasons": [
            {
                "label": item.reason.label,
                "count": item.count,
                "age": timesince(item.oldest_at, now, depth=1),
                "url": f"{url}?{urlencode({'reason': item.reason.value})}",
            }
            for item in waiting
        ],
    }


def ledger_card(now: datetime) -> dict[str, Any]:
    """What the last nightly check found, and how far a running one is."""
    nights = ledger_nights()
    running = _("Checking: %(done)s of %(count)s organizations.") % {
        "done": written_count(nights.done),
        "count": written_count(nights.count),
    }
    if nights.finished is None or nights.finished.finished_at is None:
        return {
            "label": _("Ledger"),
            "words": _("not verified yet"),
            "detail": running if nights.running else _("It is verified every day from 12:30 UTC on."),
        }
    found, at = nights.finished, nights.finished.finished_at.astimezone(UTC)
    differences = ngettext("%(count)s difference", "%(count)s differences", found.differences)
    rows = ngettext("%(count)s row compared", "%(count)s rows compared", found.rows)
    is_today = at.date() == now.astimezone(UTC).date()
    words = (
        differences % {"count": written_count(found.differences)}
        if found.differences
        else _("no differences")
    )
    return {
        "label": _("Ledger verified %(instant)s UTC")
        % {"instant": f"{at:{'%H:%M' if is_today else '%Y-%m-%d %H:%M'}}"},
        "words": _("not all was checked") if found.error and not found.differences else words,
        "is_wrong": bool(found.differences or found.error),
        "detail": rows % {"count": written_count(found.rows)},
        "url": reverse(f"{_CHECKS}_change", args=(found.pk,)),
        "running": running if nights.running else "",
    }
