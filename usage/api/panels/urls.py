from django.urls import path

from usage.api.panels.heatmap import HeatmapView
from usage.api.panels.series import BreakdownView, CompareView, TimeseriesView
from usage.api.panels.trends import TrendsView

urlpatterns = [
    path("usage/timeseries", TimeseriesView.as_view(), name="usage-timeseries"),
    path("usage/breakdown", BreakdownView.as_view(), name="usage-breakdown"),
    path("usage/compare", CompareView.as_view(), name="usage-compare"),
    path("usage/heatmap", HeatmapView.as_view(), name="usage-heatmap"),
    path("usage/trends", TrendsView.as_view(), name="usage-trends"),
]
