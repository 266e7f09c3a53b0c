"""Weeks of usage of Acme, sent through the ingest service, for tests that look at pages."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from tests.teams.cast import Cast
from tests.teams.factories import DepartmentFactory, MemberFactory, ProjectFactory
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.enums import Answer, EventSource
from usage.events import Event
from usage.services.ingest import store_events
from usage.services.partitions import ensure_partitions, kept_months
from usage.services.periods import ensure_periods
from usage.services.price_list import raise_price_list_version
from usage.services.snapshots import MEMORY

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
PRICES: Final = {name: (Decimal(prompt), Decimal(answer)) for _provider, name, prompt, answer in MODELS}
UNPRICED: Final = ("acme", "house-model-7b")
RESEARCHERS: Final = ("dana", "bob", "erin")
SUPPORTERS: Final = ("alice", "frank")
WEEKS: Final = 9


@dataclass(frozen=True)
class Scene:
    """What was sent, so that a test can add it up by itself."""

    sent: Sequence[Event]
    now: datetime

    def of_month(self, *, members: Sequence[str] | None = None) -> list[Event]:
        """The events of this month, of all or of some members."""
        start = self.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return [
            event
            for event in self.sent
            if event.occurred_at >= start and (members is None or event.member_id in members)
        ]


def tokens_of(events: Sequence[Event]) -> int:
    """Input and output together."""
    return sum(event.input_tokens + event.output_tokens for event in events)


def cost_of(events: Sequence[Event]) -> Decimal:
    """What the priced ones cost, in US dollars."""
    cost = Decimal(0)
    for event in events:
        prompt, answer = PRICES.get(event.response_model, (Decimal(0), Decimal(0)))
        cost += (event.input_tokens * prompt + event.output_tokens * answer) / 1_000_000
    return cost


def set_scene(cast: Cast, *, now: datetime, events_a_day: int = 8, weeks: int = WEEKS) -> Scene:
    """Departments, projects, prices and ``weeks`` of usage up to ``now``; the same ``now`` gives the same usage."""
    MEMORY.forget()
    ensure_partitions(kept_months(now.date()))
    for provider, name, prompt, answer in MODELS:
        model = LlmModelFactory(provider_name=provider, name=name)
        PriceFactory(model=model, input=Decimal(prompt) / 1_000_000, output=Decimal(answer) / 1_000_000)
    raise_price_list_version()
    for organization in (cast.acme, cast.other):
        ensure_periods(organization.pk)
    _people(cast, since=now - timedelta(weeks=weeks + 4))
    sent = list(_events(now=now, a_day=events_a_day, weeks=weeks))
    send(cast.acme.pk, sent)
    send(cast.other.pk, [_call("other-1", now - timedelta(hours=1), random.Random(1), member_id="charlie")])
    return Scene(sent=sent, now=now)


def send(organization_id: int, events: Sequence[Event]) -> None:
    """Store events and see that they are."""
    outcomes = store_events(organization_id=organization_id, events=events, source=EventSource.NATIVE)
    assert {outcome.answer for outcome in outcomes} == {Answer.STORED}, outcomes[:3]


def _people(cast: Cast, *, since: datetime) -> None:
    support = DepartmentFactory(organization=cast.acme, external_id="support", name="Customer support")
    cast.member(cast.alice).department_memberships.create(department=support, starts_at=since)
    for name, department in (("erin", cast.research), ("frank", support)):
        member = MemberFactory(organization=cast.acme, external_id=name, name=name.title())
        member.department_memberships.create(department=department, starts_at=since)
    ProjectFactory(organization=cast.acme, external_id="atlas", name="Atlas")
    ProjectFactory(organization=cast.acme, external_id="helpdesk", name="Helpdesk assistant")


def _events(*, now: datetime, a_day: int, weeks: int) -> Iterator[Event]:
    dice = random.Random(7)
    first: date = now.date() - timedelta(weeks=weeks)
    for index in range(weeks * 7 + 1):
        day = datetime.combine(first + timedelta(days=index), datetime.min.time(), tzinfo=UTC)
        busy = a_day if day.weekday() < 5 else max(1, a_day // 4)
        for number in range(max(1, int(busy * dice.uniform(0.7, 1.3)))):
            moment = day + timedelta(minutes=dice.randint(7 * 60, 19 * 60))
            event = _call(f"call-{index}-{number}", moment, dice)
            if moment < now:
                yield event


def _call(transaction_id: str, moment: datetime, dice: random.Random, member_id: str | None = None) -> Event:
    provider, model = dice.choices(
        [*[entry[:2] for entry in MODELS], UNPRICED], weights=(9, 14, 8, 5, 4, 2, 1, 1)
    )[0]
    people = (*RESEARCHERS, *SUPPORTERS, "")
    return Event(
        transaction_id=transaction_id,
        occurred_at=moment,
        provider_name=provider,
        response_model=model,
        input_tokens=int(dice.lognormvariate(9.6, 0.9)),
        output_tokens=int(dice.lognormvariate(7.4, 0.8)),
        member_id=dice.choice(people) if member_id is None else member_id,
        project_id=dice.choice(("atlas", "helpdesk", "", "")),
        integration_id=dice.choice(("slack", "", "")),
        feature=dice.choice(("chat", "agents", "analysis")),
        duration_ms=dice.randint(300, 9000),
    )
