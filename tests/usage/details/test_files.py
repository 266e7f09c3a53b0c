"""What a file took and what its reuse added, over the API, for whoever may see it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.teams.cast import Cast
from tests.usage.corrections.voids import void
from tests.usage.ledger_fixtures import NOON
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from tests.usage.why_cost.test_api import ask, ledger, one_factor, send
from usage.events import FileReference
from usage.identity import derived_id
from usage.services.price_list import raise_price_list_version

__all__ = ["ledger", "one_factor"]
pytestmark = pytest.mark.django_db

READS_EVENTS: Final = "jsonb_to_recordset"
"""What only those statements hold that read the files of events."""


@pytest.fixture(autouse=True)
def cheap_cache(ledger: Cast) -> None:
    """Input at 2 dollars per million tokens, cached input at a fourth of it; Acme pays 0.9 of both."""
    PriceFactory(
        model=LlmModelFactory(name="reader"), input=Decimal("0.000002"), cache_read=Decimal("0.0000005")
    )
    raise_price_list_version()


def read(cast: Cast, *, cached: int = 0, after: int = 0, **fields: Any) -> None:
    """A call that reads the report: 400 tokens of it, some from the cache."""
    file = FileReference(
        "report",
        name="Report.pdf",
        size_bytes=80_000,
        extracted_tokens=410,
        tokens=400,
        cache_read_tokens=cached,
    )
    told = {
        "response_model": "reader",
        "occurred_at": NOON - timedelta(hours=9) + timedelta(hours=after),
        "cache_read_input_tokens": cached,
        "output_tokens": 0,
        "files": [file],
    }
    send(cast, **(told | fields))


def test_reuse_and_caching_of_a_file_in_two_chats(ledger: Cast) -> None:
    processed = FileReference("report", name="Report.pdf", tokens=900, processed=True)
    send(ledger, response_model="reader", input_tokens=900, output_tokens=0, files=[processed])
    read(ledger, after=1)
    read(ledger, after=2, cached=400)
    read(ledger, after=3, conversation_id="d")
    found = ask(ledger.alice, "files/report")
    assert (found["file_id"], found["name"], found["size_bytes"]) == ("report", "Report.pdf", 80_000)
    # 900 tokens at 1.8 dollars per million.
    assert (found["extracted_tokens"], found["processing_cost"]) == (410, "0.00162")
    assert (found["uses"], found["chat_count"], found["input_tokens"]) == (3, 2, 1200)
    # 400 tokens at 1.8, 400 cached at 0.45 and 400 at 1.8 dollars per million; the first is no reuse.
    assert (found["contracted_cost"], found["reused_tokens"], found["reused_cost"]) == (
        "0.00162",
        800,
        "0.0009",
    )
    assert (found["cache_read_input_tokens"], found["saved_by_caching"]) == (400, "0.00054")
    assert (found["uncached_cost"], found["unpriced_events"]) == ("0.00072", 0)
    assert found["chats"] == [
        {
            "conversation_id": "c",
            "conversation_title": "",
            "uses": 2,
            "input_tokens": 800,
            "cache_read_input_tokens": 400,
            "contracted_cost": "0.0009",
            "unpriced_events": 0,
        },
        {
            "conversation_id": "d",
            "conversation_title": "",
            "uses": 1,
            "input_tokens": 400,
            "cache_read_input_tokens": 0,
            "contracted_cost": "0.00072",
            "unpriced_events": 0,
        },
    ]


def test_a_voided_use_is_none(ledger: Cast) -> None:
    read(ledger, transaction_id="first")
    read(ledger, after=1, transaction_id="second", conversation_id="")
    void(ledger.acme, "first")
    found = ask(ledger.alice, "files/report")
    assert (found["uses"], found["input_tokens"], found["reused_tokens"]) == (1, 400, 0)
    assert [chat["conversation_id"] for chat in found["chats"]] == [""]
    assert (found["reused_cost"], found["saved_by_caching"]) == ("0", "0")


def test_usage_without_a_price_adds_tokens_only(ledger: Cast) -> None:
    read(ledger, response_model="unheard-of", cached=100)
    found = ask(ledger.alice, "files/report")
    assert (found["input_tokens"], found["contracted_cost"], found["saved_by_caching"]) == (400, "0", "0")
    assert (found["unpriced_events"], found["chats"][0]["unpriced_events"]) == (1, 1)


def test_everyone_sees_their_part_and_the_others_nothing(ledger: Cast) -> None:
    read(ledger)
    read(ledger, after=1, member_id="", conversation_id="d")
    assert ask(ledger.alice, "files/report")["uses"] == 2
    for part_only in (ledger.bob, ledger.dana):
        found = ask(part_only, "files/report")
        assert (found["uses"], [chat["conversation_id"] for chat in found["chats"]]) == (1, ["c"])
        # When others read it is not theirs to know.
        assert found["first_at"] == found["last_at"] == "2026-05-20T03:00:00Z"
    ask(ledger.charlie, "files/report", status=404)
    ask(ledger.alice, "files/unknown", status=404)


def chats_read(cast: Cast, asker: Any, chats: int) -> tuple[dict[str, Any], list[set[int]]]:
    """The report in detail, and of which chats (``chat-0`` and so on) each statement read the events."""
    ids = {number: derived_id(cast.acme.pk, "chat", f"chat-{number}") for number in range(chats)}
    with CaptureQueriesContext(connection) as asked:
        found = ask(asker, "files/report")
    statements = [query["sql"].replace("-", "") for query in asked if READS_EVENTS in query["sql"]]
    return found, [{number for number, id_ in ids.items() if id_ in sql} for sql in statements]


def test_events_are_read_of_the_first_and_the_last_chats_only(ledger: Cast) -> None:
    for number in range(9):
        read(ledger, after=number, conversation_id=f"chat-{number}")
    for asker in (ledger.alice, ledger.dana, ledger.bob):
        found, statements = chats_read(ledger, asker, 9)
        assert statements == [{0, 1, 2, 6, 7, 8}]
        assert (found["uses"], found["input_tokens"], found["reused_tokens"]) == (9, 3600, 3200)
        assert (found["first_at"], found["last_at"]) == ("2026-05-20T03:00:00Z", "2026-05-20T11:00:00Z")


def test_events_are_read_of_chats_in_which_tokens_were_cached_and_of_unpriced_ones(ledger: Cast) -> None:
    changed: dict[int, dict[str, Any]] = {3: {"cached": 100}, 5: {"response_model": "unheard-of"}}
    for number in range(9):
        read(ledger, after=number, conversation_id=f"chat-{number}", **changed.get(number, {}))
    found, statements = chats_read(ledger, ledger.bob, 9)
    assert statements == [{0, 1, 2, 3, 5, 6, 7, 8}]
    assert (found["cache_read_input_tokens"], found["unpriced_events"]) == (100, 1)


def test_the_first_use_in_a_chat_that_began_later_than_others(ledger: Cast) -> None:
    """The first three chats began without the report, and the last three went on without it."""
    for number in range(9):
        if number != 4:
            read(ledger, after=number % 3, conversation_id=f"chat-{number}", files=[])
        read(ledger, after=6, conversation_id=f"chat-{number}", transaction_id=f"use-{number}")
        if number > 5:
            read(ledger, after=8, conversation_id=f"chat-{number}", files=[])
    report = FileReference("report", tokens=150)
    read(ledger, after=3, conversation_id="chat-4", transaction_id="first", files=[report])
    read(ledger, after=7, conversation_id="chat-4")
    for asker in (ledger.alice, ledger.dana, ledger.bob):
        found, statements = chats_read(ledger, asker, 9)
        assert len(statements) == 2
        assert 4 in statements[1] - statements[0]
        assert (found["uses"], found["input_tokens"], found["reused_tokens"]) == (11, 4150, 4000)
        assert (found["first_at"], found["last_at"]) == ("2026-05-20T06:00:00Z", "2026-05-20T10:00:00Z")
    void(ledger.acme, "first")
    found, _statements = chats_read(ledger, ledger.bob, 9)
    assert (found["first_at"], found["reused_tokens"]) == ("2026-05-20T06:00:00Z", 3600)


def test_the_last_use_in_a_chat_that_ended_earlier_than_others(ledger: Cast) -> None:
    """The first three chats went on for longest, without the report."""
    for number in range(9):
        read(ledger, after=number, conversation_id=f"chat-{number}")
    for number in (0, 1, 2):
        read(ledger, after=9, conversation_id=f"chat-{number}", files=[])
    found, statements = chats_read(ledger, ledger.alice, 9)
    assert statements[0] == {0, 1, 2}
    assert statements[1] == {0, 1, 2, 3, 4, 5, 6, 7, 8}
    assert found["last_at"] == "2026-05-20T11:00:00Z"
