"""Questions asked together are answered as each of them alone would be."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db.models import Count, QuerySet, Value

from teams.models import Department, Member, Organization
from teams.queries.together import Question, asked_often, asked_together
from tests.teams.cast import Cast

pytestmark = pytest.mark.django_db


def test_each_is_answered_as_alone(cast: Cast, django_assert_num_queries) -> None:
    questions = [
        Member.objects.order_by("-name").values_list("name", "organization_id", "left_at"),
        Organization.objects.order_by("slug"),
        Department.objects.filter(name="no such").order_by("id"),
        Member.objects.order_by().values("organization_id").annotate(many=Count("id")).values_list("many"),
        Department.objects.annotate(kind=Value("department")).values_list("kind", "lead_id"),
        Member.objects.filter(id__in=[]),
        Member.objects.order_by("id")
        .values_list("name")[:2]
        .union(Department.objects.order_by("id").values_list("name")[:1], all=True),
    ]
    alone = [list(question.all()) for question in questions]
    with django_assert_num_queries(1):
        together = asked_together(*questions)
    assert together == alone
    assert [one.name for one in together[1]] == ["Acme", "Other"]


def test_sql_and_its_types(django_assert_num_queries) -> None:
    question = Question(
        "SELECT * FROM (VALUES (%s::date, %s::numeric, %s::timestamptz, NULL), (NULL, 2, now(), 'b')) v",
        [date(2026, 5, 1), Decimal("1.50"), datetime(2026, 5, 1, tzinfo=UTC)],
        columns=4,
    )
    with django_assert_num_queries(1):
        (first, second), nothing = asked_together(question, Question("SELECT 1 WHERE false", [], columns=1))
    assert first == (date(2026, 5, 1), Decimal("1.50"), datetime(2026, 5, 1, tzinfo=UTC), None)
    assert (second[0], str(first[1]), second[3]) == (None, "1.50", "b")
    assert nothing == []


def test_nothing_to_ask_takes_no_statement(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert asked_together() == []
        assert asked_together(Member.objects.none()) == [[]]


def _joined_in(organization_ids: list[int], since: date) -> "QuerySet[Member]":
    members = Member.objects.filter(organization_id__in=organization_ids, created_at__date__gte=since)
    return members.exclude(name="nobody").order_by("id")


def test_what_is_asked_often_is_answered_for_the_arguments_of_each_time(cast: Cast) -> None:
    ids = list(Organization.objects.order_by("id").values_list("id", flat=True))
    first = date(2000, 1, 1)
    cases = [(ids, first), (ids[:1], first), (ids[1:2], first), (ids[:1], date(2999, 1, 1)), ([], first)]
    for organization_ids, since in cases:
        (members,) = asked_together(asked_often(_joined_in, organization_ids, since))
        assert members == list(_joined_in(organization_ids, since))


def test_what_is_asked_often_asks_by_all_of_its_arguments() -> None:
    def forgetful(organization_id: int, name: str) -> "QuerySet[Member]":
        return Member.objects.filter(organization_id=organization_id)

    with pytest.raises(TypeError, match="forgetful asks for something else"):
        asked_often(forgetful, 1, "Bob")
