"""A search through hundreds of quiet chats, of everybody and of a department, however few of them are looked at."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import pytest
from time_machine import travel

from teams.models import Department, Member, User
from tests.teams.cast import Cast
from tests.usage.ledger_fixtures import NOON, event, store
from tests.usage.panels.followed import cursor_of
from tests.usage.why_cost.test_api import ask, ledger, one_factor
from usage.models import Chat
from usage.queries.panels import chat_list, quiet_chats
from usage.services.quiet_chats import mark_quiet_chats

__all__ = ["ledger", "one_factor"]
pytestmark = pytest.mark.django_db
COUNT: Final = 400
WEEKS: Final = 9
DAYS: Final = {"from": "2026-04-15", "to": "2026-07-10"}
FIRST: Final = NOON - timedelta(days=30)
KEYS: Final[dict[str, Callable[[Chat], Any]]] = {
    "cost": lambda chat: chat.contracted_cost,
    "tokens": lambda chat: chat.input_tokens + chat.output_tokens,
    "last": lambda chat: chat.last_at,
}
WORDS: Final = ("chat", "QUESTION", "plan", "early", "question 1", "question 399", "nowhere")
"""Of all, of a fourth, of those of some days, of some, of one, of none."""


@pytest.fixture(autouse=True)
def july() -> Iterator[None]:
    with travel(NOON + timedelta(days=60), tick=False):
        yield


@pytest.fixture
def many(ledger: Cast, seed: int) -> list[Chat]:
    """Chats of Research, which Dana leads, of Legal and of no department; many of them as dear as others."""
    chance = random.Random(seed)
    store(ledger.acme, event(conversation_id="bobs", message_id="m", conversation_title="Report"))
    mark_quiet_chats()
    pattern = Chat.objects.get(external_id="bobs")
    legal, _made = Department.objects.get_or_create(organization=ledger.acme, external_id="legal")
    dana = Member.objects.get(organization=ledger.acme, user=ledger.dana)
    users = [(pattern.department_id, pattern.member_id), (legal.pk, pattern.member_id), (0, dana.pk), (0, 0)]
    for number in range(COUNT):
        department, member = chance.choice(users)
        at = FIRST + timedelta(days=7 * chance.triangular(0, WEEKS, WEEKS))
        add(pattern, number, at, chance, department_id=department, member_id=member)
    return list(Chat.objects.all())


def add(pattern: Chat, number: int, at: datetime, chance: random.Random, **fields: Any) -> None:
    title = f"Question {number}" + ", a plan" * (chance.random() < 0.25)
    if at < FIRST + timedelta(days=10):
        title += ", early"
    values = {field.attname: getattr(pattern, field.attname) for field in Chat._meta.concrete_fields}
    Chat(
        **values
        | fields
        | {
            "id": UUID(int=chance.getrandbits(128)),
            "external_id": f"chat-{number}",
            "title": title,
            "contracted_cost": Decimal(chance.choice((0, 1, 2, 3, number))),
            "input_tokens": chance.choice((10, 20, number)),
            "first_at": at,
            "last_at": at,
        }
    ).save(force_insert=True)


@pytest.mark.parametrize(
    ("seed", "sample", "slack", "most"),
    [(1, 20, 0.5, 6500), (2, 20, 2.75, 6500), (3, 20, 2.75, 200), (4, 600, 2.75, 0)],
)
def test_a_search_finds_all_in_order(
    many: list[Chat], ledger: Cast, monkeypatch: pytest.MonkeyPatch, sample: int, slack: float, most: int
) -> None:
    monkeypatch.setattr(quiet_chats, "_SAMPLE", sample)
    monkeypatch.setattr(quiet_chats, "_SLACK", slack)
    monkeypatch.setattr(chat_list, "MOST_LOOKED_AT", most)
    research = next(chat.department_id for chat in many if chat.external_id == "bobs")
    dana = Member.objects.get(organization=ledger.acme, user=ledger.dana).pk
    for user, filtered, seen in (
        (ledger.alice, {}, many),
        (ledger.alice, {"department": "research"}, [one for one in many if one.department_id == research]),
        (
            ledger.dana,
            {},
            [one for one in many if one.department_id == research or one.member_id == dana],
        ),
    ):
        for word in ("", *WORDS):
            meant = [one for one in seen if word.lower() in f"{one.title}\n{one.external_id}".lower()]
            for sort, key in KEYS.items():
                expected = sorted(meant, key=lambda one: (key(one), one.id), reverse=True)
                there, back = forth_and_back(user, search=word, sort=sort, **filtered)
                assert there == [one.external_id for one in expected[: len(there)]], (word, sort, filtered)
                assert len(there) == min(len(expected), 14)
                assert back == there[:7]


def forth_and_back(user: User, **asked: str) -> tuple[list[str], list[str]]:
    """The chats of the first two pages, and those of the first page that the second leads back to."""
    query = "&".join(
        f"{name}={value}" for name, value in (DAYS | {"page_size": "7"} | asked).items() if value
    )
    page = ask(user, f"chats?{query}")
    if not page["page"]["next"]:
        return names(page), names(page)
    second = ask(user, f"chats?{query}&cursor={cursor_of(page, 'next')}")
    back = ask(user, f"chats?{query}&cursor={cursor_of(second, 'previous')}")
    return names(page) + names(second), names(back)


def names(page: dict[str, Any]) -> list[str]:
    return [chat["conversation_id"] for chat in page["chats"]]
