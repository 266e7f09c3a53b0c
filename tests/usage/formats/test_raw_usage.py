"""An event with a usage object: what it may stand beside, what makes it the same event, what it does not slow down."""

import json
import sys
from datetime import datetime
from typing import Any
from unittest.mock import patch

import pytest

from tests.docs.pages import DOCS, fenced
from tests.usage.event_factories import make_events
from tests.usage.formats.responses import CHAT, GEMINI, MESSAGES, fault, meant, sent
from usage.decoding import Rejected, decode_batch, validated
from usage.events import Composition, Event
from usage.formats.raw_usage import plain
from usage.identity import fingerprint
from usage.validation import find_fault, find_forbidden_text

CACHED = {"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 60}}


def test_an_unknown_provider_is_refused_with_the_names_of_those_that_are_known() -> None:
    for provider in ("", "acme"):
        field, reason = fault(provider, CACHED)
        assert field == "provider_name"
        assert "anthropic" in reason and "google" in reason and "mistral" in reason


@pytest.mark.parametrize(
    "field",
    ["input_tokens", "cache_read_input_tokens", "output_tokens", "audio_output_tokens", "audio_seconds"],
)
def test_tokens_are_not_said_twice(field: str) -> None:
    assert fault("openai", CACHED, **{field: 5}) == (
        field,
        "is said by usage already; send one of the two",
    )
    assert meant("openai", CACHED, **{field: 0})["input_tokens"] == 100


def test_calls_that_the_object_does_not_count_may_stand_beside_it() -> None:
    event = sent("openai", CACHED, web_search_calls=3, code_run_calls=1, tool_call_tokens=4)
    assert isinstance(event, Event)
    assert (plain(event).web_search_calls, plain(event).code_run_calls) == (3, 1)
    assert fault("anthropic", MESSAGES.response, web_search_calls=3)[0] == "web_search_calls"


def test_the_response_says_which_model_and_tier_it_was_whatever_was_asked_for() -> None:
    event = sent("openai", CHAT.response, response_model="gpt-5", service_tier="flex", response_id="mine")
    assert isinstance(event, Event)
    found = plain(event)
    assert (found.response_model, found.service_tier) == ("gpt-4o-2024-08-06", "default")
    assert found.response_id == CHAT.response["id"]
    alone = sent("openai", CACHED, response_model="gpt-5", service_tier="flex", response_id="mine")
    assert isinstance(alone, Event)
    assert (plain(alone).response_model, plain(alone).service_tier) == ("gpt-5", "flex")


def test_the_composition_is_held_against_what_the_object_means() -> None:
    """4,096 tokens went in, though Anthropic's ``input_tokens`` are 2,048."""
    fits = meant("anthropic", MESSAGES.response, composition={"user_text": 96, "context": 4000})
    assert fits["input_tokens"] == 4096
    assert fault("anthropic", MESSAGES.response, composition={"context": 4097}) == (
        "composition",
        "its parts add up to more than input_tokens",
    )
    event = sent("google", GEMINI.response, composition={"system": 80, "user_text": 1500})
    assert isinstance(event, Event)
    assert event.composition == Composition(system=80, user_text=1500)


def test_files_and_tools_are_held_against_it_too() -> None:
    files = [{"file_id": "f", "tokens": 61, "cache_read_tokens": 61}]
    assert fault("openai", CACHED, files=files)[0] == "files"
    assert fault("openai", CACHED, tool_call_tokens=11)[0] == "tool_call_tokens"


def test_sums_have_the_limit_of_single_numbers() -> None:
    most = 1_000_000_000_000
    assert meant("openai", {"prompt_tokens": most})["input_tokens"] == most
    field, reason = fault("anthropic", {"input_tokens": most, "cache_read_input_tokens": 1})
    assert (field, reason) == ("usage", "adds up to more than 1,000,000,000,000")


def test_nothing_but_known_fields_is_kept() -> None:
    event = sent("openai", CHAT.response)
    assert isinstance(event, Event)
    kept = json.dumps(event.usage)
    assert "Hello" not in kept and "choices" not in kept and "fp_50cad350e4" not in kept
    assert event.usage is not None
    assert event.usage["usage"]["completion_tokens_details"] == {"reasoning_tokens": 128, "audio_tokens": 0}


def test_a_text_that_no_database_holds_is_refused() -> None:
    assert fault("openai", {"usage": CACHED, "model": "a\0b"}) == ("usage", "holds the NUL character")
    body = json.dumps(
        [{"transaction_id": "t", "occurred_at": "2026-05-20T12:00:00Z", "provider_name": "openai"}]
    )
    whole = body.replace(
        "}]", ', "usage": {"usage": {"prompt_tokens": 1}, "model": "\\u0000", "note": "\\u0000"}}]'
    )
    (found,) = decode_batch(whole.encode(), limit=1)
    assert isinstance(found, Rejected)
    ignored = whole.replace('"model": "\\u0000", ', "")
    assert isinstance(decode_batch(ignored.encode(), limit=1)[0], Event)


def identity(usage: Any, **fields: Any) -> bytes:
    event = sent("openai", usage, **fields)
    assert isinstance(event, Event)
    return fingerprint(event)


def test_the_object_is_part_of_what_makes_an_event_the_same() -> None:
    backwards = {name: CACHED[name] for name in reversed(CACHED)}
    same = [
        backwards,
        CACHED | {"completion_tokens_details": None},
        CACHED | {"note": "unknown", "cost": 0.3},
        {"usage": CACHED},
        {"choices": [], "usage": backwards},
    ]
    assert {identity(usage) for usage in same} == {identity(CACHED)}
    other = [
        CACHED | {"completion_tokens": 11},
        CACHED | {"prompt_tokens_details": {"cached_tokens": 59}},
        CACHED | {"total_tokens": 110},
        {"usage": CACHED, "model": "gpt-4o"},
    ]
    assert len({identity(usage) for usage in (*other, CACHED)}) == len(other) + 1
    assert identity(CACHED, service_tier="flex") != identity(CACHED)


def test_the_object_and_the_numbers_that_it_means_are_not_the_same_content() -> None:
    """Identity is what was sent, not how we read it: a better reading must not turn repetitions into conflicts."""
    event = sent("openai", CACHED)
    assert isinstance(event, Event)
    assert fingerprint(plain(event)) != fingerprint(event)


def test_events_without_an_object_keep_their_identity() -> None:
    """The hash of the page's example from before there were usage objects."""
    (event,) = decode_batch(fenced(DOCS / "ingest.md", "json")[0].encode(), limit=1)
    assert isinstance(event, Event)
    assert fingerprint(event).hex() == "01aa8ab24b4d2ef979c89b06f41438a2b0"


def test_events_without_an_object_pay_nothing_for_it() -> None:
    """They are never taken to be read, and asking whether they have one takes no call."""
    events = make_events(500, 1)
    with patch("usage.decoding.reduced", side_effect=AssertionError):
        assert [validated(event, suspicious=False) for event in events] == events

    def as_before(event: Event, *, suspicious: bool) -> Event | Rejected:
        found = find_fault(event) or (find_forbidden_text(event) if suspicious else None)
        return Rejected(event.transaction_id, found) if found else event

    def calls(check: Any) -> int:
        made = []
        sys.setprofile(lambda _frame, event, _function: made.append(event))
        try:
            for event in events:
                check(event, suspicious=False)
        finally:
            sys.setprofile(None)
        return len([event for event in made if event in ("call", "c_call")])

    assert calls(validated) == calls(as_before) > len(events)


def test_the_ids_of_voids_are_reserved() -> None:
    event = Event(transaction_id="void:1", occurred_at=datetime.fromisoformat("2026-05-20T12:00:00+00:00"))
    found = validated(event, suspicious=False)
    assert isinstance(found, Rejected)
    assert found.fault.field == "transaction_id"
    assert "is reserved for corrections" in found.fault.reason
