"""What a step of the month close is about to do: whom it is for, with counts and sums, and who is left out."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.admin.invoice_values import ABSENT, figure, written_count, written_money
from billing.admin.month_close_page import (
    blocker_list,
    board_url,
    invoice_cell,
    organization_cell,
    step_url,
    written_totals,
)
from billing.enums import ChargeCategory, CloseStep, LineKind
from billing.invoice_lines import Line
from billing.queries.billing_contacts import invoice_recipients
from billing.queries.close_board import CloseRow, PreviewRow
from billing.queries.month_close import InvoicePreview
from teams.templatetags.figures import count, month
from usage.admin.ledger_values import written_cost
from usage.admin.prices import quoted_price, quoted_unit

Row = CloseRow | PreviewRow


def step_context(*, step: CloseStep, period: date, rows: Sequence[Row], more: int) -> dict[str, Any]:
    """The page before a step; ``more`` organizations wait beyond these rows."""
    ready = [row for row in rows if _is_ready(step, row)]
    title = {
        CloseStep.CLOSE: _("Close %(month)s"),
        CloseStep.FINALIZE: _("Finalize the drafts of %(month)s"),
        CloseStep.SEND: _("Send the invoices of %(month)s"),
    }[step]
    recipients = _recipients(rows) if step is CloseStep.SEND else {}
    title %= {"month": month(period)}
    return {
        "title": f"{title}: {rows[0].organization}" if len(rows) == 1 else title,
        "step": step,
        "month": period,
        "summary": _summary(step, ready),
        "table": {
            "headers": _headers(step),
            "rows": [_cells(step, row, recipients.get(row.organization.pk, [])) for row in rows],
        },
        "details": _details(rows),
        "ids": [row.organization.pk for row in ready],
        "submit_text": _submit_text(step, len(ready)),
        "board_url": board_url(period),
        "more": max(more, 0),
        "next_url": step_url(step, period, after=rows[-1].organization.pk) if rows and more > 0 else "",
    }


def _is_ready(step: CloseStep, row: Row) -> bool:
    return row.preview is not None if isinstance(row, PreviewRow) else row.invoice is not None


def _figures(row: Row) -> tuple[int, Decimal, str]:
    """Number of lines, total and currency of what a row would give or has."""
    if isinstance(row, PreviewRow):
        assert row.preview is not None
        calculation = row.preview.calculation
        return len(calculation.lines), calculation.total, row.preview.currency
    invoice: Any = row.invoice
    return invoice.line_count, invoice.total, invoice.currency


def _summary(step: CloseStep, ready: Sequence[Row]) -> str:
    """What will happen, in counts and sums."""
    totals: dict[str, Decimal] = {}
    lines = 0
    for row in ready:
        number, total, currency = _figures(row)
        lines += number
        totals[currency] = totals.get(currency, Decimal(0)) + total
    if not ready:
        return _("There is nothing that this step could do here.")
    facts = {"count": len(ready), "lines": written_count(lines), "totals": written_totals(totals)}
    sentences = {
        CloseStep.CLOSE: ngettext(
            "%(count)d organization, %(lines)s lines, %(totals)s in total. Its month is closed and a draft is made. "
            "What comes in later is charged on the next invoice.",
            "%(count)d organizations, %(lines)s lines, %(totals)s in total. Their months are closed and drafts are "
            "made. What comes in later is charged on the next invoices.",
            len(ready),
        ),
        CloseStep.FINALIZE: ngettext(
            "%(count)d draft, %(lines)s lines, %(totals)s in total. It gets the next number of its issuer and stays "
            "as it is for good.",
            "%(count)d drafts, %(lines)s lines, %(totals)s in total. They get the next numbers of their issuers and "
            "stay as they are for good.",
            len(ready),
        ),
        CloseStep.SEND: ngettext(
            "%(count)d invoice, %(totals)s in total. It goes to its billing contacts by e-mail, with the PDF.",
            "%(count)d invoices, %(totals)s in total. They go to their billing contacts by e-mail, with the PDFs.",
            len(ready),
        ),
    }
    return sentences[step] % facts


def _submit_text(step: CloseStep, number: int) -> str:
    texts = {
        CloseStep.CLOSE: ngettext("Close %(count)d month", "Close %(count)d months", number),
        CloseStep.FINALIZE: ngettext("Finalize %(count)d draft", "Finalize %(count)d drafts", number),
        CloseStep.SEND: ngettext("Send %(count)d invoice", "Send %(count)d invoices", number),
    }
    return texts[step] % {"count": number}


def _headers(step: CloseStep) -> list[str]:
    second = {
        CloseStep.CLOSE: _("In the way"),
        CloseStep.FINALIZE: _("Draft"),
        CloseStep.SEND: _("Goes to"),
    }[step]
    return [_("Organization"), second, _("Lines"), _("Total")]


def _cells(step: CloseStep, row: Row, recipients: Sequence[str]) -> list[Any]:
    second: SafeString | str
    if isinstance(row, PreviewRow):
        second = blocker_list(row.blockers)
    elif step is CloseStep.SEND:
        second = ", ".join(recipients) or _("Nobody: add a billing contact first")
    else:
        second = invoice_cell(row.invoice)
    if not _is_ready(step, row):
        return [organization_cell(row.organization), second, figure(ABSENT), figure(ABSENT)]
    lines, total, currency = _figures(row)
    return [
        organization_cell(row.organization),
        second,
        figure(count(lines)),
        figure(written_money(total, currency)),
    ]


def _recipients(rows: Sequence[Row]) -> dict[int, tuple[str, ...]]:
    """E-mail addresses per organization."""
    return {row.organization.pk: invoice_recipients(row.organization.pk) for row in rows}


def _details(rows: Sequence[Row]) -> dict[str, Any]:
    """The lines of the invoice to be, where the page is about one organization alone."""
    if len(rows) != 1 or not isinstance(rows[0], PreviewRow) or rows[0].preview is None:
        return {}
    preview = rows[0].preview
    sums = [
        (_("Net"), written_money(preview.calculation.net_total, preview.currency)),
        *(
            (f"{tax.name} {tax.rate.normalize():f} %", written_money(tax.tax_amount, preview.currency))
            for tax in preview.calculation.taxes
        ),
        (_("Total"), written_money(preview.calculation.total, preview.currency)),
    ]
    return {
        "table": {
            "headers": [
                _("What for"),
                _("Service month"),
                _("Quantity"),
                _("Unit price, USD"),
                _("Cost, USD"),
                _("Amount, %(currency)s") % {"currency": preview.currency},
            ],
            "rows": [_line_cells(line, preview) for line in preview.calculation.lines],
        },
        "sums": sums,
        "rate": ""
        if preview.currency == "USD"
        else _("One US dollar is %(units)s %(currency)s.")
        % {"units": f"{preview.rate.units_per_usd.normalize():f}", "currency": preview.currency},
    }


def _line_cells(line: Line, preview: InvoicePreview) -> list[Any]:
    is_usage = line.charge is not None
    return [
        _title(line),
        month(line.service_period),
        figure(ABSENT if line.kind is LineKind.BASE_FEE else count(line.quantity)),
        figure(_unit_price(line) if is_usage else ABSENT),
        figure(written_cost(line.cost) if line.cost is not None and line.unit_price is not None else ABSENT),
        figure(written_money(line.amount, preview.currency)),
    ]


def _title(line: Line) -> str:
    charge = line.charge
    if charge is None:
        return f"{line.kind.label}: {line.description}" if line.description else str(line.kind.label)
    words = [
        f"{charge.model_name} ({charge.service_tier})" if charge.service_tier else charge.model_name,
        str(charge.kind.label),
    ]
    if line.charge_category is ChargeCategory.ADJUSTMENT:
        words.append(_("came late"))
    return ", ".join(word for word in words if word)


def _unit_price(line: Line) -> str:
    if line.charge is None or line.unit_price is None:
        return _("unpriced")
    kind = line.charge.kind
    return f"{quoted_price(line.unit_price, kind=kind)} {quoted_unit(kind)}"
