"""What the endpoints share that explain one thing of the ledger, as far as the asker may see it."""

from typing import Any, Final

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from teams.api.access import PARAMETER, request_access
from teams.api.authentication import RequiresScope
from teams.api.conditional import conditional
from teams.api.problems import CONTENT_TYPE
from teams.api.schema import ProblemSerializer
from teams.api.writing import written
from teams.enums import KeyScope
from teams.permissions import Visible, usage_scope
from teams.queries.access import NotVisible

ORGANIZATION: Final = OpenApiParameter(PARAMETER, str, description="Short name. Not needed with a key.")
CONVERSATION: Final = OpenApiParameter(
    "conversation_id", str, description="Of the message's chat, if it was sent with one."
)


def id_in_path(name: str, description: str) -> OpenApiParameter:
    """The id in the path; what it is, for the API's document."""
    encode = "Percent-encode it as one part of the path (`/` as `%2F`)."
    return OpenApiParameter(name, str, OpenApiParameter.PATH, description=f"{description} {encode}")


def answers_of(serializer: type[Serializer[Any]]) -> dict[Any, Any]:
    """What may be answered, for the API's document."""
    return {
        200: serializer,
        304: OpenApiResponse(description="Nothing has changed since that ETag."),
        **{(status, CONTENT_TYPE): ProblemSerializer for status in (400, 401, 403, 404)},
    }


def example_of(value: Any, *, name: str = "Answer") -> OpenApiExample:
    """An answer as the API's document shows it."""
    return OpenApiExample(name, value=value, response_only=True, status_codes=["200"])


class ReadingView(APIView):
    """Reads; changes nothing."""

    permission_classes = (RequiresScope(KeyScope.USAGE_READ, people=True),)


def asker(request: Request) -> tuple[int, Visible]:
    """Whose organization is asked about, and what of it may be seen. Raises ``NotVisible`` where that is nothing."""
    access = request_access(request)
    visible = usage_scope(access)
    if visible.is_nothing:
        raise NotVisible
    return access.organization_id, visible


def answer(request: Request, serializer: type[Serializer[Any]], found: object | None) -> HttpResponse:
    """What was found, or 304 where the asker has it already; raises ``NotVisible`` where it is nothing."""
    if found is None:
        raise NotVisible
    return conditional(request, written(serializer, found), apart_from=frozenset())
