"""The terms of an invoice as they are kept with it, so that its lines can be made again years later. Pure."""

from datetime import date
from decimal import Decimal
from typing import Any

from billing.invoice_lines import MonthTerms, Terms


def terms_to_json(terms: Terms) -> dict[str, Any]:
    """``terms`` in JSON's types; decimals as text, so that nothing is lost."""
    return {
        "period": terms.period.isoformat(),
        "currency": terms.currency,
        "base_fee": str(terms.base_fee),
        "plan_name": terms.plan_name,
        "tax_name": terms.tax_name,
        "tax_rate": str(terms.tax_rate),
        "months": {
            month.isoformat(): {
                "units_per_usd": str(of_month.units_per_usd),
                "included_tokens": of_month.included_tokens,
            }
            for month, of_month in terms.months.items()
        },
    }


def terms_from_json(kept: dict[str, Any]) -> Terms:
    """The terms that ``terms_to_json`` wrote."""
    return Terms(
        period=date.fromisoformat(kept["period"]),
        currency=kept["currency"],
        base_fee=Decimal(kept["base_fee"]),
        plan_name=kept["plan_name"],
        tax_name=kept["tax_name"],
        tax_rate=Decimal(kept["tax_rate"]),
        months={
            date.fromisoformat(month): MonthTerms(
                units_per_usd=Decimal(of_month["units_per_usd"]), included_tokens=of_month["included_tokens"]
            )
            for month, of_month in kept["months"].items()
        },
    )
