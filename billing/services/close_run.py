"""Takes many organizations through one step of closing a month: each by itself, so that one failure stops no other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from time import monotonic
from typing import Final

import structlog
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing.enums import CloseStep, InvoiceStatus
from billing.models import Invoice
from billing.queries.month_close import CannotClose, standing_invoice
from billing.services.invoice_mail import send_invoice
from billing.services.invoices import finalize_invoice
from billing.services.month_close import close_month
from teams.models import Organization, User

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What became of one organization: a sentence, and the invoice where there is one."""

    organization: Organization
    is_done: bool
    sentence: str
    invoice: Invoice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRun:
    """The organizations that were worked on, and those that time did not suffice for."""

    results: tuple[StepResult, ...]
    left: tuple[Organization, ...]


def run_step(
    *,
    step: CloseStep,
    organizations: Sequence[Organization],
    period: date,
    actor: User | None = None,
    seconds: float,
) -> CloseRun:
    """Do ``step`` for one organization after the other, each in its own transaction, until ``seconds`` have passed.

    At least one is worked on. What is ``left`` can be run later; doing a step again changes nothing.
    """
    until = monotonic() + seconds
    results: list[StepResult] = []
    for position, organization in enumerate(organizations):
        if results and monotonic() >= until:
            return CloseRun(results=tuple(results), left=tuple(organizations[position:]))
        results.append(_result(_STEPS[step], organization, period, actor))
    return CloseRun(results=tuple(results), left=())


Step = Callable[[Organization, date, User | None], StepResult]


def _result(step: Step, organization: Organization, period: date, actor: User | None) -> StepResult:
    try:
        return step(organization, period, actor)
    except CannotClose as found:
        sentence = str(found)
    except ValidationError as error:
        sentence = " ".join(error.messages)
    except Exception:
        # Whatever it is, the others are not to wait for it; each service has undone its own.
        logger.exception("a step of the month close failed", organization=organization.pk)
        sentence = _("Something went wrong here; the log says what. Try again.")
    return StepResult(organization=organization, is_done=False, sentence=sentence)


def _close(organization: Organization, period: date, actor: User | None) -> StepResult:
    invoice = close_month(organization=organization, period=period, actor=actor)
    sentence = (
        _("Closed; there is nothing to charge.") if invoice is None else _("Closed; the draft is made.")
    )
    return StepResult(organization=organization, is_done=True, sentence=sentence, invoice=invoice)


def _finalize(organization: Organization, period: date, actor: User | None) -> StepResult:
    draft = standing_invoice(organization.pk, period)
    if draft is None:
        raise ValidationError(_("There is no draft; close the month first."))
    invoice = finalize_invoice(invoice_id=draft.pk, actor=actor)
    sentence = _("Finalized as %(number)s.") % {"number": invoice.number}
    return StepResult(organization=organization, is_done=True, sentence=sentence, invoice=invoice)


def _send(organization: Organization, period: date, actor: User | None) -> StepResult:
    invoice = standing_invoice(organization.pk, period)
    if invoice is None or invoice.status != InvoiceStatus.FINALIZED:
        raise ValidationError(_("There is no finalized invoice yet."))
    if invoice.sent_at is not None:
        return StepResult(
            organization=organization, is_done=True, sentence=_("It was sent before."), invoice=invoice
        )
    send_invoice(invoice_id=invoice.pk, actor=actor)
    invoice.refresh_from_db()
    return StepResult(
        organization=organization, is_done=True, sentence=_("It goes out within seconds."), invoice=invoice
    )


_STEPS: Final[dict[CloseStep, Step]] = {
    CloseStep.CLOSE: _close,
    CloseStep.FINALIZE: _finalize,
    CloseStep.SEND: _send,
}
