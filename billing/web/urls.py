from django.urls import path

from billing.web import views

urlpatterns = [path("o/<slug:slug>/", views.overview, name="overview")]
