"""Where everything is found: the web app at the root, the admin, and the API with its documentation."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config.health import healthz
from teams.web.views import not_here

# Whoever needs addresses needs the pages of the admin; the worker needs neither.
admin.autodiscover()

api: list[URLPattern | URLResolver] = [
    path("", include("usage.api.urls")),
    path("", include("billing.api.urls")),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
]

urlpatterns = [
    path("healthz", healthz),
    # Addresses are given by staff and invitations: nobody changes who they are by themselves.
    path("accounts/email/", not_here),
    path("accounts/", include("allauth.urls")),
    path("admin/billing/", include("billing.admin.urls")),
    path("admin/panels/", include("usage.admin.urls")),
    path("admin/panels/", include("billing.admin.panel_urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include(api)),
    path("", include("teams.web.urls")),
    path("", include("usage.web.urls")),
    path("", include("billing.web.urls")),
]

handler400 = "teams.api.problems.bad_request"
handler403 = "teams.api.problems.permission_denied"
handler404 = "teams.api.problems.page_not_found"
handler500 = "teams.api.problems.server_error"
