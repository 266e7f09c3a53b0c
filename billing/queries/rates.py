"""What a US dollar is worth for an organization in a billing month."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import DateField, Value

from billing.models import ExchangeRate, PeriodRate
from teams.models import Organization
from usage.queries.names import all_of

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


def period_rates(organization: Organization, periods: Collection[date]) -> dict[date, RateAnswer]:
    """What ``period_rate`` says of several months, in at most three queries; a month without a rate is missing."""
    currency = organization.currency
    if currency == USD:
        one = RateAnswer(currency=USD, units_per_usd=Decimal(1), rate_date=None, is_fixed=True)
        return dict.fromkeys(periods, one)
    fixed = PeriodRate.objects.filter(organization=organization, period__in=set(periods), currency=currency)
    found = {row.period: _fixed(row) for row in fixed}
    known = ExchangeRate.objects.filter(currency=currency)
    for which, order in (("rate_date__lte", "-rate_date"), ("rate_date__gt", "rate_date")):
        missing = sorted(set(periods) - found.keys())
        nearest = [
            known.filter(**{which: month})
            .annotate(month=Value(month, output_field=DateField()))
            .order_by(order)
            .values("month", "currency", "units_per_usd", "rate_date")[:1]
            for month in missing
        ]
        for row in all_of(nearest):
            found[row["month"]] = RateAnswer(
                currency=currency,
                units_per_usd=row["units_per_usd"],
                rate_date=row["rate_date"],
                is_fixed=False,
            )
    return found


def period_rate(organization: Organization, period: date) -> RateAnswer:
    """The rate of a billing month (its first day): the one that was fixed, else the one that would be.

    That is the latest known on the month's first day; with none so early, the first one after it. Raises
    ``NoExchangeRate`` when none is known.
    """
    return rates_of(organization, [period])[period]


def rates_of(organization: Organization, periods: Collection[date]) -> dict[date, RateAnswer]:
    """The same for several months, all of them. Raises ``NoExchangeRate`` for the first without a rate."""
    found = period_rates(organization, periods)
    for period in sorted(periods):
        if period not in found:
            raise NoExchangeRate(organization.currency, period)
    return found


def _fixed(rate: PeriodRate) -> RateAnswer:
    return RateAnswer(
        currency=rate.currency,
        units_per_usd=rate.units_per_usd,
        rate_date=rate.rate_date,
        is_fixed=True,
    )
