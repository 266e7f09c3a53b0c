"""The product's addresses, and an API endpoint that answers nothing to whoever may read usage."""

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.urls import handler400, handler403, handler404, handler500
from config.urls import urlpatterns as product
from teams.api.authentication import RequiresScope
from teams.enums import KeyScope

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class NothingView(APIView):
    """Authenticates as the panels do, reads nothing."""

    permission_classes = (RequiresScope(KeyScope.USAGE_READ, people=True),)
    schema = None

    def get(self, request: Request) -> Response:
        return Response({})


urlpatterns = [path("api/v1/usage/nothing", NothingView.as_view()), *product]
