from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from teams.models import AuditEntry, Department, Member, Project
from teams.queries.directory import directory_version
from teams.services.directory import (
    ensure_departments,
    ensure_members,
    ensure_projects,
    merge_department,
    merge_member,
    merge_project,
    name_placeholder,
)
from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory, OrganizationFactory, ProjectFactory
from tests.threads import at_once

ENSURE = [(Member, ensure_members), (Department, ensure_departments), (Project, ensure_projects)]


@pytest.mark.parametrize(("model", "ensure"), ENSURE)
def test_unknown_ids_become_placeholders(
    cast: Cast, model: Any, ensure: Callable[..., dict[str, int]]
) -> None:
    ids = ensure(cast.acme.id, ["b", "a", "b"])
    made = model.objects.filter(organization=cast.acme, is_placeholder=True)
    assert ids == dict(made.values_list("external_id", "id"))
    assert set(ids) == {"a", "b"}
    assert ensure(cast.acme.id, ["a", "b"]) == ids


def test_known_ids_are_left_as_they_are_and_stay_with_their_organization(cast: Cast) -> None:
    bob = cast.member(cast.bob)
    assert ensure_members(cast.acme.id, ["bob"]) == {"bob": bob.id}
    assert ensure_members(cast.other.id, ["bob"])["bob"] != bob.id
    bob.refresh_from_db()
    assert not bob.is_placeholder


def test_it_takes_two_statements_however_many_ids(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        assert len(ensure_members(cast.acme.id, map(str, range(3000)))) == 3000
    with django_assert_num_queries(0):
        assert ensure_members(cast.acme.id, []) == {}


@pytest.mark.django_db(transaction=True)
def test_the_same_unknown_ids_at_the_same_moment_become_one_placeholder_each() -> None:
    organization = OrganizationFactory()
    ids = [f"member-{number}" for number in range(500)]
    rounds = [ids, ids[::-1], ids[250:] + ids[:250], ids]
    results = at_once(*[lambda order=order: ensure_members(organization.id, order) for order in rounds])
    stored = dict(Member.objects.filter(organization=organization).values_list("external_id", "id"))
    assert results == [stored] * 4
    assert len(stored) == 500


def test_a_merge_points_at_the_target_and_is_audited(cast: Cast) -> None:
    placeholder = Member.objects.get(pk=ensure_members(cast.acme.id, ["bob@old"])["bob@old"])
    bob, before = cast.member(cast.bob), directory_version(cast.acme.id)
    assert merge_member(source=placeholder, target=bob, actor=cast.alice, reason="Same person") == bob
    placeholder.refresh_from_db()
    assert placeholder.merged_into == bob
    assert directory_version(cast.acme.id) > before
    assert ensure_members(cast.acme.id, ["bob@old"]) == {"bob@old": bob.id}
    entry = AuditEntry.objects.get(action="member.merged")
    assert (entry.actor, entry.reason) == (cast.alice, "Same person")
    assert entry.facts == {"source": "bob@old", "target": "bob"}


def test_merges_never_make_a_chain(cast: Cast) -> None:
    a, b, c, d = ProjectFactory.create_batch(4, organization=cast.acme)
    merge_project(source=a, target=b)
    assert merge_project(source=b, target=c) == c
    assert merge_project(source=d, target=a) == c
    assert set(Project.objects.exclude(merged_into=None).values_list("id", "merged_into_id")) == {
        (a.id, c.id),
        (b.id, c.id),
        (d.id, c.id),
    }


def test_merges_never_make_a_circle(cast: Cast) -> None:
    a, b, c = ProjectFactory.create_batch(3, organization=cast.acme)
    merge_project(source=a, target=b)
    for source, target in ((a, a), (b, a), (b, b), (a, c)):
        with pytest.raises(ValidationError):
            merge_project(source=source, target=target)
    assert list(Project.objects.exclude(merged_into=None)) == [a]


def test_entries_of_two_organizations_are_not_merged(cast: Cast) -> None:
    foreign = ensure_departments(cast.other.id, ["research"])["research"]
    with pytest.raises(ValidationError):
        merge_department(source=cast.research, target=Department.objects.get(pk=foreign))


def test_who_can_sign_in_is_not_merged_away(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        merge_member(source=cast.member(cast.bob), target=MemberFactory(organization=cast.acme))


@pytest.mark.django_db(transaction=True)
def test_two_merges_towards_each_other_at_once_leave_one(cast: Cast) -> None:
    a, b = ProjectFactory.create_batch(2, organization=cast.acme)
    results = at_once(
        lambda: merge_project(source=a, target=b),
        lambda: merge_project(source=b, target=a),
    )
    assert sum(isinstance(result, ValidationError) for result in results) == 1
    assert sum(isinstance(result, Project) for result in results) == 1
    assert Project.objects.exclude(merged_into=None).count() == 1


def test_a_placeholder_gets_a_name(cast: Cast) -> None:
    placeholder = Project.objects.get(pk=ensure_projects(cast.acme.id, ["p-17"])["p-17"])
    name_placeholder(placeholder, name="  Website ", actor=cast.alice)
    placeholder.refresh_from_db()
    assert (placeholder.name, placeholder.is_placeholder) == ("Website", False)
    assert AuditEntry.objects.get(action="project.named").facts == {"before": "p-17", "after": "Website"}
    with pytest.raises(ValidationError):
        name_placeholder(placeholder, name=" ")
