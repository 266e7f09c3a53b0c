from django.urls import path

from billing.api.budgets import BudgetsView
from billing.api.overview import OverviewView

app_name = "billing_api"
urlpatterns = [
    path("usage/overview", OverviewView.as_view(), name="usage-overview"),
    path("billing/budgets", BudgetsView.as_view(), name="billing-budgets"),
]
