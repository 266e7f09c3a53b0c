"""The admin pages of billing. Django finds them by importing this package."""

from billing.admin import (
    accounts,
    alerts,
    budgets,
    invoices,
    issuers,
    payments,
    plans,
    rates,
    rerating,
    subscriptions,
)

__all__ = [
    "accounts",
    "alerts",
    "budgets",
    "invoices",
    "issuers",
    "payments",
    "plans",
    "rates",
    "rerating",
    "subscriptions",
]
