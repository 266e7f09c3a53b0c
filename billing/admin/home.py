"""The admin's first page: every organization in its current billing month, for finance staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any, Final

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing.admin.home_cards import QUARANTINE, ledger_card, quarantine_card
from billing.admin.month_close_page import close_summary
from usage.enums import NoProjection
from usage.figures import Measures, total
from usage.queries.organizations_home import OrganizationRow, count_organizations, organizations_home

CURRENCY: Final = "USD"
PER_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Totals:
    """The organizations of one page together. ``projected_cost`` takes what is spent where nothing is projected.

    ``unprojected`` says for how many that was so.
    """

    currency: str
    measures: Measures
    projected_cost: Decimal
    unprojected: int


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fills the page; unfold calls it (``DASHBOARD_CALLBACK``)."""
    now = timezone.now()
    count = count_organizations()
    pages = max(ceil(count / PER_PAGE), 1)
    page = min(max(_whole_number(request.GET.get("page", "")), 1), pages)
    rows = organizations_home(now=now, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
    return context | {
        "title": _("All organizations"),
        "table_title": _("This billing month"),
        "now": now,
        "count": count,
        "page": page,
        "pages": pages,
        "totals": totals_of(rows),
        "table": {"headers": _headers(), "rows": [_cells(row) for row in rows]},
        "quarantine": quarantine_card(now),
        "ledger": ledger_card(now),
        "close": close_summary(),
    }


def totals_of(rows: Sequence[OrganizationRow]) -> Totals:
    """What the cards say."""
    return Totals(
        currency=CURRENCY,
        measures=total(row.totals for row in rows),
        projected_cost=sum((_expected_cost(row) for row in rows), Decimal(0)),
        unprojected=sum(row.projected.reason is NoProjection.NOT_ENOUGH_HISTORY for row in rows),
    )


def _expected_cost(row: OrganizationRow) -> Decimal:
    return row.totals.contracted_cost if row.projected.cost is None else row.projected.cost


def _headers() -> list[str]:
    return [
        _("Organization"),
        _("Tokens"),
        _("Cost so far, %(currency)s") % {"currency": CURRENCY},
        _("Projected, %(currency)s") % {"currency": CURRENCY},
        _("Change of cost"),
        _("Unpriced events"),
        _("Quarantine"),
        _("Conflicts"),
        _("Last event, UTC"),
    ]


_CELLS: Final = (
    "organization", "tokens", "cost", "projected", "change", "unpriced", "quarantine", "conflicts", "last_event",
)  # fmt: skip


def _cells(row: OrganizationRow) -> list[SafeString]:
    context = {"row": row, "currency": CURRENCY, "quarantine_url": reverse(QUARANTINE)}
    return [
        SafeString(render_to_string("admin/organization_cell.html", {**context, "cell": cell}).strip())
        for cell in _CELLS
    ]


def _whole_number(written: str) -> int:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 9 else 1
