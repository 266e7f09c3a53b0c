from django.urls import path

from usage.api.events import UsageEventsView

urlpatterns = [path("usage/events", UsageEventsView.as_view(), name="usage-events")]
