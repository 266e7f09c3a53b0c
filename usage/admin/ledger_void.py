"""The page that asks before an event is voided, and says what will change."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from teams.admin.pages import ReasonForm, ask
from teams.formatting import count
from teams.models import User
from teams.templatetags.figures import reader_locale
from usage.admin.ledger_values import event_url, written_cost
from usage.corrections import net_figures
from usage.enums import Correction, VoidAnswer
from usage.queries.corrections import was_closed
from usage.queries.ledger_pages import EventDetail
from usage.services.corrections import void_events


def can_be_voided(detail: EventDetail) -> bool:
    """Neither a correction itself nor voided before."""
    is_voided = any(event.correction == Correction.VOID for event in detail.corrections)
    return not detail.event.correction and not is_voided


def ask_to_void(
    model_admin: ModelAdmin, request: HttpRequest, detail: EventDetail, *, actor: User
) -> HttpResponse:
    """Ask for a reason, showing what is taken back; then void the event and lead to its page."""
    event = detail.event

    def act(values: dict[str, Any]) -> HttpResponse:
        (outcome,) = void_events(
            organization_id=event.organization_id,
            transaction_ids=[event.transaction_id],
            reason=values["reason"],
            actor=actor,
        )
        if outcome.answer not in (VoidAnswer.VOIDED, VoidAnswer.ALREADY_VOIDED):
            raise ValidationError(outcome.reason)
        messages.success(request, _("The event was voided. It counts no more, and stays in sight."))
        return redirect(event_url(event))

    return ask(
        model_admin,
        request,
        back_url=event_url(event),
        form=ReasonForm(request.POST or None),
        title=_("Void %(id)s") % {"id": event.transaction_id},
        summary=_summary(detail),
        submit_text=_("Void this event"),
        act=act,
        is_dangerous=True,
        # It has a transaction of its own, and begins anew when a rival stands in its way.
        in_transaction=False,
    )


def _summary(detail: EventDetail) -> str:
    event = detail.event
    net = net_figures((event, *detail.corrections))
    calls, tokens_in, tokens_out = (
        count(number, locale=reader_locale()) for number in (net.calls, net.input_tokens, net.output_tokens)
    )
    taken = _(
        "Taken back from every figure of %(day)s: calls %(calls)s, input tokens %(input)s, output tokens %(output)s, "
        "cost %(cost)s. The event stays in sight, and its id stays used."
    ) % {
        "day": event.local_date.isoformat(),
        "calls": calls,
        "input": tokens_in,
        "output": tokens_out,
        "cost": written_cost(net.contracted_cost),
    }
    if not was_closed(event.organization_id, event.period):
        return taken
    adjusted = _("Its month was closed before: the next invoice carries the difference, no invoice changes.")
    return f"{taken} {adjusted}"
