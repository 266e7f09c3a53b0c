from django.urls import path

from teams.web import views

urlpatterns = [path("", views.home, name="home")]
