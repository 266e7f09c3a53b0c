"""What a US dollar is worth for an organization in a billing month."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.models import ExchangeRate, PeriodRate
from teams.models import Organization

USD = "USD"


class NoExchangeRate(Exception):
    """No exchange rate of the currency is known for the month; names both."""

    def __init__(self, currency: str, period: date) -> None:
        super().__init__(f"no exchange rate of {currency} is known for {period:%Y-%m}")
        self.currency = currency
        self.period = period


@dataclass(frozen=True, slots=True, kw_only=True)
class RateAnswer:
    """Units of ``currency`` for one US dollar; ``rate_date`` says of which day, None for dollars themselves."""

    currency: str
    units_per_usd: Decimal
    rate_date: date | None
    is_fixed: bool


def period_rate(organization: Organization, period: date) -> RateAnswer:
    """The rate of a billing month (its first day): the one that was fixed, else the one that would be.

    That is the latest known on the month's first day; with none so early, the first one after it. Raises
    ``NoExchangeRate`` when none is known.
    """
    currency = organization.currency
    if currency == USD:
        return RateAnswer(currency=USD, units_per_usd=Decimal(1), rate_date=None, is_fixed=True)
    fixed = PeriodRate.objects.filter(organization=organization, period=period, currency=currency).first()
    if fixed is not None:
        return RateAnswer(
            currency=currency,
            units_per_usd=fixed.units_per_usd,
            rate_date=fixed.rate_date,
            is_fixed=True,
        )
    known = ExchangeRate.objects.filter(currency=currency)
    found = (
        known.filter(rate_date__lte=period).order_by("-rate_date").first()
        or known.filter(rate_date__gt=period).order_by("rate_date").first()
    )
    if found is None:
        raise NoExchangeRate(currency, period)
    return RateAnswer(
        currency=currency, units_per_usd=found.units_per_usd, rate_date=found.rate_date, is_fixed=False
    )
