from django.urls import path

from usage.api.panels.chats import ChatsView, ChatView, MessagesView
from usage.api.panels.costs import CostsView
from usage.api.panels.files import FilesView
from usage.api.panels.heatmap import HeatmapView
from usage.api.panels.integrations import IntegrationsView, IntegrationView
from usage.api.panels.members import DepartmentsView, MembersView, ProjectsView
from usage.api.panels.series import BreakdownView, CompareView, TimeseriesView
from usage.api.panels.tools import ToolsView
from usage.api.panels.trends import TrendsView

urlpatterns = [
    path("usage/timeseries", TimeseriesView.as_view(), name="usage-timeseries"),
    path("usage/breakdown", BreakdownView.as_view(), name="usage-breakdown"),
    path("usage/chats", ChatsView.as_view(), name="usage-chats"),
    path("usage/chats/<transaction_id:conversation_id>", ChatView.as_view(), name="usage-chat"),
    path("usage/messages", MessagesView.as_view(), name="usage-messages"),
    path("usage/costs", CostsView.as_view(), name="usage-costs"),
    path("usage/compare", CompareView.as_view(), name="usage-compare"),
    path("usage/members", MembersView.as_view(), name="usage-members"),
    path("usage/departments", DepartmentsView.as_view(), name="usage-departments"),
    path("usage/projects", ProjectsView.as_view(), name="usage-projects"),
    path("usage/heatmap", HeatmapView.as_view(), name="usage-heatmap"),
    path("usage/trends", TrendsView.as_view(), name="usage-trends"),
    path("usage/files", FilesView.as_view(), name="usage-files"),
    path("usage/tools", ToolsView.as_view(), name="usage-tools"),
    path("usage/integrations", IntegrationsView.as_view(), name="usage-integrations"),
    path(
        "usage/integrations/<transaction_id:integration_id>",
        IntegrationView.as_view(),
        name="usage-integration",
    ),
]
