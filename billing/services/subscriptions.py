"""Gives organizations plans, and publishes what a plan says about prices into the ledger's price list."""

from datetime import date
from decimal import Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from billing.enums import InvoiceStatus
from billing.models import Invoice, Plan, Subscription
from teams.models import Organization, User
from teams.services.audit import record_audit
from usage.models import ContractRate, Price, UsagePeriod
from usage.pricing import KINDS
from usage.services.periods import ensure_periods
from usage.services.price_list import lock_price_list, raise_price_list_version

_UNIT_PRICES: Final = tuple(kind.value for kind in KINDS)
LIST: Final = Decimal(1)


@transaction.atomic
def subscribe(
    *, organization: Organization, plan: Plan, valid_from: date, actor: User | None = None, reason: str = ""
) -> Subscription:
    """Put an organization on ``plan`` from a billing month (its first day) on, ending the plan before it there.

    The plan's factor and own prices are published from that month's first instant in the organization's zone;
    what is priced already keeps its price. Raises ``ValidationError`` naming the field.
    """
    if valid_from.day != 1:
        raise ValidationError({"valid_from": _("A plan begins with a month: choose its first day.")})
    if organization.is_test:
        raise ValidationError({"organization": _("A test twin is never billed.")})
    # The price list's lock also keeps two plans from being given to one organization at the same moment.
    lock_price_list()
    before = Subscription.objects.filter(organization=organization, valid_until=None).first()
    if before is not None and before.valid_from >= valid_from:
        sentence = _("The organization has a plan from %(month)s on; choose a later month.")
        raise ValidationError({"valid_from": sentence % {"month": before.valid_from.strftime("%Y-%m")}})
    _refuse_invoiced(organization, valid_from)
    if before is not None:
        before.valid_until = valid_from
        before.save(update_fields=["valid_until"])
    opened = Subscription.objects.create(organization=organization, plan=plan, valid_from=valid_from)
    _publish(organization, plan, before.plan if before else None, valid_from)
    record_audit(
        action="subscription.changed",
        subject=organization,
        actor=actor,
        organization=organization,
        reason=reason,
        facts={
            "plan": plan.code,
            "plan_before": before.plan.code if before else None,
            "valid_from": valid_from,
        },
    )
    return opened


def _refuse_invoiced(organization: Organization, valid_from: date) -> None:
    standing = Invoice.objects.filter(organization=organization, period__gte=valid_from)
    last = standing.exclude(status=InvoiceStatus.VOIDED).order_by("-period").first()
    if last is not None:
        raise ValidationError(
            {
                "valid_from": _("%(month)s is invoiced already; choose a later month.")
                % {"month": last.period.strftime("%Y-%m")}
            }
        )


def _publish(organization: Organization, plan: Plan, before: Plan | None, month: date) -> None:
    """Write the plan's rate and prices as dated rows; models that only the plan before priced go back to the list."""
    ensure_periods(organization.pk, first=month, last=month)
    starts_at = UsagePeriod.objects.values_list("starts_at", flat=True).get(
        organization=organization, period=month
    )
    if plan.markup_factor != (before.markup_factor if before else LIST):
        ContractRate.objects.create(
            organization=organization,
            valid_from=starts_at,
            factor=plan.markup_factor,
            source=f"plan {plan.code}",
        )
    own = {price.model_id: price for price in plan.prices.all()}
    ended = {price.model_id for price in before.prices.all()} - own.keys() if before else set()
    Price.objects.bulk_create(
        [
            *(
                Price(
                    model_id=model_id,
                    organization=organization,
                    valid_from=starts_at,
                    source=f"plan {plan.code}",
                    **{name: getattr(price, name) for name in _UNIT_PRICES},
                )
                for model_id, price in own.items()
            ),
            *(
                Price(
                    model_id=model_id,
                    organization=organization,
                    valid_from=starts_at,
                    source=f"plan {plan.code}",
                    is_withdrawn=True,
                )
                for model_id in ended
            ),
        ]
    )
    raise_price_list_version()
