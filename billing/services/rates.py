"""Fixes the one exchange rate of an organization's billing month."""

from datetime import date

from billing.models import PeriodRate
from billing.queries.rates import USD, RateAnswer, period_rate
from teams.models import Organization


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
