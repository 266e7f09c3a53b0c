from django.urls import include, path, register_converter

from usage.api.events import UsageEventsView
from usage.api.files import FileDetailView
from usage.api.ingest import ingest_paths
from usage.api.messages import MessageDetailView
from usage.api.void import TransactionIdConverter, VoidEventView
from usage.api.why_cost import ChatCostView, EventCostView, MessageCostView

register_converter(TransactionIdConverter, "transaction_id")

urlpatterns = [
    path("usage/events", UsageEventsView.as_view(), name="usage-events"),
    path(
        "usage/events/<transaction_id:transaction_id>/void", VoidEventView.as_view(), name="void-usage-event"
    ),
    path(
        "usage/events/<transaction_id:transaction_id>/cost", EventCostView.as_view(), name="usage-event-cost"
    ),
    path(
        "usage/messages/<transaction_id:message_id>/cost",
        MessageCostView.as_view(),
        name="usage-message-cost",
    ),
    path("usage/chats/<transaction_id:conversation_id>/cost", ChatCostView.as_view(), name="usage-chat-cost"),
    path("usage/messages/<transaction_id:message_id>", MessageDetailView.as_view(), name="usage-message"),
    path("usage/files/<transaction_id:file_id>", FileDetailView.as_view(), name="usage-file"),
    path("", include("usage.api.panels.urls")),
    *ingest_paths(),
]
