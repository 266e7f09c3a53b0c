"""The board of a month that is being closed: its stages with counts and sums, and a line per organization."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.admin.invoice_values import ABSENT, figure, sign, written_count, written_money, written_payment
from billing.enums import CloseStage, CloseStep
from billing.models import Invoice
from billing.queries.close_board import CloseRow, StageSums, stage_sums
from billing.queries.month_close import Blocker
from teams.admin.pages import entry_url
from teams.models import Organization
from teams.templatetags.icons import icon
from usage.periods import add_months

STEP_OF: Final = {
    CloseStage.OPEN: CloseStep.CLOSE,
    CloseStage.DRAFT: CloseStep.FINALIZE,
    CloseStage.FINALIZED: CloseStep.SEND,
}
_SIGNS: Final = {
    CloseStage.OPEN: ("notice", "quiet"),
    CloseStage.DRAFT: ("notice", "warning"),
    CloseStage.FINALIZED: ("notice", "warning"),
    CloseStage.SENT: ("ok", "ok"),
    CloseStage.NOTHING: ("ok", "quiet"),
}


def last_month() -> date:
    """The last month that is over, by UTC."""
    return add_months(datetime.now(UTC).date().replace(day=1), -1)


def close_summary() -> dict[str, Any]:
    """What the admin's first page says of closing the last month."""
    period = last_month()
    sums = stage_sums(period)
    open_count, drafts, unsent = (sums[stage].count for stage in STEP_OF)
    return {
        "month": period,
        "url": board_url(period),
        "waiting": open_count + drafts + unsent,
        "words": _("%(open)s to close, %(drafts)s to finalize, %(unsent)s to send")
        % {
            "open": written_count(open_count),
            "drafts": written_count(drafts),
            "unsent": written_count(unsent),
        },
    }


def board_url(period: date, **chosen: object) -> str:
    """The board of a month."""
    return f"{reverse('month-close')}?{urlencode({'month': f'{period:%Y-%m}'} | chosen)}"


def step_url(step: CloseStep, period: date, **chosen: object) -> str:
    """The page that says what a step is about to do."""
    return f"{reverse('month-close-step', args=(step,))}?{urlencode({'month': f'{period:%Y-%m}'} | chosen)}"


def board_context(
    *,
    period: date,
    stage: CloseStage | None,
    sums: Mapping[CloseStage, StageSums],
    rows: Sequence[CloseRow],
) -> dict[str, Any]:
    """The board: the stages with counts and sums, and one line per organization."""
    return {
        "month": period,
        "steps": [_step_card(found, sums[found], period) for found in CloseStage if found in STEP_OF]
        + [_done_card(sums)],
        "tabs": [
            {"title": _("All"), "url": board_url(period), "current": stage is None},
            *(
                {
                    "title": f"{found.label} ({written_count(sums[found].count)})",
                    "url": board_url(period, stage=found.value),
                    "current": stage is found,
                }
                for found in CloseStage
            ),
        ],
        "table": {"headers": _board_headers(), "rows": [_board_row(row, period) for row in rows]},
        "pages_url": board_url(period, **({"stage": stage.value} if stage else {})),
    }


def written_totals(totals: Mapping[str, Decimal]) -> str:
    """Sums per currency, one beside the other: they are never added up."""
    return ", ".join(written_money(totals[currency], currency) for currency in sorted(totals))


def organization_cell(organization: Organization) -> SafeString:
    """An organization with the way to its page."""
    return format_html('<a class="billing-link" href="{}">{}</a>', entry_url(organization), organization)


def invoice_cell(invoice: Invoice | None) -> SafeString | str:
    """An invoice with the way to its page."""
    if invoice is None:
        return ABSENT
    return format_html('<a class="billing-link" href="{}">{}</a>', entry_url(invoice), invoice)


def blocker_list(blockers: Sequence[Blocker]) -> SafeString | str:
    """What stands in the way, each with its icon: stops and warnings."""
    if not blockers:
        return sign("ok", "ok", _("Nothing"))
    return format_html(
        '<ul class="billing-blockers">{}</ul>',
        format_html_join(
            "",
            '<li class="billing-{}">{}<span><span class="visually-hidden">{}: </span>{}</span></li>',
            (
                (
                    "critical" if blocker.is_fatal else "warning",
                    icon("critical" if blocker.is_fatal else "warning"),
                    _("Stops the close") if blocker.is_fatal else _("Warning"),
                    blocker.sentence,
                )
                for blocker in blockers
            ),
        ),
    )


def _step_card(stage: CloseStage, sums: StageSums, period: date) -> dict[str, Any]:
    step = STEP_OF[stage]
    words = {
        CloseStep.CLOSE: _("See what stands in the way and what the invoices will say, then close."),
        CloseStep.FINALIZE: _("Drafts get their numbers and stay as they are from then on."),
        CloseStep.SEND: _("Invoices go to the billing contacts by e-mail with the PDF."),
    }
    return {
        "title": f"{list(STEP_OF).index(stage) + 1}. {stage.label}",
        "count": sums.count,
        "totals": written_totals(sums.totals),
        "words": words[step],
        "url": step_url(step, period) if sums.count else "",
        "link": {
            CloseStep.CLOSE: _("Preview and close"),
            CloseStep.FINALIZE: _("Finalize all"),
            CloseStep.SEND: _("Send all"),
        }[step],
    }


def _done_card(sums: Mapping[CloseStage, StageSums]) -> dict[str, Any]:
    sent, nothing = sums[CloseStage.SENT], sums[CloseStage.NOTHING]
    words = ngettext(
        "%(count)d more had nothing to charge.", "%(count)d more had nothing to charge.", nothing.count
    )
    return {
        "title": CloseStage.SENT.label,
        "count": sent.count,
        "totals": written_totals(sent.totals),
        "words": words % {"count": nothing.count} if nothing.count else "",
        "url": "",
    }


def _board_headers() -> list[str]:
    return [
        _("Organization"),
        _("Stage"),
        _("In the way"),
        _("Invoice"),
        _("Payment"),
        _("Total"),
        _("Next step"),
    ]


def _board_row(row: CloseRow, period: date) -> list[Any]:
    invoice = row.invoice
    total = figure(written_money(invoice.total, invoice.currency)) if invoice else figure(ABSENT)
    return [
        organization_cell(row.organization),
        sign(*_SIGNS[row.stage], row.stage.label),
        blocker_list(row.blockers) if row.stage is CloseStage.OPEN else ABSENT,
        invoice_cell(invoice),
        written_payment(invoice) if invoice else ABSENT,
        total,
        _next_link(row, period),
    ]


def _next_link(row: CloseRow, period: date) -> SafeString | str:
    step = STEP_OF.get(row.stage)
    if step is None:
        return ABSENT
    words = _("See what is missing") if row.is_blocked else str(step.label)
    url = step_url(step, period, organization=row.organization.pk)
    return format_html('<a class="billing-link" href="{}">{}</a>', url, words)
