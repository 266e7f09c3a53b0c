"""Who used what: members page by page, departments and projects."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from teams.api.writing import written
from teams.permissions import Access, may_see_others_usage
from usage.api.figures import ChangeSerializer, MeasuresSerializer, RowSerializer
from usage.api.panels.base import AnsweredSerializer, PanelView, panel_schema
from usage.api.panels.members_example import DEPARTMENTS, MEMBERS, PROJECTS
from usage.api.panels.pages import PAGES, PageSerializer, page_addresses
from usage.api.panels.series import MOST_ROWS as MOST_BREAKDOWN_ROWS
from usage.api.panels.series import BreakdownAnswerSerializer, BreakdownSerializer, asked_number
from usage.api.taking import DRAWN_BASIS
from usage.panels.members import MemberSort
from usage.panels.paging import SEARCH, SORT
from usage.panels.parameters import TOP
from usage.panels.vocabulary import Dimension
from usage.queries.panels.members import members_panel
from usage.queries.panels.registry import EVERY_DAY
from usage.queries.panels.request import PanelRequest
from usage.queries.panels.series import breakdown_by


class FavouriteModelSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    provider_name = serializers.CharField()
    value = serializers.CharField(help_text="What a filter calls it.")
    tokens = serializers.IntegerField(help_text="Of this member on this model, in the days shown.")


class MemberLineSerializer(serializers.Serializer[Any]):
    row = RowSerializer()
    last_active_on = serializers.DateField(
        source="last_day", allow_null=True, help_text="The last of the days shown with usage."
    )
    favourite_model = FavouriteModelSerializer(
        source="favourite", allow_null=True, help_text="The one that most tokens went to."
    )
    chats_begun = serializers.IntegerField(
        allow_null=True,
        help_text="On the days shown. Null with a filter by anything but member, and for department leads: a chat "
        "belongs to its member alone.",
    )


class MembersSerializer(serializers.Serializer[Any]):
    total = MeasuresSerializer(source="total.measures", help_text="Of all members and of usage without one.")
    change = ChangeSerializer(source="total.change", help_text="Of the days compared.")
    member_count = serializers.IntegerField(help_text="Members with usage.")
    count = serializers.IntegerField(help_text="Those of them that match the search.")
    members = MemberLineSerializer(many=True)
    unattributed = RowSerializer(
        allow_null=True, help_text="Usage without a member. All members and it add up to the total exactly."
    )


class MembersAnswerSerializer(AnsweredSerializer, MembersSerializer):
    page = PageSerializer()


class _TeamView(PanelView):
    filters: ClassVar[Sequence[Dimension]] = EVERY_DAY
    may_see: ClassVar[Callable[[Access], bool]] = staticmethod(may_see_others_usage)


class MembersView(_TeamView):
    @panel_schema(
        operation_id="usage_members",
        summary="Usage by member",
        description="Every member with usage: tokens, cost, shares of the total, favourite model, last active day and "
        "chats begun.",
        answer=MembersAnswerSerializer,
        dimensions=EVERY_DAY,
        parameters=[
            OpenApiParameter(
                SORT,
                str,
                enum=[sort.value for sort in MemberSort],
                description="Figures largest first, names from A; `cost` if left out.",
            ),
            OpenApiParameter(
                SEARCH, str, description="A part of the name or of the client's id; any letter case."
            ),
            *PAGES,
        ],
        example=MEMBERS,
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def body(self, asked: PanelRequest) -> Mapping[str, Any]:
        found = members_panel(asked)
        return {**written(MembersSerializer, found), "page": page_addresses(self.request, found.page)}


_TOP: Final = OpenApiParameter(
    TOP,
    int,
    description=f"Rows by cost, 1 to {MOST_BREAKDOWN_ROWS}; the rest is one row. 100 if left out.",
)


class DepartmentsView(_TeamView):
    @panel_schema(
        operation_id="usage_departments",
        summary="Usage by department",
        description="Each department with what was used in it by whoever was in it at the time of the event: who moves "
        "takes no history along.",
        answer=BreakdownAnswerSerializer,
        dimensions=EVERY_DAY,
        parameters=[DRAWN_BASIS, _TOP],
        example=DEPARTMENTS,
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def body(self, asked: PanelRequest) -> Mapping[str, Any]:
        return _broken_down(asked, Dimension.DEPARTMENT)


class ProjectsView(_TeamView):
    @panel_schema(
        operation_id="usage_projects",
        summary="Usage by project",
        description="Each project with the usage that named it.",
        answer=BreakdownAnswerSerializer,
        dimensions=EVERY_DAY,
        parameters=[DRAWN_BASIS, _TOP],
        example=PROJECTS,
    )
    def get(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def body(self, asked: PanelRequest) -> Mapping[str, Any]:
        return _broken_down(asked, Dimension.PROJECT)


def _broken_down(asked: PanelRequest, by: Dimension) -> Mapping[str, Any]:
    top = asked_number(asked, TOP, most=MOST_BREAKDOWN_ROWS, default=100)
    return written(BreakdownSerializer, breakdown_by(asked.reader, by, asked.spans, top=top))
