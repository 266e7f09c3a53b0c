"""Juno, billed in euros: its people, keys and money, with as many of everything that has rows as a test asks for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from billing.models import TriggeredAlert
from teams.enums import KeyScope, Role, ScopeKind
from teams.models import Department, Member, Organization, Project, User
from tests.billing.budgets.scene import make_budget
from tests.billing.issued import JULY, JULY_DAY, MAY_DAY, MILLION, NOW, issue
from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory, UserFactory, make_api_key
from tests.usage.ledger_fixtures import event, store
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.events import Composition, FileReference, ToolUse
from usage.services.price_list import raise_price_list_version

LAST_WEEK: Final = JULY_DAY + timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class StatementScene:
    """Dana leads all departments, Bob is in the first one; the key opens everything."""

    juno: Organization
    dana: Member
    bob: Member
    owner: User
    lead: User
    member: User
    secret: str

    def add_row(self, number: int) -> None:
        """One more of everything: department, project, member, model, price, chat, message, file, tool, budgets …"""
        _directory(self.juno, number, lead=self.dana, bob=self.bob)
        _usage(self.juno, number)
        _alerts(self.juno)


def set_statement_scene(cast: Cast) -> StatementScene:
    """Juno on July 20th, with one of everything."""
    juno = issue(cast, currency="EUR").juno
    dana = MemberFactory(
        organization=juno, external_id="dana", name="Dana", user=cast.dana, role=Role.DEPARTMENT_LEAD
    )
    bob = Member.objects.get(organization=juno, external_id="bob")
    bob.user, bob.name, bob.is_placeholder = cast.bob, "Bob", False
    bob.save()
    secret = make_api_key(juno, name="All").secret
    scene = StatementScene(
        juno=juno, dana=dana, bob=bob, owner=cast.alice, lead=cast.dana, member=cast.bob, secret=secret
    )
    scene.add_row(0)
    return scene


def _directory(juno: Organization, number: int, *, lead: Member, bob: Member) -> None:
    """A department with somebody in it, a project, entries that were merged into each, budgets, a key, a model."""
    department = Department.objects.create(
        organization=juno, external_id=f"department-{number}", name=f"Department {number}", lead=lead
    )
    project = Project.objects.create(organization=juno, external_id=f"project-{number}")
    user = UserFactory(email=f"member-{number}@juno.example")
    member = Member.objects.create(organization=juno, external_id=f"member-{number}", user=user)
    for one in (member, bob) if number == 0 else (member,):
        one.department_memberships.create(department=department, starts_at=MAY_DAY)
    Department.objects.create(organization=juno, external_id=f"old-d{number}", merged_into=department)
    Project.objects.create(organization=juno, external_id=f"old-p{number}", merged_into=project)
    for into in (member, bob):
        Member.objects.create(organization=juno, external_id=f"old-{number}-{into.pk}", merged_into=into)
    for kind, entry in (
        (ScopeKind.DEPARTMENT, department),
        (ScopeKind.PROJECT, project),
        (ScopeKind.MEMBER, member),
        (ScopeKind.MEMBER, bob),
        (ScopeKind.ORGANIZATION, juno),
    ):
        make_budget(juno, 10, scope_kind=kind, scope_id=entry.pk, now=NOW - timedelta(days=60))
    make_budget(juno, 10_000, unit="tokens", period_kind="week", now=NOW - timedelta(days=60))
    make_api_key(juno, KeyScope.USAGE_WRITE, name=f"Key {number}")
    if number:
        PriceFactory(model=LlmModelFactory(name=f"model-{number}"))
        raise_price_list_version()


def _usage(juno: Organization, number: int) -> None:
    """Calls of Bob's, of somebody else and of nobody, of this month and late ones of May."""
    for member_id in ("bob", f"member-{number}", ""):
        for month, at in enumerate((MAY_DAY, JULY_DAY, LAST_WEEK)):
            _call(juno, number, member_id, at + timedelta(hours=number, minutes=month))


def _call(juno: Organization, number: int, member_id: str, at: datetime) -> None:
    store(
        juno,
        event(
            transaction_id=f"{member_id}/{number}/{at:%m-%d}",
            occurred_at=at,
            response_model=f"model-{number}" if number else "gpt-4o",
            member_id=member_id,
            department_id=f"department-{number}",
            project_id=f"project-{number}",
            integration_id=f"integration-{number}",
            feature=f"feature-{number}",
            platform=f"platform-{number}",
            conversation_id=f"chat-{number}" if member_id else "",
            message_id=f"message-{number}" if member_id else "",
            input_tokens=MILLION // 10,
            audio_input_tokens=10,
            composition=Composition(user_text=100),
            duration_ms=1000,
            tools=[ToolUse(f"tool-{number}", calls=2, tokens=3)],
            files=[FileReference(f"file-{number}", tokens=50), FileReference("shared", tokens=5)],
        ),
        # What nobody has a price for, yet.
        event(
            occurred_at=at,
            response_model=f"mystery-{number}",
            member_id=member_id,
            department_id=f"department-{number}",
            conversation_id=f"chat-{number}" if member_id else "",
            message_id=f"message-{number}" if member_id else "",
        ),
        received_at=NOW,
    )


def _alerts(juno: Organization) -> None:
    for budget in juno.budgets.filter(alerts=None):
        TriggeredAlert.objects.create(
            budget=budget,
            budget_version=budget.version,
            period_start=JULY,
            period_end=JULY.replace(day=31),
            threshold=50,
            limit=budget.limit,
            spent=Decimal(6),
        )
