"""The terms of an invoice as they are kept with it, so that its lines can be made again years later. Pure."""

from datetime import date
from decimal import Decimal
from typing import Any

from billing.invoice_lines import Billed, MonthTerms, Terms


def terms_to_json(terms: Terms) -> dict[str, Any]:
    """``terms`` in JSON's types; decimals as text, so that nothing is lost."""
    return {
        "period": terms.period.isoformat(),
        "currency": terms.currency,
        "base_fee": str(terms.base_fee),
        "plan_name": terms.plan_name,
        "tax_name": terms.tax_name,
        "tax_rate": str(terms.tax_rate),
        "months": {month.isoformat(): _month_to_json(of_month) for month, of_month in terms.months.items()},
    }


def terms_from_json(kept: dict[str, Any]) -> Terms:
    """The terms that ``terms_to_json`` wrote, now or in an earlier version."""
    return Terms(
        period=date.fromisoformat(kept["period"]),
        currency=kept["currency"],
        base_fee=Decimal(kept["base_fee"]),
        plan_name=kept["plan_name"],
        tax_name=kept["tax_name"],
        tax_rate=Decimal(kept["tax_rate"]),
        months={
            date.fromisoformat(month): _month_from_json(of_month)
            for month, of_month in kept["months"].items()
        },
    )


def _month_to_json(terms: MonthTerms) -> dict[str, Any]:
    kept: dict[str, Any] = {
        "units_per_usd": str(terms.units_per_usd),
        "included_tokens": terms.included_tokens,
    }
    if terms.billed is not None:
        kept["billed"] = {
            "tokens": terms.billed.tokens,
            "amount": str(terms.billed.amount),
            "granted_tokens": terms.billed.granted_tokens,
            "granted_amount": str(terms.billed.granted_amount),
        }
    return kept


def _month_from_json(kept: dict[str, Any]) -> MonthTerms:
    billed = kept.get("billed")
    return MonthTerms(
        units_per_usd=Decimal(kept["units_per_usd"]),
        included_tokens=kept["included_tokens"],
        billed=billed
        and Billed(
            tokens=billed["tokens"],
            amount=Decimal(billed["amount"]),
            granted_tokens=billed["granted_tokens"],
            granted_amount=Decimal(billed["granted_amount"]),
        ),
    )
