from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("teams.web.urls")),
    path("", include("billing.web.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
