"""What a file took and what its reuse added, over the API, for whoever may see it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.teams.cast import Cast
from tests.usage.corrections.voids import void
from tests.usage.ledger_fixtures import NOON
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from tests.usage.why_cost.test_api import ask, ledger, one_factor, send
from usage.events import FileReference
from usage.services.price_list import raise_price_list_version

__all__ = ["ledger", "one_factor"]
pytestmark = pytest.mark.django_db


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
