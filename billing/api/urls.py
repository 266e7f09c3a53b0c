from django.urls import path

from billing.api.overview import OverviewView

app_name = "billing_api"
urlpatterns = [path("usage/overview", OverviewView.as_view(), name="usage-overview")]
