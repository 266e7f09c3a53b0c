"""What all endpoints of panels share: who asks, how it is filtered, conditional answers, and how they are described."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from teams.api.access import PARAMETER, organization_asked
from teams.api.authentication import RequiresScope
from teams.api.conditional import IF_NONE_MATCH, conditional
from teams.api.problems import CONTENT_TYPE, Problem
from teams.api.schema import ProblemSerializer
from teams.api.writing import written
from teams.enums import KeyScope
from teams.permissions import Access
from teams.queries.access import NotVisible
from usage.api.taking import endpoint_schema
from usage.panels.filters import COMPARE, FROM, RANGE, TO, BadFilter
from usage.panels.sources import NotOffered
from usage.panels.vocabulary import DIMENSION_NAMES, Compare, Dimension, Range
from usage.queries.panels.registry import sees_usage
from usage.queries.panels.request import PanelRequest, panel_request
from usage.queries.snapshot import one_snapshot


class DaysSerializer(serializers.Serializer[Any]):
    first = serializers.DateField()
    last = serializers.DateField()


class AnsweredSerializer(serializers.Serializer[Any]):
    """What an answer is about, told the same in every one of them."""

    as_of = serializers.DateTimeField(help_text="All that was stored up to then is included.")
    time_zone = serializers.CharField(help_text="Days are those of this zone.")
    currency = serializers.CharField(help_text="Of all costs.")
    is_whole_organization = serializers.BooleanField(
        help_text="False where the asker sees a department or their own usage only."
    )
    days = DaysSerializer(help_text="The days shown.")
    is_partial = serializers.BooleanField(help_text="Whether the last day is not over yet.")
    compared = DaysSerializer(
        allow_null=True,
        help_text="Those of them that are compared: days that are over. Null where nothing is compared.",
    )
    previous = DaysSerializer(allow_null=True, help_text="What they are compared with.")


class PanelView(APIView):
    """Reads; changes nothing. A panel says its ``filters``, and gives the body of its answer in ``body``."""

    permission_classes = (RequiresScope(KeyScope.USAGE_READ, people=True),)
    filters: ClassVar[Sequence[Dimension]] = ()
    is_compared: ClassVar[bool] = True
    may_see: ClassVar[Callable[[Access], bool]] = staticmethod(sees_usage)

    def answer(self, request: Request, **names: str) -> HttpResponse:
        """The panel's answer, or 304 where the asker has it already."""
        organization, access = organization_asked(request)
        if not type(self).may_see(access):
            if not sees_usage(access):
                raise NotVisible
            raise Problem(status=403, detail=_("Your role does not show this panel."))
        try:
            with one_snapshot():
                asked = panel_request(
                    organization=organization,
                    access=access,
                    parameters=dict(request.query_params.lists()),
                    dimensions=self.filters,
                    now=timezone.now(),
                    names=names,
                )
                body = self.body(asked)
        except BadFilter as error:
            raise Problem(status=400, detail=error.reason, errors=[(error.field, error.reason)]) from None
        except NotOffered as error:
            field = error.dimension.value
            raise Problem(status=400, detail=error.reason, errors=[(field, error.reason)]) from None
        if body is None:
            raise NotVisible
        told = answered(asked, is_compared=self.is_compared)
        return conditional(request, {**told, **body}, apart_from=frozenset({"as_of"}))

    def body(self, asked: PanelRequest) -> Mapping[str, Any] | None:
        """What this panel answers beside what all of them tell; None where there is no such thing."""
        raise NotImplementedError


def answered(asked: PanelRequest, *, is_compared: bool = True) -> Mapping[str, Any]:
    """What an answer is about."""
    spans = asked.spans
    facts = {
        "as_of": asked.now,
        "time_zone": asked.time_zone,
        "currency": "USD",
        "is_whole_organization": asked.visible.whole_organization,
        "days": spans.shown,
        "is_partial": asked.asked.is_partial,
        "compared": spans.compared if is_compared else None,
        "previous": spans.previous if is_compared else None,
    }
    return written(AnsweredSerializer, facts)


_COMPARE: Final = OpenApiParameter(
    COMPARE,
    str,
    enum=[compare.value for compare in Compare],
    description="What the days are compared with: as many before (whole months with whole months), the same days a "
    "year ago, or nothing. `previous` if left out.",
)


def filter_parameters(
    dimensions: Sequence[Dimension], *, has_range: bool = True, is_compared: bool = True
) -> list[OpenApiParameter]:
    """How the parameters of a panel that can be filtered by ``dimensions`` are described."""
    return [
        OpenApiParameter(PARAMETER, str, description="Short name. Not needed with a key."),
        *(_range_parameters() if has_range else ()),
        *((_COMPARE,) if has_range and is_compared else ()),
        *(
            OpenApiParameter(dimension.value, str, many=True, explode=True, description=_described(dimension))
            for dimension in dimensions
        ),
        IF_NONE_MATCH,
    ]


def _range_parameters() -> list[OpenApiParameter]:
    return [
        OpenApiParameter(
            RANGE,
            str,
            enum=[named.value for named in Range],
            description="Days by name; `this_month` if left out, `custom` where `from` is given. Years and quarters "
            "are those of the organization's fiscal year.",
        ),
        OpenApiParameter(FROM, str, description="The first day, YYYY-MM-DD, of a `custom` range."),
        OpenApiParameter(TO, str, description="The last day of a `custom` range; today if left out."),
    ]


def panel_schema(
    *,
    operation_id: str,
    summary: str,
    description: str,
    answer: type[serializers.Serializer[Any]],
    dimensions: Sequence[Dimension],
    parameters: Sequence[OpenApiParameter] = (),
    example: Any = None,
    has_range: bool = True,
    is_compared: bool = True,
) -> Any:
    """The description of a panel's endpoint. ``answer`` is the serializer of the whole body."""
    examples = (
        [OpenApiExample("Answer", value=example, response_only=True, status_codes=["200"])] if example else []
    )
    return endpoint_schema(
        operation_id=operation_id,
        tags=["usage"],
        summary=summary,
        description=f"{description} As far as the asker may see it: keys with `usage:read` their organization, "
        "department leads their departments and their own usage, members their own.",
        parameters=[
            *filter_parameters(dimensions, has_range=has_range, is_compared=is_compared),
            *parameters,
        ],
        responses={
            200: answer,
            304: OpenApiResponse(description="Nothing has changed since that ETag."),
            **{(status, CONTENT_TYPE): ProblemSerializer for status in (400, 401, 403, 404)},
        },
        examples=[*examples, _BAD_RANGE],
    )


_BAD_RANGE: Final = OpenApiExample(
    "Day that cannot be read",
    value={
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "A day is written like 2026-11-23.",
        "instance": "/api/v1/usage/timeseries",
        "errors": [{"field": "from", "reason": "A day is written like 2026-11-23."}],
    },
    response_only=True,
    status_codes=["400"],
    media_type=CONTENT_TYPE,
)


def _described(dimension: Dimension) -> str:
    words = {
        Dimension.MODEL: "A model's name, or `provider/name`.",
        Dimension.PROVIDER: "A provider's name.",
    }
    name = str(DIMENSION_NAMES[dimension]).lower()
    by_id = f"The client's id of a {name}, or `id:` and ours."
    if dimension in (Dimension.FEATURE, Dimension.TOOL, Dimension.PLATFORM):
        by_id = f"A {name} as it was sent."
    return f"{words.get(dimension, by_id)} `unattributed` for usage that named none. May be given repeatedly."
