from django.contrib import admin
from django.urls import path

from usage.admin.panels import choose_organization, panel_paths
from usage.queries.panels.registry import PANELS

urlpatterns = [
    path("", admin.site.admin_view(choose_organization), name="admin-panels"),
    *panel_paths(PANELS),
]
