"""Acme as its ledger tells it: one of everything, in the zone of Kathmandu; and what only the owner may know of.

Bob is of Research, which Dana leads; Dana used something in Support herself. Erin is nobody's of theirs: hers is all
that is called ``HIDDEN``. Some of it has no price, some named nobody, one event was voided.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory
from tests.usage.corrections.voids import void
from tests.usage.ledger_fixtures import FIRST, LAST, answers, event, store
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.events import Event, FileReference, ToolUse
from usage.periods import months_between
from usage.services.partitions import ensure_partitions
from usage.services.periods import ensure_periods
from usage.services.price_list import raise_price_list_version

ZONE: Final = "Asia/Kathmandu"
NOW: Final = datetime(2026, 5, 21, 9, tzinfo=UTC)
"""A Thursday afternoon there."""
MIDNIGHT: Final = datetime(2026, 4, 30, 18, 15, tzinfo=UTC)
"""When May begins there."""
HIDDEN, ABSENT, FOREIGN = "zz-hidden", "zz-absent", "zz-foreign"
"""What Erin's is called, what nothing is called, and what is called so in another organization."""
BOBS: Final = {"member_id": "bob", "department_id": "research"}
PLANS: Final = {"conversation_id": "plans", "platform": "web", "feature": "chat"}


def set_ledger_scene(cast: Cast) -> None:
    ensure_partitions(months_between(FIRST, LAST))
    for organization in (cast.acme, cast.other):
        organization.zones.update(time_zone=ZONE)
        ensure_periods(organization.pk, first=FIRST, last=LAST)
    for model in (LlmModelFactory(name="gpt-4o"), LlmModelFactory(provider_name=HIDDEN, name=HIDDEN)):
        PriceFactory(model=model, cache_read=Decimal("0.000001"), web_search=Decimal("0.01"))
    raise_price_list_version()
    MemberFactory(organization=cast.acme, external_id=HIDDEN, name="Erin")
    _store(cast.acme, *_seen(), *_hidden(HIDDEN))
    _store(cast.other, *_hidden(FOREIGN), *_hidden(f"{FOREIGN}-too"))
    void(cast.acme, "mistake", received_at=NOW)


def _store(organization: Any, *events: Event) -> None:
    assert set(answers(store(organization, *events, received_at=NOW))) == {"stored"}


def _at(days: int, **fields: Any) -> Event:
    """An event some days ago."""
    return event(occurred_at=NOW - timedelta(days=days), **fields)


def _seen() -> list[Event]:
    """What a lead or a member sees some of, and what is nobody's."""
    search, code = ToolUse("search", calls=2, tokens=300), ToolUse("code", tokens=50)
    report = FileReference("report.pdf", tokens=200, cache_read_tokens=40)
    return [
        _at(0, **BOBS, **PLANS, message_id="m2", project_id="atlas", input_tokens=501, files=[report]),
        _at(
            3,
            **BOBS,
            **PLANS,
            message_id="m1",
            project_id="atlas",
            integration_id="slack",
            cache_read_input_tokens=100,
            tools=[search, code],
            web_search_calls=2,
            files=[report],
            duration_ms=1500,
        ),
        _at(5, **BOBS, response_model="mystery-1", input_tokens=77, feature="voice", tools=[code]),
        _at(
            6, **BOBS, **PLANS, transaction_id="mistake", message_id="m0", input_tokens=99_999, tools=[search]
        ),
        _at(25, **BOBS, feature="chat", input_tokens=3000),
        event(**BOBS, occurred_at=MIDNIGHT, input_tokens=31, platform="web"),
        event(**BOBS, occurred_at=MIDNIGHT - timedelta(seconds=1), input_tokens=37, platform="web"),
        _at(2, member_id="dana", department_id="research", integration_id="slack", error_type="timeout"),
        _at(8, member_id="dana", department_id="support", input_tokens=2000, conversation_id="elsewhere"),
        _at(9, member_id="", department_id="research", project_id="atlas", input_tokens=640, tools=[search]),
        _at(9, member_id="", feature="", input_tokens=4100, output_tokens=3),
        _at(1, member_id="alice", input_tokens=812, conversation_id="plans", message_id="m3"),
    ]


def _hidden(name: str) -> list[Event]:
    """Somebody's whose everything is called ``name``; more than anybody else used. Models are everybody's."""
    return [
        _at(
            days,
            provider_name=HIDDEN,
            response_model=HIDDEN,
            member_id=name,
            department_id=name,
            project_id=name,
            integration_id=service,
            feature=name,
            platform=name,
            conversation_id=name,
            message_id=f"{name}-{days}",
            tools=[ToolUse(name, calls=3, tokens=9)],
            files=[FileReference(name, tokens=6000)],
            input_tokens=90_000,
        )
        for days, service in ((4, name), (10, "slack"), (40, name))
    ]
