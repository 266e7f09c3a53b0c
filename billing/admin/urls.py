"""Admin pages that are about many entries at once."""

from django.contrib import admin
from django.urls import path

from billing.admin.health import data_health
from billing.admin.month_close import close_step, month_close
from usage.admin.unpriced import price_page, unpriced_page

urlpatterns = [
    path("data-health/", admin.site.admin_view(data_health), name="data-health"),
    path("month-close/", admin.site.admin_view(month_close), name="month-close"),
    path("month-close/<str:step>/", admin.site.admin_view(close_step), name="month-close-step"),
    path("unpriced/", admin.site.admin_view(unpriced_page), name="unpriced"),
    path("unpriced/<int:model_id>/price/", admin.site.admin_view(price_page), name="unpriced-price"),
]
