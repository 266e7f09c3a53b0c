"""The terms that an invoice is reckoned by: fee, tax, and per service month its rate and what its plan includes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from billing.invoice_lines import Billed, MonthTerms, Terms
from billing.models import BillingAccount, Plan
from billing.queries.billed_before import billed_read
from billing.queries.plans import PlanHistory
from billing.queries.rates import RateAnswer
from teams.models import Organization


def month_terms(
    organization: Organization,
    account: BillingAccount,
    period: date,
    *,
    plan: Plan,
    plans: PlanHistory,
    rates: Mapping[date, RateAnswer],
    billed: Sequence[Any],
) -> Terms:
    """What the invoice of ``period`` goes by; ``billed`` are rows of ``billed_sums``."""
    units = {month: rate.units_per_usd for month, rate in rates.items()}
    fee = plan.base_fee if plan.currency == organization.currency else plan.base_fee * units[period]
    return Terms(
        period=period,
        currency=organization.currency,
        base_fee=fee,
        plan_name=plan.name,
        tax_name=account.tax_name,
        tax_rate=account.tax_rate,
        months=_of_months(organization, units, plans, billed),
    )


def months_with_included(months: Iterable[date], plans: PlanHistory) -> dict[date, int]:
    """The tokens that the plans of these months include, where they include any."""
    return {
        month: plan.included_tokens
        for month in months
        if (plan := plans.plan(month)) is not None and plan.included_tokens
    }


def _of_months(
    organization: Organization, rates: Mapping[date, Decimal], plans: PlanHistory, sums: Sequence[Any]
) -> dict[date, MonthTerms]:
    included = months_with_included(rates, plans)
    billed = billed_read(organization, {month: rates[month] for month in included}, sums)
    return {
        month: MonthTerms(
            units_per_usd=rate,
            included_tokens=included.get(month, 0),
            billed=billed.get(month, Billed()),
        )
        for month, rate in rates.items()
    }
