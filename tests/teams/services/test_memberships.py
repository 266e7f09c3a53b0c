from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError

from teams.models import AuditEntry, DepartmentMembership, Member
from teams.queries.directory import directory_version
from teams.services.directory import merge_department, merge_member
from teams.services.memberships import move_member
from tests.teams.cast import LONG_AGO, Cast
from tests.teams.factories import DepartmentFactory, MemberFactory
from tests.threads import at_once

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)


def spans(member: Member) -> list[tuple[int, datetime, datetime | None]]:
    rows = member.department_memberships.order_by("starts_at")
    return list(rows.values_list("department_id", "starts_at", "ends_at"))


def test_a_move_closes_the_open_membership_and_opens_the_new_one(cast: Cast) -> None:
    bob, sales = cast.member(cast.bob), DepartmentFactory(organization=cast.acme)
    before = directory_version(cast.acme.id)
    move_member(member=bob, department=sales, from_instant=MARCH, actor=cast.alice, reason="New job")
    assert spans(bob) == [(cast.research.id, LONG_AGO, MARCH), (sales.id, MARCH, None)]
    assert directory_version(cast.acme.id) > before
    entry = AuditEntry.objects.get(action="member.moved")
    assert (entry.actor, entry.reason, entry.organization) == (cast.alice, "New job", cast.acme)
    assert entry.facts["from_department"] == "Research"


def test_someone_may_join_leave_and_come_back(cast: Cast) -> None:
    member = MemberFactory(organization=cast.acme)
    move_member(member=member, department=cast.research, from_instant=LONG_AGO)
    assert move_member(member=member, department=None, from_instant=MARCH) is None
    move_member(member=member, department=cast.research, from_instant=MAY)
    assert spans(member) == [(cast.research.id, LONG_AGO, MARCH), (cast.research.id, MAY, None)]


def test_a_move_to_where_one_is_changes_nothing(cast: Cast) -> None:
    bob = cast.member(cast.bob)
    opened = move_member(member=bob, department=cast.research, from_instant=MARCH)
    assert opened is not None
    assert spans(bob) == [(cast.research.id, LONG_AGO, None)]
    assert not AuditEntry.objects.exists()


def test_a_second_move_at_the_same_instant_replaces_the_first(cast: Cast) -> None:
    bob = cast.member(cast.bob)
    sales, support = DepartmentFactory.create_batch(2, organization=cast.acme)
    move_member(member=bob, department=sales, from_instant=MARCH)
    move_member(member=bob, department=support, from_instant=MARCH)
    assert spans(bob) == [(cast.research.id, LONG_AGO, MARCH), (support.id, MARCH, None)]


def test_a_move_never_rewrites_what_is_known(cast: Cast) -> None:
    bob, sales = cast.member(cast.bob), DepartmentFactory(organization=cast.acme)
    move_member(member=bob, department=None, from_instant=MARCH)
    known = spans(bob)
    with pytest.raises(ValidationError):
        move_member(member=bob, department=sales, from_instant=MARCH - timedelta(microseconds=1))
    assert spans(bob) == known


def test_a_move_into_the_wrong_department_is_refused(cast: Cast) -> None:
    bob, merged = cast.member(cast.bob), DepartmentFactory(organization=cast.acme)
    merge_department(source=merged, target=cast.research)
    merged.refresh_from_db()
    for department in (DepartmentFactory(organization=cast.other), merged):
        with pytest.raises(ValidationError):
            move_member(member=bob, department=department, from_instant=MARCH)
    assert spans(bob) == [(cast.research.id, LONG_AGO, None)]


def test_a_merged_member_is_not_moved(cast: Cast) -> None:
    placeholder = MemberFactory(organization=cast.acme)
    merge_member(source=placeholder, target=cast.member(cast.bob))
    with pytest.raises(ValidationError):
        move_member(member=placeholder, department=cast.research, from_instant=MARCH)


@pytest.mark.django_db(transaction=True)
def test_moves_at_the_same_moment_never_overlap(cast: Cast) -> None:
    bob = cast.member(cast.bob)
    departments = DepartmentFactory.create_batch(4, organization=cast.acme)
    instants = [MARCH + timedelta(days=day) for day in range(4)]

    def move(number: int) -> object:
        return move_member(member=bob, department=departments[number], from_instant=instants[number])

    results = at_once(*[lambda number=number: move(number) for number in range(4)])
    # Which of them come too late depends on who was first; nothing else may go wrong.
    assert all(isinstance(result, DepartmentMembership | ValidationError) for result in results)
    stored = spans(bob)
    assert len(stored) == 1 + sum(isinstance(result, DepartmentMembership) for result in results)
    for (_, _, ends_at), (_, starts_at, _) in pairwise(stored):
        assert ends_at == starts_at
    assert stored[-1][2] is None
