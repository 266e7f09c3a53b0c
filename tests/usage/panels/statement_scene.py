"""Juno, billed in euros: its people, keys and money, with as many of everything that has rows as a test asks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from billing.models import TriggeredAlert
from teams.enums import KeyScope, Role, ScopeKind
from teams.models import Department, Member, Organization, Project, User
from tests.billing.budgets.scene import make_budget
from tests.billing.issued import JULY, JULY_DAY, MAY_DAY, MILLION, NOW, issue
from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory, UserFactory, make_api_key
from tests.usage.ledger_fixtures import event, store
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.events import Composition, Event, FileReference, ToolUse
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
    staff: User
    secret: str

    def add_row(self, number: int) -> None:
        """One more of everything: department, project, member, model, price, chat, message, file, tool, budgets …"""
        _directory(self.juno, number, lead=self.dana, bob=self.bob)
        store(self.juno, *_usage(number), received_at=NOW)
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
        juno=juno,
        dana=dana,
        bob=bob,
        owner=cast.alice,
        lead=cast.dana,
        member=cast.bob,
        staff=cast.carol,
        secret=secret,
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
    # Where Bob was before.
    before = MAY_DAY - timedelta(days=30 * (number + 1))
    bob.department_memberships.create(
        department=department, starts_at=before, ends_at=before + timedelta(days=10)
    )
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


def _usage(number: int) -> Iterator[Event]:
    """Calls of Bob's, of somebody else and of nobody, of this month and late ones of May.

    The first department, project, service, chat and message have more in them for every row.
    """
    other = f"member-{number}"
    for member_id in ("bob", other, ""):
        for month, at in enumerate((MAY_DAY, JULY_DAY, LAST_WEEK)):
            yield from _calls(number, member_id, at + timedelta(hours=number, minutes=month))
    if number:
        at = LAST_WEEK + timedelta(days=1, hours=number)
        yield from _calls(number, "bob", at, place=0, message=0)
        yield from _calls(number, other, at, place=0, message=number)


def _calls(
    number: int, member_id: str, at: datetime, *, place: int | None = None, message: int | None = None
) -> Iterator[Event]:
    """A call of the row's own model, feature, tool …, and one that nobody has a price for, yet."""
    place = number if place is None else place
    message = number if message is None else message
    where: dict[str, Any] = {
        "occurred_at": at,
        "member_id": member_id,
        "department_id": f"department-{place}",
        "conversation_id": f"chat-{place}" if member_id else "",
        "message_id": f"message-{message}" if member_id else "",
    }
    yield event(
        **where,
        transaction_id=f"{member_id}/{number}/{at:%m-%d}",
        response_model=f"model-{number}" if number else "gpt-4o",
        project_id=f"project-{place}",
        integration_id=f"integration-{place}",
        feature=f"feature-{number}",
        platform=f"platform-{number}",
        input_tokens=MILLION // 10,
        audio_input_tokens=10,
        composition=Composition(user_text=100),
        duration_ms=1000,
        tools=[ToolUse(f"tool-{number}", calls=2, tokens=3)],
        files=[FileReference(f"file-{number}", tokens=50), FileReference("shared", tokens=5)],
    )
    yield event(**where, response_model=f"mystery-{number}")


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
