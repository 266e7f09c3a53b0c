"""How the endpoints on usage are described, and held to it: what is not described is not taken."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final, TypeVar, cast

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from teams.api.problems import Problem
from usage.panels.basis import TOKENS_OR_COST, asked_basis
from usage.panels.filters import BadFilter
from usage.panels.parameters import BASIS, check_taken

Get = TypeVar("Get", bound=Callable[..., HttpResponse])

DRAWN_BASIS: Final = OpenApiParameter(
    BASIS,
    str,
    enum=[basis.value for basis in TOKENS_OR_COST],
    description="What the chart of this panel's page draws. The answer holds both, and is the same for either.",
)
"""Of endpoints whose page can be asked with a basis, so that its query holds here too."""


def endpoint_schema(*, parameters: Sequence[OpenApiParameter], **described: Any) -> Callable[[Get], Get]:
    """The description of an endpoint. It answers 400 to a parameter of other panels that is not in ``parameters``."""
    taken = {parameter.name for parameter in parameters if parameter.location == OpenApiParameter.QUERY}
    is_drawn = DRAWN_BASIS in parameters

    def decorated(get: Get) -> Get:
        @wraps(get)
        def checked(view: APIView, request: Request, **names: str) -> HttpResponse:
            asked = dict(request.query_params.lists())
            try:
                check_taken(asked, taken)
                if is_drawn:
                    asked_basis(asked, TOKENS_OR_COST)
            except BadFilter as error:
                errors = [(field, error.reason) for field in error.fields]
                raise Problem(status=400, detail=error.reason, errors=errors) from None
            return get(view, request, **names)

        return cast("Get", extend_schema(parameters=list(parameters), **described)(checked))

    return decorated
