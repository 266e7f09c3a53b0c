from billing.models.account import BillingAccount, BillingContact
from billing.models.budget import Budget, TriggeredAlert
from billing.models.invoice import Invoice, InvoicedClose, InvoiceLine, InvoiceShare, InvoiceTax
from billing.models.issuer import Issuer, NumberSeries
from billing.models.payment import CreditEntry, Payment
from billing.models.plan import Plan, PlanPrice, Subscription
from billing.models.rate import ExchangeRate, PeriodRate

__all__ = [
    "BillingAccount",
    "BillingContact",
    "Budget",
    "CreditEntry",
    "ExchangeRate",
    "Invoice",
    "InvoiceLine",
    "InvoiceShare",
    "InvoiceTax",
    "InvoicedClose",
    "Issuer",
    "NumberSeries",
    "Payment",
    "PeriodRate",
    "Plan",
    "PlanPrice",
    "Subscription",
    "TriggeredAlert",
]
