"""What a step of the month close has done, and what is left to do."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.admin.invoice_values import ABSENT, figure, sign, written_money
from billing.admin.month_close_page import (
    board_url,
    invoice_cell,
    organization_cell,
    step_url,
    written_totals,
)
from billing.enums import CloseStage, CloseStep
from billing.queries.close_board import StageSums
from billing.services.close_run import CloseRun, StepResult
from teams.templatetags.figures import month

_NEXT: Final = {CloseStep.CLOSE: CloseStep.FINALIZE, CloseStep.FINALIZE: CloseStep.SEND}


def result_context(
    *,
    step: CloseStep,
    period: date,
    run: CloseRun,
    stage_of: Mapping[CloseStep, CloseStage],
    sums: Mapping[CloseStage, StageSums],
) -> dict[str, Any]:
    """The page after a step: a line per organization, and the ways on."""
    failed = [result for result in run.results if not result.is_done]
    return {
        "title": _("%(step)s %(month)s: what happened") % {"step": step.label, "month": month(period)},
        "step": step,
        "month": period,
        "summary": _summary(run, failed),
        "table": {
            "headers": [_("Organization"), _("What happened"), _("Invoice"), _("Total")],
            # What needs a person stands first.
            "rows": [_cells(result) for result in sorted(run.results, key=lambda result: result.is_done)],
        },
        "left_ids": [organization.pk for organization in run.left],
        "left_text": ngettext(
            "Go on with the %(count)d that is left", "Go on with the %(count)d that are left", len(run.left)
        )
        % {"count": len(run.left)},
        "links": _links(step, period, stage_of, sums),
        "board_url": board_url(period),
    }


def _summary(run: CloseRun, failed: list[StepResult]) -> str:
    totals: dict[str, Decimal] = {}
    for result in run.results:
        if result.is_done and result.invoice is not None:
            currency = result.invoice.currency
            totals[currency] = totals.get(currency, Decimal(0)) + result.invoice.total
    done = len(run.results) - len(failed)
    sentences = [
        ngettext("%(count)d organization is done", "%(count)d organizations are done", done) % {"count": done}
        + (f" ({written_totals(totals)})." if totals else "."),
    ]
    if failed:
        sentences.append(
            ngettext("%(count)d needs a look.", "%(count)d need a look.", len(failed))
            % {"count": len(failed)}
        )
    if run.left:
        sentences.append(
            ngettext("%(count)d is left.", "%(count)d are left.", len(run.left)) % {"count": len(run.left)}
        )
    return " ".join(sentences)


def _cells(result: StepResult) -> list[Any]:
    invoice = result.invoice
    return [
        organization_cell(result.organization),
        sign("ok", "ok", result.sentence)
        if result.is_done
        else sign("critical", "critical", result.sentence),
        invoice_cell(invoice),
        figure(written_money(invoice.total, invoice.currency) if invoice else ABSENT),
    ]


def _links(
    step: CloseStep,
    period: date,
    stage_of: Mapping[CloseStep, CloseStage],
    sums: Mapping[CloseStage, StageSums],
) -> list[dict[str, Any]]:
    """The next step first, then the rest of this one."""
    texts = {
        CloseStep.CLOSE: _("Go on closing (%(count)d open)"),
        CloseStep.FINALIZE: _("Finalize the drafts (%(count)d)"),
        CloseStep.SEND: _("Send the invoices (%(count)d)"),
    }
    ways = [way for way in (_NEXT.get(step), step) if way is not None]
    return [
        {"text": texts[way] % {"count": number}, "url": step_url(way, period)}
        for way in ways
        if (number := sums[stage_of[way]].count)
    ]
