"""Usage over time, broken down, and compared: the endpoints that every dimension shares."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from teams.api.writing import written
from usage.api.figures import (
    DIMENSION_CHOICES,
    AllMeasuresSerializer,
    ChangeSerializer,
    MeasuresSerializer,
    RowOfAllSerializer,
    RowSerializer,
    tell_further,
)
from usage.api.panels.base import AnsweredSerializer, PanelView, panel_schema
from usage.api.panels.members_example import BREAKDOWN, COMPARE
from usage.api.panels.pages import IN_PAGES, PageSerializer, page_addresses
from usage.api.panels.timeseries_example import TIMESERIES
from usage.api.taking import DRAWN_BASIS
from usage.panels.filters import BadFilter, Parameters, one
from usage.panels.measures import FURTHER, asked_measures
from usage.panels.parameters import BUCKET, BY, LINES, MEASURES, TOP
from usage.panels.step_pages import MOST_DAYS, MOST_DAYS_OF_ROWS, MOST_ENTRIES
from usage.panels.vocabulary import Bucket, Dimension
from usage.queries.panels.course import MOST_DAYS_BY_HOUR, asked_course
from usage.queries.panels.registry import EVERY_DAY
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.series import breakdown_by, series_over

MOST_LINES: Final = 20
MOST_ROWS: Final = 1000


class StepSerializer(serializers.Serializer[Any]):
    first = serializers.DateField(source="days.first")
    last = serializers.DateField(source="days.last")
    is_partial = serializers.BooleanField(help_text="It is not over yet.")
    is_cut = serializers.BooleanField(help_text="The week or month begins before or ends after the range.")


class LineSerializer(serializers.Serializer[Any]):
    """One value of the dimension, with one entry of measures per step; `other` is all smaller ones together."""

    row = RowSerializer()
    measures = MeasuresSerializer(many=True)


class TimeseriesSerializer(serializers.Serializer[Any]):
    bucket = serializers.ChoiceField(choices=[bucket.value for bucket in Bucket])
    by = serializers.ChoiceField(choices=DIMENSION_CHOICES, allow_null=True)
    steps = StepSerializer(many=True)
    totals = MeasuresSerializer(many=True, help_text="One per step.")
    series = LineSerializer(many=True, help_text="Add up to the totals in every step; empty without `by`.")


@extend_schema_field({"type": "string", "format": "date-time"})
class LocalHourField(serializers.Field[datetime, Any, str, Any]):
    """An instant with the offset that the clock had then."""

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


class TimeStepSerializer(StepSerializer):
    hour_start = LocalHourField(
        allow_null=True,
        help_text="Of hours: the instant at which it begins, with the offset of the organization's clock; an hour "
        "that the clock repeats comes twice, with two offsets. `first` and `last` are its day. Null for longer steps.",
    )


class HourlySeriesSerializer(TimeseriesSerializer):
    steps = TimeStepSerializer(many=True, help_text="Up to now: none begins later.")


class LineOfAllSerializer(LineSerializer):
    measures = AllMeasuresSerializer(many=True)


class TimeseriesAnswerSerializer(AnsweredSerializer, HourlySeriesSerializer):
    totals = AllMeasuresSerializer(many=True, help_text="One per step.")
    series = LineOfAllSerializer(
        many=True,
        help_text="Add up to the totals in every step; empty without `by`. Each page has the same lines, whose `row` "
        "is of all days.",
    )
    page = PageSerializer()


class BreakdownSerializer(serializers.Serializer[Any]):
    by = serializers.ChoiceField(choices=DIMENSION_CHOICES)
    total = MeasuresSerializer(source="total.measures")
    change = ChangeSerializer(source="total.change", help_text="Of the days compared.")
    rows = RowSerializer(many=True, help_text="Add up to the total exactly.")


class BreakdownAnswerSerializer(AnsweredSerializer, BreakdownSerializer):
    total = AllMeasuresSerializer(source="total.measures")
    rows = RowOfAllSerializer(many=True, help_text="Add up to the total exactly.")


class CompareSerializer(serializers.Serializer[Any]):
    total = MeasuresSerializer(source="measures", help_text="In all days shown.")
    change = ChangeSerializer(help_text="The days compared beside those before.")


class CompareAnswerSerializer(AnsweredSerializer, CompareSerializer):
    pass


_BY: Final = OpenApiParameter(
    BY,
    str,
    enum=[dimension.value for dimension in EVERY_DAY],
    description="The dimension to break down by.",
)
_MEASURES: Final = OpenApiParameter(
    MEASURES,
    str,
    description="Further measures beside those that are always told, by name with commas between: "
    f"{', '.join(f'`{name}`' for name in FURTHER)}.",
)


class TimeseriesView(PanelView):
    filters: ClassVar[Sequence[Dimension]] = EVERY_DAY
    is_compared: ClassVar[bool] = False

    @panel_schema(
        operation_id="usage_timeseries",
        summary="Usage over time",
        description="Sums per hour, day, week (beginning on the organization's week day) or month, if asked for by "
        "one dimension: its leading values, and all others together. Hours are those of the organization's clock, of "
        f"at most {MOST_DAYS_BY_HOUR} days; they are not kept by project or member, but members read their own by "
        f"any dimension. Long series come in pages: of {MOST_ENTRIES} entries of measures at most, and of "
        f"{MOST_DAYS[Bucket.HOUR]} days by the hour, {MOST_DAYS[Bucket.DAY]} by the day, {MOST_DAYS[Bucket.WEEK]} by "
        f"the week; of {MOST_DAYS_OF_ROWS} days by what days are not summed up by: all but models, features and "
        "departments or projects.",
        answer=TimeseriesAnswerSerializer,
        dimensions=EVERY_DAY,
        is_compared=False,
        parameters=[
            OpenApiParameter(
                BUCKET,
                str,
                enum=[bucket.value for bucket in Bucket],
                description="How long a step is; if left out what suits the range: days, weeks or months.",
            ),
            _BY,
            DRAWN_BASIS,
            _MEASURES,
            IN_PAGES,
            OpenApiParameter(
                LINES, int, description=f"Values with a line of their own: 1 to {MOST_LINES}, or 5."
            ),
        ],
        example=TIMESERIES,
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def body(self, asked: PanelRequest) -> Mapping[str, Any]:
        by = asked_dimension(asked) if one(asked.parameters, BY) else None
        names = asked_measures(asked.parameters)
        lines = asked_number(asked, LINES, most=MOST_LINES, default=5)
        course, page = asked_course(asked, by=by, lines=lines, measures=names)
        found = series_over(asked.reader, course, by=by, lines=lines, further=names)
        body = written(HourlySeriesSerializer, found) | {"page": page_addresses(self.request, page)}
        if names:
            tell_further(body["totals"], found.further, names)
            for line, of_line in zip(body["series"], found.series, strict=True):
                tell_further(line["measures"], of_line.further, names)
        return body


class BreakdownView(PanelView):
    filters: ClassVar[Sequence[Dimension]] = EVERY_DAY

    @panel_schema(
        operation_id="usage_breakdown",
        summary="Usage by one dimension",
        description="Every value with its share and its change, by cost; what named none is a row of its own, and "
        "the rows add up to the total exactly.",
        answer=BreakdownAnswerSerializer,
        dimensions=EVERY_DAY,
        parameters=[
            OpenApiParameter(BY, str, required=True, enum=_BY.enum, description=_BY.description),
            DRAWN_BASIS,
            _MEASURES,
            OpenApiParameter(
                TOP,
                int,
                description=f"Rows by cost, 1 to {MOST_ROWS}; the rest is one row. 100 if left out.",
            ),
        ],
        example=BREAKDOWN,
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def body(self, asked: PanelRequest) -> Mapping[str, Any]:
        top = asked_number(asked, TOP, most=MOST_ROWS, default=100)
        names = asked_measures(asked.parameters)
        found = breakdown_by(asked.reader, asked_dimension(asked), asked.spans, top=top, further=names)
        body = written(BreakdownSerializer, found)
        if found.further:
            total, of_rows = found.further
            tell_further(
                [body["total"], *(row["measures"] for row in body["rows"])], [total, *of_rows], names
            )
        return body


class CompareView(PanelView):
    filters: ClassVar[Sequence[Dimension]] = EVERY_DAY

    @panel_schema(
        operation_id="usage_compare",
        summary="Usage beside that of other days",
        description="The total of the days shown, and their change against the days before or those of a year ago. "
        "Days that are not over yet are left out of both sides.",
        answer=CompareAnswerSerializer,
        dimensions=EVERY_DAY,
        example=COMPARE,
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def body(self, asked: PanelRequest) -> Mapping[str, Any]:
        return written(CompareSerializer, asked.reader.total(asked.spans))


def asked_dimension(asked: PanelRequest) -> Dimension:
    """The dimension of ``by``. Raises ``BadFilter``."""
    by = one(asked.parameters, BY)
    known = ", ".join(dimension.value for dimension in EVERY_DAY)
    if by not in EVERY_DAY:
        raise BadFilter(BY, _("Choose one of: %(known)s.") % {"known": known})
    return Dimension(by)


def asked_number(asked: PanelRequest, name: str, *, most: int, default: int) -> int:
    """A whole number from 1 to ``most``. Raises ``BadFilter``."""
    return asked_count(asked.parameters, name, most=most, default=default)


def asked_count(parameters: Parameters, name: str, *, most: int, default: int) -> int:
    """The same among ``parameters``."""
    text = one(parameters, name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise BadFilter(name, _("This is a whole number from 1 to %(most)d.") % {"most": most})
    return int(text)
