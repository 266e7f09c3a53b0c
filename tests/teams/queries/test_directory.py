from datetime import UTC, datetime, timedelta
from typing import Any

from teams.queries.directory import Named, display_names, load_directory
from teams.services.directory import ensure_members, merge_department, merge_member
from teams.services.memberships import move_member
from tests.teams.cast import LONG_AGO, Cast
from tests.teams.factories import DepartmentFactory, MemberFactory, ProjectFactory

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def test_a_directory_maps_the_clients_ids_of_one_organization(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    project = ProjectFactory(organization=cast.acme, external_id="web")
    with django_assert_num_queries(5):
        directory = load_directory(cast.acme.id)
    people = {"alice": cast.alice, "bob": cast.bob, "dana": cast.dana}
    assert directory.members == {name: cast.member(user).id for name, user in people.items()}
    assert directory.departments == {"research": cast.research.id}
    assert directory.projects == {"web": project.id}


def test_a_member_is_in_one_department_at_each_instant(cast: Cast) -> None:
    bob, sales = cast.member(cast.bob), DepartmentFactory(organization=cast.acme)
    move_member(member=bob, department=sales, from_instant=MARCH)
    move_member(member=bob, department=None, from_instant=MARCH + timedelta(days=1))
    directory = load_directory(cast.acme.id)
    assert directory.memberships[bob.id] == (
        (LONG_AGO, MARCH, cast.research.id),
        (MARCH, MARCH + timedelta(days=1), sales.id),
    )
    at = {
        LONG_AGO - TICK: 0,
        LONG_AGO: cast.research.id,
        MARCH - TICK: cast.research.id,
        MARCH: sales.id,
        MARCH + timedelta(days=1): 0,
    }
    assert {instant: directory.department_at(bob.id, instant) for instant in at} == at
    assert directory.department_at(cast.member(cast.alice).id, MARCH) == 0


def test_merged_entries_lead_to_where_they_went(cast: Cast) -> None:
    bob, old = cast.member(cast.bob), DepartmentFactory(organization=cast.acme, external_id="labs")
    gone = MemberFactory(organization=cast.acme, external_id="carl")
    move_member(member=gone, department=old, from_instant=LONG_AGO)
    merge_department(source=old, target=cast.research)
    merge_member(source=MemberFactory(organization=cast.acme, external_id="bob@old"), target=bob)
    directory = load_directory(cast.acme.id)
    assert directory.members["bob@old"] == bob.id
    assert directory.departments["labs"] == cast.research.id
    assert directory.department_at(gone.id, MARCH) == cast.research.id


def test_the_version_grows_when_a_copy_becomes_wrong(cast: Cast) -> None:
    before = load_directory(cast.acme.id).version
    other = load_directory(cast.other.id).version
    move_member(member=cast.member(cast.bob), department=None, from_instant=MARCH)
    moved = load_directory(cast.acme.id).version
    merge_member(source=MemberFactory(organization=cast.acme), target=cast.member(cast.bob))
    assert before < moved < load_directory(cast.acme.id).version
    assert load_directory(cast.other.id).version == other


def test_names_are_those_that_people_know(cast: Cast) -> None:
    bob = cast.member(cast.bob)
    merged = MemberFactory(organization=cast.acme, external_id="bob@old", name="")
    merge_member(source=merged, target=bob)
    unnamed = ensure_members(cast.acme.id, ["u-9"])["u-9"]
    names = display_names(cast.acme.id)
    assert names.members[bob.id] == names.members[merged.id] == Named(id=bob.id, name="Bob")
    assert names.members[unnamed] == Named(id=unnamed, name="u-9")
    assert names.departments == {cast.research.id: Named(id=cast.research.id, name="Research")}
    assert names.projects == {}
