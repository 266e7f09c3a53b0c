from django.urls import path

from billing.api.budgets import BudgetsView
from billing.api.health import DataHealthView
from billing.api.invoices import InvoicePdfView, InvoicesView, InvoiceView
from billing.api.months import MonthsView
from billing.api.overview import OverviewView
from billing.api.why_line import InvoiceLineCostView

app_name = "billing_api"
urlpatterns = [
    path("usage/overview", OverviewView.as_view(), name="usage-overview"),
    path("usage/months", MonthsView.as_view(), name="usage-months"),
    path("usage/health", DataHealthView.as_view(), name="usage-health"),
    path("billing/budgets", BudgetsView.as_view(), name="billing-budgets"),
    path("billing/invoices", InvoicesView.as_view(), name="billing-invoices"),
    # A number may hold slashes, so the path to its PDF is looked at first.
    path("billing/invoices/<path:number>/pdf", InvoicePdfView.as_view(), name="billing-invoice-pdf"),
    path(
        "billing/invoices/<path:number>/lines/<int:position>/cost",
        InvoiceLineCostView.as_view(),
        name="billing-invoice-line-cost",
    ),
    path("billing/invoices/<path:number>", InvoiceView.as_view(), name="billing-invoice"),
]
