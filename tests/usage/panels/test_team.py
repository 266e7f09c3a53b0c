"""Team: who used it, narrowed by following rows; the pages of one department, project and member."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from teams.enums import Role
from teams.permissions import Access
from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory
from tests.usage.panels.team_scene import NOV, NOW, TeamScene, set_team_scene
from tests.usage.rollup_factories import Fact
from usage.enums import RowKind
from usage.figures import Row, share_of, total
from usage.panels.vocabulary import Dimension
from usage.queries.panels.entry import EntryAnswer, department_page, member_page, project_page
from usage.queries.panels.registry import EVERY_DAY
from usage.queries.panels.request import PanelRequest, panel_request
from usage.queries.panels.team import team_panel


@pytest.fixture
def scene(cast: Cast) -> Iterator[TeamScene]:
    scene = set_team_scene(cast)
    with time_machine.travel(NOW, tick=False):
        yield scene


def asked(
    scene: TeamScene, *, entry: object = "", access: Access | None = None, **parameters: str
) -> PanelRequest:
    """A request by staff, unless another ``access`` is given."""
    return panel_request(
        organization=scene.cast.acme,
        access=access or Access(organization_id=scene.cast.acme.pk, is_staff=True),
        parameters={name: [value] for name, value in parameters.items()},
        dimensions=EVERY_DAY,
        now=NOW,
        names={"entry": str(entry)},
    )


def summed(facts: Iterable[Fact]) -> tuple[int, Decimal]:
    facts = list(facts)
    return sum(fact.tokens for fact in facts), sum((fact.money for fact in facts), Decimal(0))


def figures(rows: Sequence[Row]) -> Mapping[str, tuple[int, Decimal]]:
    return {
        row.name or row.kind.value: (row.measures.total_tokens, row.measures.contracted_cost) for row in rows
    }


def by_name(
    facts: Iterable[Fact], column: str, names: Mapping[int, str]
) -> Mapping[str, tuple[int, Decimal]]:
    """The sums of facts per name, "unattributed" for id 0."""
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(names.get(getattr(fact, column), "unattributed"), []).append(fact)
    return {name: summed(group) for name, group in groups.items()}


def test_the_team_adds_up_by_department_project_member_and_shared_resources(scene: TeamScene) -> None:
    answer = team_panel(asked(scene))
    facts, cast = scene.of_month(), scene.cast
    people = {cast.member(user).pk: user.full_name for user in (cast.alice, cast.bob, cast.dana)}
    assert (answer.total.measures.total_tokens, answer.total.measures.contracted_cost) == summed(facts)
    assert figures(answer.departments) == by_name(
        facts, "department_id", {cast.research.pk: "Research", scene.support.pk: "Support"}
    )
    assert figures(answer.projects) == by_name(
        facts,
        "project_id",
        {scene.atlas.pk: "Atlas", scene.helpdesk.pk: "Helpdesk", scene.secret.pk: "Secret"},
    )
    assert figures(answer.members) == by_name(facts, "member_id", people | {scene.erin.pk: "Erin"})
    assert figures(answer.shared) == {
        "Atlas": (20, Decimal(1)),
        "Slack": (30, Decimal("0.03")),
        "unattributed": (40, Decimal("0.04")),
    }
    nobody = next(row for row in answer.members if row.kind is RowKind.UNATTRIBUTED)
    assert answer.shared_total.measures == nobody.measures
    for rows in (answer.departments, answer.projects, answer.members):
        assert total(row.measures for row in rows) == answer.total.measures
        for row in rows:
            assert row.share_of_tokens == share_of(
                row.measures.total_tokens, answer.total.measures.total_tokens
            )


def test_the_trend_is_against_the_days_compared(scene: TeamScene) -> None:
    support = next(row for row in team_panel(asked(scene)).departments if row.name == "Support")
    assert support.change is not None
    # November 1st to 17th beside October 1st to 17th: Erin's of October 21st is in neither.
    assert (support.change.tokens, support.change.previous_tokens) == (110 + 7 + 3000, 60)
    assert all(row.change is None for row in team_panel(asked(scene, compare="none")).departments)


def test_following_rows_narrows_the_page(scene: TeamScene) -> None:
    research = team_panel(asked(scene, department="research"))
    assert figures(research.projects) == by_name(
        scene.of_month(department_id=scene.cast.research.pk),
        "project_id",
        {scene.atlas.pk: "Atlas", scene.helpdesk.pk: "Helpdesk"},
    )
    assert [row.name for row in research.narrowed] == ["Research"]
    assert research.timeseries.by is Dimension.PROJECT
    both = team_panel(asked(scene, department="research", project="atlas"))
    assert figures(both.members) == {
        "Bob": (1010, Decimal("2.000000000000001")),
        "unattributed": (20, Decimal(1)),
    }
    assert figures(both.shared) == {"Atlas": (20, Decimal(1))}
    assert both.timeseries.by is Dimension.MEMBER


def test_moving_never_moves_history(scene: TeamScene) -> None:
    """Bob is in Research now; what he used before the 10th stays Support's."""
    support = _page(department_page(asked(scene, entry=scene.support.pk)))
    research = _page(department_page(asked(scene, entry=scene.cast.research.pk)))
    assert figures(_part(support, Dimension.MEMBER))["Bob"] == (110, Decimal("0.10"))
    assert figures(_part(research, Dimension.MEMBER))["Bob"] == (1220, Decimal("2.100000000000001"))
    bob = _page(member_page(asked(scene, entry=scene.cast.member(scene.cast.bob).pk)))
    assert figures(_part(bob, Dimension.DEPARTMENT)) == {
        "Research": (1220, Decimal("2.100000000000001")),
        "Support": (110, Decimal("0.10")),
    }
    assert [(stay.department, stay.ends_at is None) for stay in bob.stays] == [
        ("Research", True),
        ("Support", False),
    ]
    assert bob.last_day == date(2026, 11, 13)


def test_every_part_of_a_page_adds_up(scene: TeamScene) -> None:
    for page, entry, column in (
        (department_page, scene.support.pk, "department_id"),
        (project_page, scene.atlas.pk, "project_id"),
        (member_page, scene.cast.member(scene.cast.bob).pk, "member_id"),
    ):
        answer = _page(page(asked(scene, entry=entry)))
        expected = summed(scene.of_month(**{column: entry}))
        assert (answer.total.measures.total_tokens, answer.total.measures.contracted_cost) == expected
        assert total(answer.timeseries.totals) == answer.total.measures
        for part in answer.parts:
            assert total(row.measures for row in part.rows) == part.total.measures == answer.total.measures


def test_a_page_stands_for_what_was_merged_into_its_entry(scene: TeamScene) -> None:
    bob = scene.cast.member(scene.cast.bob)
    old = MemberFactory(organization=scene.cast.acme, external_id="bobby", name="Bobby", merged_into=bob)
    scene.book_more(Fact(day=NOV, member_id=old.pk, input_tokens=5000))
    by_old, by_new = (_page(member_page(asked(scene, entry=entry))) for entry in (old.pk, bob.pk))
    assert by_old == by_new
    assert by_new.heading == "Bob"
    assert by_new.total.measures.total_tokens == 5000 + 1330


def test_a_lead_sees_the_parts_that_are_theirs(scene: TeamScene) -> None:
    """Of Support, where Dana leads nothing, her own usage alone; of Bob, his time in Research alone."""
    dana = scene.cast.member(scene.cast.dana)
    access = Access(
        organization_id=scene.cast.acme.pk,
        role=Role(dana.role),
        member_id=dana.pk,
        department_ids=frozenset({scene.cast.research.pk}),
    )
    support = _page(department_page(asked(scene, entry=scene.support.pk, access=access)))
    assert figures(_part(support, Dimension.MEMBER)) == {"Dana": (7, Decimal(0))}
    bob = _page(member_page(asked(scene, entry=scene.cast.member(scene.cast.bob).pk, access=access)))
    assert bob.total.measures.total_tokens == 1220
    assert [stay.department for stay in bob.stays] == ["Research"]
    assert member_page(asked(scene, entry=scene.erin.pk, access=access)) is None


@pytest.mark.parametrize("entry", ["", "0", "-1", "bob", "1" * 30, "٣", "1.5", " 1"])
def test_an_address_that_names_nothing_finds_nothing(scene: TeamScene, entry: str) -> None:
    assert member_page(asked(scene, entry=entry)) is None


def test_pages_lead_from_the_organization_to_a_member(scene: TeamScene, client: Client) -> None:
    client.force_login(scene.cast.alice)
    page = client.get("/o/acme/team/?range=last_30_days").content.decode()
    assert 'href="/o/acme/team/?range=last_30_days&amp;department=research"' in page
    page = client.get("/o/acme/team/?range=last_30_days&department=research").content.decode()
    assert 'href="/o/acme/team/?range=last_30_days&amp;department=research&amp;project=atlas"' in page
    assert f'href="/o/acme/team/departments/{scene.cast.research.pk}/?range=last_30_days"' in page
    bob = scene.cast.member(scene.cast.bob).pk
    path = f"/o/acme/team/members/{bob}/?range=last_30_days&department=research&project=atlas"
    page = client.get("/o/acme/team/?range=last_30_days&department=research&project=atlas").content.decode()
    assert f'href="{path.replace("&", "&amp;")}"' in page
    member = client.get(path)
    assert member.status_code == 200
    assert member.context["answer"].total.measures.total_tokens == 1010


def test_pages_of_nothing_say_what_will_be_there(scene: TeamScene, client: Client) -> None:
    client.force_login(scene.cast.alice)
    for path in ("team/", "team/members/", f"team/members/{scene.erin.pk}/"):
        page = client.get(f"/o/acme/{path}?from=2026-01-01&to=2026-01-31").content.decode()
        assert "No usage on these days" in page


def test_a_member_without_others_has_no_links_to_them(scene: TeamScene, client: Client) -> None:
    client.force_login(scene.cast.bob)
    page = client.get(f"/o/acme/team/members/{scene.cast.member(scene.cast.bob).pk}/").content.decode()
    assert "Research" in page
    assert "/team/departments/" not in page
    assert 'href="/o/acme/team/"' not in page


@pytest.mark.parametrize("path", ["departments", "projects"])
def test_the_api_answers_what_its_schema_says(scene: TeamScene, client: Client, path: str) -> None:
    client.force_login(scene.cast.alice)
    body = client.get(f"/api/v1/usage/{path}", {"organization": "acme"}).json()
    assert body["by"] == path.removesuffix("s")
    assert sum(row["measures"]["total_tokens"] for row in body["rows"]) == body["total"]["total_tokens"]
    one = client.get(f"/api/v1/usage/{path}", {"organization": "acme", "top": "1"}).json()
    assert one["total"] == body["total"]
    for field, value in (("top", "0"), ("tool", "x"), ("range", "ever")):
        bad = client.get(f"/api/v1/usage/{path}", {"organization": "acme", field: value})
        assert bad.status_code == 400
        assert bad.json()["errors"][0]["field"] == field


def _page(answer: EntryAnswer | None) -> EntryAnswer:
    assert answer is not None
    return answer


def _part(answer: EntryAnswer, by: Dimension) -> Sequence[Row]:
    return next(part.rows for part in answer.parts if part.by is by)
