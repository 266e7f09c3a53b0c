"""The admin pages of billing. Django finds them by importing this package."""

from billing.admin import accounts, invoices, issuers, payments, plans, rates, subscriptions

__all__ = ["accounts", "invoices", "issuers", "payments", "plans", "rates", "subscriptions"]
