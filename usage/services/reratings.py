"""Re-ratings: asked for, previewed, approved with a reason, cancelled. A worker carries them out (``rerating_run``)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from teams.models import Organization, User
from teams.services.audit import record_audit
from usage.enums import ReratingStatus
from usage.models import LlmModel, Rerating, ReratingPart
from usage.queries.rerating import newest_prices, prices_moved_on, rerating_totals
from usage.rerating import ReratingSums

OPEN = (ReratingStatus.LOOKING, ReratingStatus.COUNTING, ReratingStatus.PREVIEWED, ReratingStatus.RUNNING)


@transaction.atomic
def request_rerating(
    *,
    model: LlmModel,
    organization: Organization | None = None,
    occurred_from: datetime | None = None,
    actor: User | None = None,
) -> Rerating:
    """Ask for the preview of pricing a model's stored usage by the price list of now. Changes no usage.

    For one organization or for all, calls from ``occurred_from`` on or ever. Raises ``ValidationError`` while another
    one of the model is open: two of them would preview the same events.
    """
    LlmModel.objects.select_for_update(of=("self",)).get(pk=model.pk)
    if Rerating.objects.filter(model=model, status__in=OPEN).exists():
        raise ValidationError(
            _("A re-rating of this model is open already. Approve or cancel that one first.")
        )
    last_price_id, last_rate_id = newest_prices()
    return Rerating.objects.create(
        model=model,
        organization=organization,
        occurred_from=occurred_from,
        requested_by=actor,
        last_price_id=last_price_id,
        last_rate_id=last_rate_id,
    )


def approve_rerating(
    rerating: Rerating, *, reason: str, actor: User | None = None, now: datetime | None = None
) -> None:
    """Have what was previewed carried out.

    Raises ``ValidationError`` without a reason, when there is nothing to change, or when prices have changed since:
    then the preview has to be made again.
    """
    now = now or timezone.now()
    if not reason.strip():
        raise ValidationError(_("A reason is needed."))
    with transaction.atomic():
        held = _held(rerating)
        if held.status != ReratingStatus.PREVIEWED:
            raise ValidationError(_("This re-rating does not wait for approval."))
        changed = held.parts.filter(events__gt=0)
        if not changed.exists():
            raise ValidationError(_("There is nothing to change."))
        is_stale = prices_moved_on(
            held, list(changed.values_list("organization_id", flat=True).distinct()), now
        )
        if is_stale:
            end_rerating(held, ReratingStatus.STALE)
        else:
            _start(held, reason.strip(), actor, now)
    rerating.refresh_from_db()
    if is_stale:
        raise ValidationError(_("Prices have changed since this preview. Ask for a new one."))


def _start(held: Rerating, reason: str, actor: User | None, now: datetime) -> None:
    held.parts.filter(events=0).delete()
    held.parts.update(last_id=None, ended_at=None)
    held.status, held.reason, held.approved_by, held.approved_at = ReratingStatus.RUNNING, reason, actor, now
    held.claim = held.leased_until = None
    held.save()
    _record(held, "rerating.approved", actor)


@transaction.atomic
def cancel_rerating(rerating: Rerating, *, reason: str = "", actor: User | None = None) -> bool:
    """Stop a re-rating; what was stored by now stays. Says whether this call did it."""
    held = _held(rerating)
    if held.status not in OPEN:
        return False
    was_running = held.status == ReratingStatus.RUNNING
    end_rerating(held, ReratingStatus.CANCELLED)
    if was_running:
        _record(held, "rerating.cancelled", actor, reason=reason)
    rerating.refresh_from_db()
    return True


def end_rerating(held: Rerating, status: ReratingStatus, *, error: str = "") -> None:
    """End a re-rating; call it in a transaction that holds its row. What a run has stored is put on record."""
    if held.status == ReratingStatus.RUNNING:
        for part in held.parts.filter(ended_at=None, done_events__gt=0).select_related("organization"):
            record_part(held, part)
        if status != ReratingStatus.CANCELLED:
            _record(held, f"rerating.{status.value}", held.approved_by)
    held.status, held.error, held.ended_at = status, error, timezone.now()
    held.claim = held.leased_until = None
    held.save()


def record_part(rerating: Rerating, part: ReratingPart) -> None:
    """One entry in the audit history of an organization: what a re-rating has changed in a month."""
    record_audit(
        action="usage_event.rerated",
        subject=f"{rerating.model}, {part.period:%Y-%m}",
        actor=rerating.approved_by,
        organization=part.organization,
        reason=rerating.reason,
        facts={
            "rerating": rerating.pk,
            "month": part.period,
            "events": part.done_events,
            "left_out": part.done_skipped,
            "priced_now": part.done_unpriced,
            "list_cost_added": part.done_list,
            "contracted_cost_added": part.done_contracted,
        },
    )


def _held(rerating: Rerating) -> Rerating:
    return Rerating.objects.select_for_update(of=("self",)).get(pk=rerating.pk)


def _or_unpriced(cost: Decimal, unpriced: int, found: ReratingSums) -> Decimal | str:
    """What had no price cost nothing that could be written down: it is never called 0."""
    return "unpriced" if unpriced and unpriced == found.events else cost


def _record(held: Rerating, action: str, actor: User | None, *, reason: str = "") -> None:
    totals = rerating_totals(held)
    found = totals.found
    facts: dict[str, Any] = {
        "model": f"{held.model.provider_name}/{held.model.name}",
        "organization": held.organization and held.organization.slug,
        "calls_from": held.occurred_from,
        "organizations": totals.organizations,
        "events": found.events,
        "contracted_cost_before": _or_unpriced(found.contracted_before, found.unpriced_before, found),
        "contracted_cost_after": _or_unpriced(found.contracted_after, found.unpriced_after, found),
        "unpriced_before": found.unpriced_before,
        "unpriced_after": found.unpriced_after,
        "unpriced_tokens_before": found.unpriced_tokens_before,
        "unpriced_tokens_after": found.unpriced_tokens_after,
        "events_rerated": totals.done_events,
        "contracted_cost_added": totals.done_contracted,
    }
    record_audit(
        action=action,
        subject=held,
        actor=actor,
        organization=held.organization,
        reason=reason or held.reason,
        facts=facts,
    )
