from django.urls import path, register_converter

from usage.api.events import UsageEventsView
from usage.api.ingest import ingest_paths
from usage.api.void import TransactionIdConverter, VoidEventView

register_converter(TransactionIdConverter, "transaction_id")

urlpatterns = [
    path("usage/events", UsageEventsView.as_view(), name="usage-events"),
    path(
        "usage/events/<transaction_id:transaction_id>/void", VoidEventView.as_view(), name="void-usage-event"
    ),
    *ingest_paths(),
]
