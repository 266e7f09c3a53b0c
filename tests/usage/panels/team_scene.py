"""Usage of Acme in which members move, share projects and leave some of it without a name."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from teams.models import Department, Member, Project
from tests.teams.cast import Cast
from tests.teams.factories import DepartmentFactory, MemberFactory, ProjectFactory
from tests.usage.rollup_factories import Fact, book, make_period
from usage.models import Integration, LlmModel, SpendDaily, UsageDaily

NOV, OCT = date(2026, 11, 1), date(2026, 10, 1)
NOW: Final = datetime(2026, 11, 18, 15, 30, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class TeamScene:
    """Acme with Support beside Research, two projects, and what was used; Bob moved from Support on November 10th.

    ``facts`` are of Acme; Other has some of its own. Erin used something in Support and for Secret only.
    """

    cast: Cast
    support: Department
    atlas: Project
    helpdesk: Project
    secret: Project
    erin: Member
    big: LlmModel
    small: LlmModel
    facts: tuple[Fact, ...]

    def of_month(self, **wanted: int) -> list[Fact]:
        """The facts of November with these ids."""
        return [
            fact
            for fact in self.facts
            if fact.day >= NOV and all(getattr(fact, name) == value for name, value in wanted.items())
        ]

    def book_more(self, *more: Fact) -> None:
        """Sum everything up anew, with ``more`` facts."""
        for rollup in (UsageDaily, SpendDaily):
            rollup.objects.filter(organization=self.cast.acme).delete()
        book(self.cast.acme, [*self.facts, *more])


def set_team_scene(cast: Cast) -> TeamScene:
    """Facts of October and November 2026, up to the 18th."""
    for organization in (cast.acme, cast.other):
        for month in (OCT, NOV):
            make_period(organization, month)
    support = DepartmentFactory(organization=cast.acme, external_id="support", name="Support")
    atlas = ProjectFactory(organization=cast.acme, external_id="atlas", name="Atlas")
    helpdesk = ProjectFactory(organization=cast.acme, external_id="helpdesk", name="Helpdesk")
    secret = ProjectFactory(organization=cast.acme, external_id="secret", name="Secret")
    erin = MemberFactory(organization=cast.acme, external_id="erin", name="Erin")
    slack = Integration.objects.create(organization=cast.acme, external_id="slack", name="Slack")
    big = LlmModel.objects.create(provider_name="openai", name="big", title="Big")
    small = LlmModel.objects.create(provider_name="openai", name="small")
    alice, bob, dana = (cast.member(user).pk for user in (cast.alice, cast.bob, cast.dana))
    bob_in_support = Fact(
        day=NOV,
        member_id=bob,
        department_id=support.pk,
        project_id=helpdesk.pk,
        model_id=small.pk,
        feature="chat",
        input_tokens=100,
        output_tokens=10,
        cost=Decimal("0.10"),
    )
    facts = (
        bob_in_support,
        replace(bob_in_support, day=date(2026, 11, 12), department_id=cast.research.pk, input_tokens=200),
        replace(
            bob_in_support,
            day=date(2026, 11, 13),
            department_id=cast.research.pk,
            project_id=atlas.pk,
            model_id=big.pk,
            input_tokens=1000,
            cost=Decimal("2.000000000000001"),
        ),
        Fact(day=NOV, member_id=dana, department_id=cast.research.pk, input_tokens=50, cost=None),
        # Dana's own, outside of what she leads.
        Fact(day=NOV + timedelta(days=1), member_id=dana, department_id=support.pk, input_tokens=7),
        Fact(
            day=NOV + timedelta(days=2),
            member_id=erin.pk,
            department_id=support.pk,
            project_id=secret.pk,
            input_tokens=3000,
        ),
        Fact(day=NOV + timedelta(days=3), member_id=alice, input_tokens=900, cost=Decimal("0.5")),
        Fact(day=NOV, department_id=cast.research.pk, project_id=atlas.pk, input_tokens=20, cost=Decimal(1)),
        Fact(day=NOV, integration_id=slack.pk, input_tokens=30, cost=Decimal("0.03")),
        Fact(day=NOV, input_tokens=40, cost=Decimal("0.04"), model_id=small.pk),
        Fact(day=OCT, member_id=bob, department_id=support.pk, input_tokens=60, cost=Decimal("0.06")),
        Fact(day=OCT + timedelta(days=20), member_id=erin.pk, department_id=support.pk, input_tokens=5),
    )
    book(cast.acme, facts)
    book(cast.other, [Fact(day=NOV, member_id=cast.member(cast.charlie).pk, input_tokens=99_999_999)])
    _moved(cast, support)
    return TeamScene(
        cast=cast,
        support=support,
        atlas=atlas,
        helpdesk=helpdesk,
        secret=secret,
        erin=erin,
        big=big,
        small=small,
        facts=facts,
    )


def _moved(cast: Cast, support: Department) -> None:
    """Bob was in Support until November 10th, in Research since."""
    moved = datetime(2026, 11, 10, tzinfo=UTC)
    stays = cast.member(cast.bob).department_memberships
    stays.update(starts_at=moved)
    stays.create(department=support, starts_at=datetime(2026, 1, 1, tzinfo=UTC), ends_at=moved)
