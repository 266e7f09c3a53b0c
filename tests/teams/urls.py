"""The project's pages, and endpoints for tests of what all endpoints share."""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import urlpatterns as project
from tests.teams.api import views


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("secret value")


def away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("secret host")


urlpatterns = [
    path("api/write", views.WriteView.as_view()),
    path("api/read", views.ReadView.as_view()),
    path("api/order", views.OrderView.as_view()),
    path("api/raise/<str:kind>", views.RaisingView.as_view()),
    path("api/broken", broken),
    path("api/away", away),
    path("away", away),
    path("broken", broken),
    *project,
]

handler400 = "teams.api.problems.bad_request"
handler403 = "teams.api.problems.permission_denied"
handler404 = "teams.api.problems.page_not_found"
handler500 = "teams.api.problems.server_error"
