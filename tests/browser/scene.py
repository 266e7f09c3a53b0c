"""Two organizations with a few weeks of usage, sent through the ingest service, and the people who look at it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from teams.enums import Role
from teams.models import Department, Member, Organization, Project, User
from teams.services.memberships import move_member
from teams.services.organizations import create_organization
from usage.enums import Answer, EventSource
from usage.events import Event
from usage.models import LlmModel, LlmProvider, Price
from usage.services.ingest import store_events
from usage.services.partitions import ensure_partitions, kept_months
from usage.services.periods import ensure_periods
from usage.services.price_list import raise_price_list_version
from usage.services.snapshots import MEMORY

PASSWORD: Final = "demo"
# Provider, model, US dollars per million input and output tokens.
MODELS: Final = (
    ("openai", "gpt-4o", "2.5", "10"),
    ("openai", "gpt-4o-mini", "0.15", "0.6"),
    ("anthropic", "claude-sonnet-4-5", "3", "15"),
    ("anthropic", "claude-haiku-4-5", "1", "5"),
    ("google", "gemini-2.5-flash", "0.3", "2.5"),
    ("mistral", "mistral-large", "2", "6"),
    ("deepseek", "deepseek-chat", "0.27", "1.1"),
)
UNPRICED: Final = ("acme", "house-model-7b")
WEEKS: Final = 9


@dataclass(frozen=True)
class Scene:
    """What tests refer to."""

    northwind: Organization
    harbour: Organization
    carol: User
    alice: User
    dana: User
    bob: User
    charlie: User
    tokens: int


def build_scene(*, now: datetime, events_a_day: int = 12) -> Scene:
    """Make it all. The same ``now`` gives the same usage."""
    MEMORY.forget()
    ensure_partitions(kept_months(now.date()))
    _price_list()
    northwind = create_organization(name="Northwind Trading", slug="northwind", time_zone="Europe/Berlin")
    harbour = create_organization(name="Blue Harbour", slug="blue-harbour", time_zone="America/New_York")
    for organization in (northwind, harbour):
        ensure_periods(organization.pk)
    users = {name: _user(name) for name in ("carol", "alice", "dana", "bob", "charlie")}
    User.objects.filter(email="carol@demo.example").update(is_staff=True, is_superuser=True)
    users["carol"].refresh_from_db()
    _people(northwind, users, now=now)
    _member(harbour, "charlie", Role.OWNER, users["charlie"])
    sent = list(_events(now=now, a_day=events_a_day))
    _store(northwind, sent)
    _store(harbour, [_plain_event("harbour-1", now - timedelta(days=2))])
    month_start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    tokens = sum(e.input_tokens + e.output_tokens for e in sent if e.occurred_at >= month_start)
    return Scene(northwind=northwind, harbour=harbour, tokens=tokens, **users)


def _price_list() -> None:
    for provider, name, prompt, answer in MODELS:
        LlmProvider.objects.get_or_create(name=provider, defaults={"title": provider.title()})
        model, _new = LlmModel.objects.get_or_create(
            provider_name=provider, name=name, defaults={"match": {"equals": name}}
        )
        Price.objects.create(
            model=model,
            valid_from=datetime(2020, 1, 1, tzinfo=UTC),
            source="scene",
            input=Decimal(prompt) / 1_000_000,
            output=Decimal(answer) / 1_000_000,
        )
    raise_price_list_version()


def _user(name: str) -> User:
    return User.objects.create_user(f"{name}@demo.example", PASSWORD, full_name=name.title())


def _member(organization: Organization, external_id: str, role: Role, user: User | None = None) -> Member:
    return Member.objects.create(
        organization=organization, external_id=external_id, name=external_id.title(), role=role, user=user
    )


def _people(organization: Organization, users: dict[str, User], *, now: datetime) -> None:
    since = now - timedelta(weeks=WEEKS + 4)
    members = {
        "alice": _member(organization, "alice", Role.OWNER, users["alice"]),
        "dana": _member(organization, "dana", Role.DEPARTMENT_LEAD, users["dana"]),
        "bob": _member(organization, "bob", Role.MEMBER, users["bob"]),
        "erin": _member(organization, "erin", Role.MEMBER),
        "frank": _member(organization, "frank", Role.MEMBER),
    }
    research = Department.objects.create(
        organization=organization, external_id="research", name="Research", lead=members["dana"]
    )
    support = Department.objects.create(
        organization=organization, external_id="support", name="Customer support"
    )
    homes = {"alice": support, "dana": research, "bob": support, "erin": research, "frank": support}
    for name, department in homes.items():
        move_member(member=members[name], department=department, from_instant=since)
    for external_id, name in (("atlas", "Atlas"), ("helpdesk", "Helpdesk assistant")):
        Project.objects.create(organization=organization, external_id=external_id, name=name)


def _events(*, now: datetime, a_day: int) -> Iterator[Event]:
    dice = random.Random(7)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(weeks=WEEKS)
    number = 0
    while day < now:
        busy = a_day if day.weekday() < 5 else a_day // 4
        for _index in range(max(1, int(busy * dice.uniform(0.7, 1.3)))):
            number += 1
            moment = day + timedelta(minutes=dice.randint(7 * 60, 19 * 60))
            if moment < now:
                yield _event(f"event-{number}", moment, dice)
        day += timedelta(days=1)


def _event(transaction_id: str, moment: datetime, dice: random.Random) -> Event:
    unpriced = dice.random() < 0.02
    provider, model = UNPRICED if unpriced else dice.choices(MODELS, weights=(9, 14, 8, 5, 4, 2, 1))[0][:2]
    return Event(
        transaction_id=transaction_id,
        occurred_at=moment,
        provider_name=provider,
        response_model=model,
        input_tokens=int(dice.lognormvariate(9.6, 0.9)),
        output_tokens=int(dice.lognormvariate(7.4, 0.8)),
        member_id=dice.choice(("alice", "dana", "bob", "erin", "frank", "")),
        project_id=dice.choice(("atlas", "helpdesk", "", "")),
        integration_id=dice.choice(("slack", "", "")),
        feature=dice.choice(("chat", "agents", "analysis")),
        duration_ms=dice.randint(300, 9000),
    )


def _plain_event(transaction_id: str, moment: datetime) -> Event:
    return Event(
        transaction_id=transaction_id,
        occurred_at=moment,
        provider_name="openai",
        response_model="gpt-4o",
        input_tokens=4_711,
        output_tokens=1_000,
        member_id="charlie",
    )


def _store(organization: Organization, events: list[Event]) -> None:
    outcomes = store_events(organization_id=organization.pk, events=events, source=EventSource.NATIVE)
    assert {outcome.answer for outcome in outcomes} == {Answer.STORED}, outcomes[:3]
