"""Fixes the one exchange rate of an organization's billing month."""

from datetime import date, datetime

from django.utils import timezone

from billing.models import PeriodRate
from billing.queries.rates import USD, NoExchangeRate, RateAnswer, period_rate
from teams.models import Organization
from usage.models import UsagePeriod


def fix_period_rate(organization: Organization, period: date) -> RateAnswer:
    """Fix the month's rate for good, if it is not yet; budgets, panels and invoice use it from then on.

    Raises ``NoExchangeRate``. Safe when many do it at once: the first one counts.
    """
    answer = period_rate(organization, period)
    if answer.currency == USD or answer.is_fixed:
        return answer
    PeriodRate.objects.get_or_create(
        organization=organization,
        period=period,
        currency=answer.currency,
        defaults={"units_per_usd": answer.units_per_usd, "rate_date": answer.rate_date},
    )
    return period_rate(organization, period)


def fix_rates_of_begun_months(*, now: datetime | None = None) -> int:
    """Fix the rate of the month in progress for every organization that is not billed in dollars; says how many.

    One whose currency has no rate yet is left for the next time.
    """
    now = now or timezone.now()
    organizations = Organization.objects.filter(twin_of=None).exclude(currency=USD).order_by("pk").in_bulk()
    begun = UsagePeriod.objects.filter(organization__in=organizations, starts_at__lte=now, ends_at__gt=now)
    fixed = 0
    for organization_id, period in begun.values_list("organization_id", "period"):
        try:
            fix_period_rate(organizations[organization_id], period)
        except NoExchangeRate:
            continue
        fixed += 1
    return fixed
