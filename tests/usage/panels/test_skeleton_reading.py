"""Sums over random facts as each role reads them, filtered and not, merges included; and what can be chosen."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from teams.enums import Role
from teams.models import Department, Member, Organization, Project
from teams.permissions import Access
from tests.usage.overview.scene import NOV, NOW, OCT, directory, random_facts
from tests.usage.rollup_factories import Fact, book, make_organization
from usage.breakdown import Told
from usage.figures import Measures, total
from usage.models import Integration, LlmModel
from usage.panels.sums_sql import Leading
from usage.panels.vocabulary import UNATTRIBUTED, Bucket, Dimension
from usage.queries.panels.options import MOST_OPTIONS, filter_choices
from usage.queries.panels.registry import EVERY_DAY
from usage.queries.panels.request import PanelRequest, panel_request
from usage.services.month_sums import keep_all_month_sums

LATER = datetime(2027, 1, 1, tzinfo=UTC)
DIRECTORIES = {
    Dimension.DEPARTMENT: Department,
    Dimension.PROJECT: Project,
    Dimension.MEMBER: Member,
    Dimension.INTEGRATION: Integration,
}
IDS = {
    Dimension.DEPARTMENT: "department_id",
    Dimension.PROJECT: "project_id",
    Dimension.MEMBER: "member_id",
    Dimension.INTEGRATION: "integration_id",
    Dimension.MODEL: "model_id",
    Dimension.FEATURE: "feature",
    Dimension.PLATFORM: "platform",
}


@dataclass(frozen=True)
class World:
    """Random usage of one organization, in which one entry of each kind was merged into another."""

    organization: Organization
    facts: Sequence[Fact]
    ids: Mapping[str, Sequence[int]]
    roots: Mapping[tuple[Dimension, int], int]

    def shown(self, fact: Fact, by: Dimension) -> int | str:
        """What a fact's value of a dimension is shown as."""
        if by is Dimension.PROVIDER:
            return "x" if fact.model_id else ""
        value = getattr(fact, IDS[by])
        return self.roots.get((by, value), value)

    def request(self, access: Access, **parameters: str | Sequence[str]) -> PanelRequest:
        return panel_request(
            organization=self.organization,
            access=access,
            parameters={
                name: [value] if isinstance(value, str) else value for name, value in parameters.items()
            },
            dimensions=EVERY_DAY,
            now=NOW,
        )


def world_of(
    seed: int, *, is_kept: bool = False, only_on: date | None = None, emptied: date | None = None
) -> World:
    """With ``is_kept`` the months are summed up. The last member used all of theirs ``only_on`` a day. All that was
    used on the day ``emptied`` was voided."""
    organization = make_organization(months=(OCT, NOV))
    ids = directory(organization, count=4)
    roots = {}
    for by, model in DIRECTORIES.items():
        _none, old, root, *_others = ids[f"{by.value}s"]
        model._default_manager.filter(pk=old).update(merged_into=root)
        roots[by, old] = root
    made = random_facts(seed, **ids)
    if only_on:
        made = [replace(one, day=only_on) if one.member_id == ids["members"][-1] else one for one in made]
    if emptied:
        empty = {"calls": 0, "failures": 0, "input_tokens": 0, "cached": 0, "output_tokens": 0}
        made = [one for one in made if one.day != emptied]
        made += [replace(one, day=emptied, cost=Decimal(0), **empty) for one in made]
    facts = book(organization, made)
    if is_kept:
        assert keep_all_month_sums(now=LATER) == len({fact.day.replace(day=1) for fact in facts} & {OCT, NOV})
    return World(organization, facts, ids, roots)


def summed(facts: Iterable[Fact]) -> Measures:
    """Facts added up one by one."""
    return total(
        Measures(
            calls=fact.calls,
            input_tokens=fact.input_tokens,
            output_tokens=fact.output_tokens,
            contracted_cost=fact.money,
            unpriced_events=fact.cost is None,
            unpriced_tokens=fact.tokens if fact.cost is None else 0,
        )
        for fact in facts
    )


def roles(world: World) -> list[tuple[Access, Callable[[Fact], bool]]]:
    """Staff, a lead of a department and of what was merged into it, a member with a merged entry."""
    pk = world.organization.pk
    _none, old_member, member, *_members = world.ids["members"]
    _none, old_department, department, *_departments = world.ids["departments"]
    own, led = {old_member, member}, {old_department, department}
    one = Access(
        organization_id=pk, role=Role.MEMBER, member_id=member, merged_member_ids=frozenset({old_member})
    )
    lead = Access(
        organization_id=pk,
        role=Role.DEPARTMENT_LEAD,
        member_id=member,
        merged_member_ids=frozenset({old_member}),
        department_ids=frozenset(led),
    )
    return [
        (Access(organization_id=pk, is_staff=True), lambda fact: True),
        (lead, lambda fact: fact.department_id in led or fact.member_id in own),
        (one, lambda fact: fact.member_id in own),
        (Access(organization_id=pk), lambda fact: False),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("seed", "is_kept"), [(1, False), (2, True)])
def test_every_role_reads_the_sums_of_what_is_theirs(seed: int, is_kept: bool) -> None:
    world = world_of(seed, is_kept=is_kept)
    for access, sees in roles(world):
        seen = [fact for fact in world.facts if sees(fact)]
        request = world.request(access)
        reader, spans = request.reader, request.spans
        shown = [fact for fact in seen if spans.shown.includes(fact.day)]
        assert reader.total(spans).measures == summed(shown)
        assert reader.by_day(spans.shown) == {
            day: summed(fact for fact in shown if fact.day == day) for day in {fact.day for fact in shown}
        }
        each = reader.told_of_each(
            [by for by in EVERY_DAY if by is not Dimension.PROVIDER], spans, Leading(by_cost=1000)
        )
        for by in EVERY_DAY:
            expected: dict[int | str, list[Fact]] = {}
            for fact in shown:
                expected.setdefault(world.shown(fact, by), []).append(fact)
            spends = reader.spends(by, spans)
            assert {
                value: spend.measures for value, spend in spends.items() if spend.measures != Measures()
            } == {value: summed(group) for value, group in expected.items() if summed(group) != Measures()}, (
                by
            )
            if by is not Dimension.PROVIDER:
                assert each[by] == Told({value: spend for value, spend in spends.items() if spend})
            rows = reader.lines(by, Told(spends), is_compared=True, top=2)
            assert total(row.measures for row in rows) == summed(shown)
            by_day = reader.by_step_and(by, spans.shown, step=Bucket.DAY, values=list(expected))
            assert {value: total(days.values()) for value, days in by_day.items()} == {
                value: summed(group) for value, group in expected.items()
            }
            by_month = reader.by_step_and(by, spans.shown, step=Bucket.MONTH)
            assert {value: total(months.values()) for value, months in by_month.items()} == {
                value: summed(group) for value, group in expected.items()
            }
            assert reader.last_days(by, spans.shown) == {
                value: max(fact.day for fact in group) for value, group in expected.items()
            }


@pytest.mark.django_db
def test_filters_narrow_to_the_facts_that_fit_all_of_them() -> None:
    world, dice = world_of(3, is_kept=True), random.Random(3)
    for access, sees in roles(world):
        whole = world.request(access)
        choices = {choice.dimension: choice.options for choice in filter_choices(whole, EVERY_DAY)}
        for _each in range(8):
            by, beside = dice.sample(EVERY_DAY, 2)
            if not choices[by] or not choices[beside]:
                continue
            chosen = {
                dimension.value: [option.value for option in dice.sample(choices[dimension], 1)]
                for dimension in (by, beside)
            }
            request = world.request(access, **chosen)
            fitting = [
                fact
                for fact in world.facts
                if sees(fact)
                and request.spans.shown.includes(fact.day)
                and all(
                    world.shown(fact, dimension) == _value(chosen, dimension) for dimension in (by, beside)
                )
            ]
            assert request.reader.total(request.spans).measures == summed(fitting), chosen


def _value(chosen: Mapping[str, Sequence[str]], by: Dimension) -> int | str:
    (value,) = chosen[by.value]
    if value == UNATTRIBUTED:
        return 0 if by in DIRECTORIES or by is Dimension.MODEL else ""
    if by in DIRECTORIES:
        return DIRECTORIES[by]._default_manager.get(external_id=value).pk
    return LlmModel.objects.get(name=value.partition("/")[2]).pk if by is Dimension.MODEL else value


@pytest.mark.django_db
def test_two_values_are_alternatives_and_a_hidden_one_adds_nothing() -> None:
    world = world_of(4)
    (access, sees) = roles(world)[2]
    names = list(
        Project.objects.filter(organization=world.organization).values_list("external_id", flat=True)
    )
    request = world.request(access, project=[*names, "nobody"])
    own = [fact for fact in world.facts if sees(fact) and fact.project_id and fact.day >= NOV]
    assert request.reader.total(request.spans).measures == summed(own)
    others = Member.objects.filter(organization=world.organization, merged_into=None).exclude(
        pk=access.member_id or 0
    )
    hidden = [
        world.request(access, member=member.external_id).reader.total(request.spans) for member in others
    ]
    missing = world.request(access, member="nobody").reader.total(request.spans)
    assert others
    assert set(hidden) == {missing}


@pytest.mark.django_db
def test_what_can_be_chosen_is_what_may_be_seen() -> None:
    world = world_of(5)
    staff, lead, member, nobody = (access for access, _sees in roles(world))
    for access, (_access, sees) in zip((lead, member), roles(world)[1:3], strict=True):
        request = world.request(access)
        seen = [fact for fact in world.facts if sees(fact) and request.spans.shown.includes(fact.day)]
        for choice in filter_choices(request, EVERY_DAY):
            if choice.dimension in DIRECTORIES:
                found = {
                    _value({choice.dimension.value: [option.value]}, choice.dimension)
                    for option in choice.options
                }
                assert found == {world.shown(fact, choice.dimension) for fact in seen}, choice.dimension
    assert all(not choice.options for choice in filter_choices(world.request(nobody), EVERY_DAY))
    (departments,) = (
        choice
        for choice in filter_choices(world.request(staff), EVERY_DAY)
        if choice.dimension == "department"
    )
    # All of the directory, what was merged away left out, and what named none.
    assert len(departments.options) == 3 + 1


@pytest.mark.django_db
def test_what_is_chosen_stays_to_be_seen_and_the_list_ends() -> None:
    organization = make_organization(months=(OCT, NOV))
    Department.objects.bulk_create(
        Department(organization=organization, external_id=f"d{number:03}")
        for number in range(MOST_OPTIONS + 5)
    )
    request = panel_request(
        organization=organization,
        access=Access(organization_id=organization.pk, is_staff=True),
        parameters={"department": ["d204", "no-such"], "model": [UNATTRIBUTED]},
        dimensions=EVERY_DAY,
        now=datetime(2026, 11, 18, tzinfo=UTC),
    )
    choices = {choice.dimension: choice for choice in filter_choices(request, EVERY_DAY)}
    assert {option.value for option in choices[Dimension.DEPARTMENT].chosen} == {"d204", "no-such"}
    assert [option.value for option in choices[Dimension.MODEL].chosen] == [UNATTRIBUTED]
    assert len(choices[Dimension.DEPARTMENT].options) == MOST_OPTIONS + 3
