"""What a US dollar is worth for an organization in a billing month."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from teams.models import Organization
from teams.queries.together import Question, asked_together

USD = "USD"

_FIXED: Final = """
SELECT period, units_per_usd, rate_date FROM billing_periodrate
WHERE organization_id = %s AND currency = %s AND period = ANY(%s)
"""
# The latest known on the month's first day; with none so early, the first one after it.
_NEAREST: Final = """
SELECT m.month, nearest.units_per_usd, nearest.rate_date FROM unnest(%s::date[]) AS m (month)
CROSS JOIN LATERAL (
    (SELECT units_per_usd, rate_date, 0 AS turn FROM billing_exchangerate
    WHERE currency = %s AND rate_date <= m.month ORDER BY rate_date DESC LIMIT 1)
    UNION ALL
    (SELECT units_per_usd, rate_date, 1 AS turn FROM billing_exchangerate
    WHERE currency = %s AND rate_date > m.month ORDER BY rate_date LIMIT 1)
    ORDER BY turn LIMIT 1
) AS nearest
"""


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


class Rates:
    """The rates of an organization's months. What was asked once is not asked again."""

    def __init__(self, organization: Organization, known: Mapping[date, RateAnswer] | None = None) -> None:
        self._organization = organization
        self._known: dict[date, RateAnswer | None] = dict(known or {})

    def of(self, months: Collection[date]) -> dict[date, RateAnswer]:
        """What ``period_rate`` says of several months; a month without a rate is missing."""
        if unknown := set(months) - self._known.keys():
            self._known |= dict.fromkeys(unknown) | self._found(sorted(unknown))
        return {month: rate for month in months if (rate := self._known[month]) is not None}

    def _found(self, months: Sequence[date]) -> dict[date, RateAnswer]:
        questions = rate_questions(self._organization, months)
        return rates_read(self._organization, months, asked_together(*questions))


def period_rates(organization: Organization, periods: Collection[date]) -> dict[date, RateAnswer]:
    """What ``period_rate`` says of several months, in one query; a month without a rate is missing."""
    return Rates(organization).of(periods)


def rate_questions(organization: Organization, months: Sequence[date]) -> list[Question]:
    """What ``rates_read`` reads of these months; nothing for an organization that pays in dollars."""
    currency = organization.currency
    if currency == USD:
        return []
    return [
        Question(_FIXED, [organization.pk, currency, list(months)], columns=3),
        Question(_NEAREST, [list(months), currency, currency], columns=3),
    ]


def rates_read(
    organization: Organization, months: Iterable[date], answers: Sequence[Iterable[tuple[Any, ...]]]
) -> dict[date, RateAnswer]:
    """The answers to ``rate_questions``: a rate that was fixed goes before the nearest one known."""
    if not answers:
        one = RateAnswer(currency=USD, units_per_usd=Decimal(1), rate_date=None, is_fixed=True)
        return dict.fromkeys(months, one)
    fixed, nearest = answers
    return {
        month: RateAnswer(
            currency=organization.currency, units_per_usd=units, rate_date=rate_date, is_fixed=is_fixed
        )
        for is_fixed, rows in ((False, nearest), (True, fixed))
        for month, units, rate_date in rows
    }


def period_rate(organization: Organization, period: date) -> RateAnswer:
    """The rate of a billing month (its first day): the one that was fixed, else the one that would be.

    That is the latest known on the month's first day; with none so early, the first one after it. Raises
    ``NoExchangeRate`` when none is known.
    """
    return rates_of(organization, [period])[period]


def rates_of(organization: Organization, periods: Collection[date]) -> dict[date, RateAnswer]:
    """The same for several months, all of them. Raises ``NoExchangeRate`` for the first without a rate."""
    return all_of_them(organization, Rates(organization), periods)


def all_of_them(
    organization: Organization, rates: Rates, periods: Collection[date]
) -> dict[date, RateAnswer]:
    """The rates of all ``periods``. Raises ``NoExchangeRate`` for the first without one."""
    found = rates.of(periods)
    for period in sorted(periods):
        if period not in found:
            raise NoExchangeRate(organization.currency, period)
    return found
