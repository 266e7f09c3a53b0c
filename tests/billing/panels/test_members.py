"""Members with their budgets: which stand beside whom, and who sees them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings
from time_machine import travel

from billing.enums import BudgetLevel, BudgetUnit, PeriodKind
from billing.models import Budget
from teams.enums import ScopeKind
from teams.models import Member, User
from tests.billing.budgets.scene import make_budget
from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory
from tests.usage.panels.team_scene import NOW, TeamScene, set_team_scene


@pytest.fixture
def scene(cast: Cast) -> Iterator[TeamScene]:
    with travel(NOW, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        yield set_team_scene(cast)


def budget(scene: TeamScene, member: Member, limit: int, **fields: Any) -> None:
    make_budget(
        scene.cast.acme,
        limit,
        scope_kind=ScopeKind.MEMBER,
        scope_id=member.pk,
        unit=BudgetUnit.TOKENS,
        **fields,
    )


def page(user: User, path: str = "/o/acme/team/members/") -> Any:
    client = Client()
    client.force_login(user)
    response = client.get(path)
    assert response.status_code == 200
    return response


def levels(response: Any) -> dict[str, list[BudgetLevel | None]]:
    """Per member the levels of the budgets shown."""
    return {
        member.row.name: [state.level for state in member.beside]
        for member in response.context["answer"].members
    }


def test_each_member_has_their_budgets_fullest_first(scene: TeamScene) -> None:
    bob = scene.cast.member(scene.cast.bob)
    old = MemberFactory(organization=scene.cast.acme, external_id="bobby", merged_into=bob)
    # Bob used 1,330 tokens in November: 13.3 % of one, 133 % of the other.
    budget(scene, bob, 10_000)
    budget(scene, old, 1_000, name="Tight")
    budget(scene, bob, 1, name="Over")
    Budget.objects.filter(name="Over").update(is_active=False)
    budget(scene, scene.erin, 100_000, period_kind=PeriodKind.YEAR)
    make_budget(scene.cast.acme, 5)
    for response in (page(scene.cast.alice), page(scene.cast.carol, "/admin/panels/acme/team/members/")):
        assert levels(response) == {
            "Bob": [BudgetLevel.CRITICAL, BudgetLevel.OK],
            "Alice": [],
            "Erin": [BudgetLevel.OK],
            "Dana": [],
        }
        assert "133.0%" in response.content.decode()


def test_a_lead_sees_no_budgets_but_their_own(scene: TeamScene) -> None:
    """Bob's counts what he used in another department: beside his usage in Dana's it would tell her that."""
    budget(scene, scene.cast.member(scene.cast.bob), 10_000)
    budget(scene, scene.erin, 10_000)
    budget(scene, scene.cast.member(scene.cast.dana), 10_000)
    assert levels(page(scene.cast.dana)) == {"Bob": [], "Dana": [BudgetLevel.OK]}


def test_without_budgets_there_is_no_column(scene: TeamScene) -> None:
    make_budget(scene.cast.other, 5)
    response = page(scene.cast.alice)
    assert response.context["answer"].beside is None
    assert "Budget</th>" not in response.content.decode()
