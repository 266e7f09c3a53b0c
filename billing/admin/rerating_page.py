"""What the page of a re-rating shows: sums before and after, and a line per organization and month."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.admin.invoice_values import ABSENT, figure, written_count
from billing.admin.month_close_page import invoice_cell, organization_cell
from billing.enums import InvoiceStatus
from billing.models import Invoice
from billing.queries.rerating_invoices import Place, count_issued, invoices_of
from teams.formatting import money, money_exact
from teams.templatetags.figures import reader_locale
from usage.enums import ReratingStatus
from usage.models import Rerating, ReratingPart
from usage.queries.rerating import ReratingTotals, changed_parts, rerating_totals

SHOWN: Final = 200
"""Lines of a page; the sums above them are of all."""


def rerating_context(rerating: Rerating) -> dict[str, Any]:
    """The whole page but its forms."""
    totals = rerating_totals(rerating)
    parts = list(changed_parts(rerating)[:SHOWN])
    invoices = invoices_of(parts)
    changed = rerating.parts.filter(events__gt=0).count()
    issued = count_issued(rerating) if totals.found.events else 0
    return {
        "rerating": rerating,
        "cards": _cards(rerating, totals),
        "progress": _progress(rerating, totals),
        "is_counting": rerating.status in (ReratingStatus.LOOKING, ReratingStatus.COUNTING),
        "is_waiting": rerating.status == ReratingStatus.PREVIEWED,
        "is_running": rerating.status == ReratingStatus.RUNNING,
        "has_changes": bool(totals.found.events),
        "still_unpriced": written_count(totals.found.unpriced_after) if totals.found.unpriced_after else "",
        "left_unpriced": _left_words(totals) if rerating.status == ReratingStatus.PREVIEWED else "",
        "issued": _issued_words(issued) if totals.found.events else "",
        "table": {"headers": _headers(), "rows": [_row(part, invoices) for part in parts]},
        "hidden": changed - len(parts),
        "start_url": f"{reverse('admin:usage_rerating_start')}?model={rerating.model_id}",
    }


def _cards(rerating: Rerating, totals: ReratingTotals) -> list[tuple[str, str]]:
    found = totals.found
    cards = [
        (_("Events with another price"), written_count(found.events)),
        (_("Organizations"), written_count(totals.organizations)),
        (_("Months"), _months(totals)),
        (_("Cost before"), _known(_rounded(found.contracted_before), found.unpriced_before, found.events)),
        (_("Cost after"), _known(_rounded(found.contracted_after), found.unpriced_after, found.events)),
        (
            _("By the list, before and after"),
            _before_and_after(
                _known(_rounded(found.list_before), found.list_unpriced_before, found.events),
                _known(_rounded(found.list_after), found.list_unpriced_after, found.events),
            ),
        ),
    ]
    if found.unpriced_before or found.unpriced_after:
        cards += [
            (
                _("Unpriced events, before and after"),
                _counted(found.unpriced_before, found.unpriced_after),
            ),
            (
                _("Unpriced tokens, before and after"),
                _counted(found.unpriced_tokens_before, found.unpriced_tokens_after),
            ),
        ]
    if rerating.approved_at is not None:
        cards += [
            (_("Re-rated by now"), written_count(totals.done_events)),
            (_("Cost added by now"), _rounded(totals.done_contracted)),
        ]
    if totals.done_skipped:
        cards.append((_("Left out: their correction's id is taken"), written_count(totals.done_skipped)))
    return cards


def _months(totals: ReratingTotals) -> str:
    if totals.first_month is None or totals.last_month is None:
        return ABSENT
    first, last = f"{totals.first_month:%Y-%m}", f"{totals.last_month:%Y-%m}"
    return first if first == last else f"{first} – {last}"


def _progress(rerating: Rerating, totals: ReratingTotals) -> dict[str, Any]:
    if rerating.status == ReratingStatus.RUNNING:
        done, total = totals.done_events + totals.done_skipped, totals.found.events
        words = _("%(done)s of %(total)s events") % {
            "done": written_count(done),
            "total": written_count(total),
        }
        return {"done": done, "total": total, "words": words}
    words = _("%(done)s of %(total)s months of organizations, %(seen)s events looked at") % {
        "done": written_count(totals.ended),
        "total": written_count(totals.parts),
        "seen": written_count(totals.events_seen),
    }
    return {"done": totals.ended, "total": max(totals.parts, 1), "words": words}


def _left_words(totals: ReratingTotals) -> str:
    if not totals.unpriced_left:
        return ""
    return ngettext(
        "%(events)s more event of this model, of %(tokens)s tokens, stays unpriced: the list has no price for its "
        "time, its tier, or one of the kinds that it used.",
        "%(events)s more events of this model, of %(tokens)s tokens, stay unpriced: the list has no price for their "
        "time, their tier, or one of the kinds that they used.",
        totals.unpriced_left,
    ) % {
        "events": written_count(totals.unpriced_left),
        "tokens": written_count(totals.unpriced_tokens_left),
    }


def _issued_words(issued: int) -> str:
    if not issued:
        return _("No issued invoice charges these months: the next one has the new prices.")
    return ngettext(
        "%(count)s issued invoice charges some of these months. It stays as it is: the difference is an "
        "adjustment on the organization's next invoice.",
        "%(count)s issued invoices charge some of these months. They stay as they are: the differences are "
        "adjustments on the organizations' next invoices.",
        issued,
    ) % {"count": written_count(issued)}


def _headers() -> list[str]:
    return [
        _("Organization"),
        _("Month"),
        _("Events"),
        _("Unpriced"),
        _("Cost before"),
        _("Cost after"),
        _("Re-rated"),
        _("Invoiced by"),
    ]


def _row(part: ReratingPart, invoices: Mapping[Place, Sequence[Invoice]]) -> list[Any]:
    return [
        organization_cell(part.organization),
        format_html('<span class="billing-line">{}</span>', f"{part.period:%Y-%m}"),
        figure(written_count(part.events)),
        figure(_counted(part.unpriced_before, part.unpriced_after)),
        figure(_known(_dollars(part.contracted_before), part.unpriced_before, part.events)),
        figure(_known(_dollars(part.contracted_after), part.unpriced_after, part.events)),
        figure(written_count(part.done_events)),
        _invoices_cell(invoices.get((part.organization_id, part.period), [])),
    ]


def _invoices_cell(invoices: Sequence[Invoice]) -> SafeString | str:
    if not invoices:
        return _("Not invoiced yet")
    return format_html_join(
        ", ",
        "{}{}",
        (
            (
                invoice_cell(invoice),
                "" if invoice.status == InvoiceStatus.FINALIZED else f" ({invoice.get_status_display()})",
            )
            for invoice in invoices
        ),
    )


def _known(written: str, unpriced: int, events: int) -> str:
    """A sum of money, as far as it is one: it says how much is missing, and is none where no event has a price."""
    if not unpriced:
        return written if events else ABSENT
    return _("unpriced") if unpriced == events else _("at least %(cost)s") % {"cost": written}


def _before_and_after(before: str, after: str) -> str:
    return f"{before} → {after}"


def _counted(before: int, after: int) -> str:
    return _before_and_after(written_count(before), written_count(after))


def _dollars(cost: Decimal) -> str:
    return money_exact(cost.normalize() + 0, currency="USD", locale=reader_locale())


def _rounded(cost: Decimal) -> str:
    return money(cost, currency="USD", locale=reader_locale())
