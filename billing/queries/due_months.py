"""Months that are over and that no invoice stands for."""

from datetime import date, datetime

from billing.enums import InvoiceStatus
from billing.models import Invoice, Subscription
from billing.queries.charges import unbilled_closes
from usage.models import UsagePeriod


def months_due(organization_id: int, now: datetime) -> list[date]:
    """All ended months since the first plan without a draft or finalized invoice, oldest first."""
    plans = Subscription.objects.filter(organization_id=organization_id).order_by("valid_from")
    first = plans.values_list("valid_from", flat=True).first()
    if first is None:
        return []
    standing = Invoice.objects.filter(organization_id=organization_id).exclude(status=InvoiceStatus.VOIDED)
    ended = UsagePeriod.objects.filter(organization_id=organization_id, ends_at__lte=now, period__gte=first)
    due = ended.exclude(period__in=standing.values("period"))
    return list(due.order_by("period").values_list("period", flat=True))


def earlier_open_months(organization_id: int, period: date, now: datetime) -> list[date]:
    """Those before ``period`` with something to charge: a base fee, or usage that no invoice carries."""
    due = [month for month in months_due(organization_id, now) if month < period]
    if not due:
        return []
    unbilled = unbilled_closes(organization_id, through=due[-1])
    plans = list(Subscription.objects.filter(organization_id=organization_id).select_related("plan"))
    return [month for month in due if month in unbilled or any(_asks_fee(plan, month) for plan in plans)]


def _asks_fee(given: Subscription, month: date) -> bool:
    runs = given.valid_from <= month and (given.valid_until is None or month < given.valid_until)
    return runs and bool(given.plan.base_fee)
