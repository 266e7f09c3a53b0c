"""The staged line, its columns and the table must agree; the database is asked what it understood."""

from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.usage.ledger_fixtures import NOON, RECEIVED, event, open_ledger, store
from tests.usage.price_factories import quantities
from usage.events import Composition, Event
from usage.latency import LOWER_BOUNDS_MS, UNKNOWN, latency_bucket
from usage.models import Chat, UsageEvent
from usage.services.snapshots import MEMORY
from usage.staged_columns import EVENT_COLUMNS
from usage.staging import _rare_quantities, new_event_ids

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


def test_every_column_of_the_event_is_staged() -> None:
    columns = {field.column for field in UsageEvent._meta.concrete_fields}
    assert columns - set(EVENT_COLUMNS) == {"xid"}
    assert set(EVENT_COLUMNS) <= columns


def test_event_ids_are_version_7_and_ascend() -> None:
    ids = new_event_ids(count=10_000, received_at=RECEIVED)
    assert ids == sorted(ids) and len(set(ids)) == len(ids)
    assert {(id_[12], id_[16] in "89ab") for id_ in ids} == {("7", True)}
    milliseconds = int(RECEIVED.timestamp() * 1000)
    assert {int(id_[:12], 16) for id_ in ids} == {milliseconds}


def test_the_quick_quantities_are_the_ones_that_pricing_charges() -> None:
    call = event(
        input_tokens=1000,
        cache_read_input_tokens=10,
        cache_creation_input_tokens=30,
        cache_creation_1h_input_tokens=20,
        audio_input_tokens=40,
        image_input_tokens=50,
        output_tokens=600,
        reasoning_output_tokens=70,
        audio_output_tokens=80,
        audio_seconds=9,
        web_search_calls=3,
        code_run_calls=2,
        calls=4,
    )
    assert _rare_quantities(call) == quantities(
        input_tokens=1000,
        cache_read=10,
        cache_write_5m=10,
        cache_write_1h=20,
        audio_input=40,
        image_input=50,
        output_tokens=600,
        reasoning=70,
        audio_output=80,
        audio_seconds=9,
        web_search=3,
        code_run=2,
        calls=4,
    )


@pytest.mark.parametrize(
    "rare",
    [
        "cache_creation_input_tokens",
        "audio_input_tokens",
        "image_input_tokens",
        "reasoning_output_tokens",
        "audio_output_tokens",
        "audio_seconds",
        "web_search_calls",
        "code_run_calls",
    ],
)
def test_one_rare_quantity_is_enough_to_charge_them_all(rare: str) -> None:
    usual = {"input_tokens": 100, "cache_read_input_tokens": 10, "output_tokens": 60}
    assert _rare_quantities(event(**usual)) is None
    found = _rare_quantities(event(**usual, **{rare: 1}))
    assert found is not None
    assert (sum(found[:6]), sum(found[6:9]), found[12]) == (100, 60, 1)


def test_a_duration_is_in_the_bucket_that_it_reaches() -> None:
    for bucket, bound in enumerate(LOWER_BOUNDS_MS):
        whole = int(bound) + (bound > int(bound))
        assert whole < bound + 1 and latency_bucket(whole) >= bucket
        assert latency_bucket(whole - 1) < bucket
    assert (latency_bucket(0), latency_bucket(10**12)) == (UNKNOWN, len(LOWER_BOUNDS_MS) - 1)


@pytest.mark.django_db
@pytest.mark.parametrize("offset", [0, 345, -210])
def test_a_moment_is_the_same_in_any_zone(offset: int) -> None:
    zone = timezone(timedelta(minutes=offset)) if offset else UTC
    moment = NOON - timedelta(hours=12, seconds=53, microseconds=999_988)
    organization = open_ledger()
    store(organization, event(occurred_at=moment.astimezone(zone)))
    assert UsageEvent.objects.get().occurred_at == moment


@pytest.mark.django_db
def test_chats_keep_whatever_text_they_are_named_with() -> None:
    organization = open_ledger()
    odd = [
        "plain",
        "it's",
        'say "no"',
        "back\\slash",
        "\\",
        "NULL",
        "{a,b}",
        "ends in '\\\"",
        "%s",
        "line\nfeed\t",
    ]
    for names in (odd, odd[:1]):
        store(
            organization,
            *(event(conversation_id=f"c{name}", conversation_title=name) for name in names),
            event(conversation_id=f"untitled {len(names)}"),
        )
    titled = {chat.external_id: chat.title for chat in Chat.objects.filter(organization=organization)}
    assert titled == {f"c{name}": name for name in odd} | {"untitled 10": "", "untitled 1": ""}


@pytest.mark.django_db
def test_every_number_lands_in_its_own_column() -> None:
    organization = open_ledger()
    numbers = {
        "input_tokens": 100_000,
        "cache_read_input_tokens": 11,
        "cache_creation_input_tokens": 30,
        "cache_creation_1h_input_tokens": 13,
        "audio_input_tokens": 14,
        "image_input_tokens": 15,
        "output_tokens": 1600,
        "reasoning_output_tokens": 17,
        "audio_output_tokens": 18,
        "audio_seconds": 0,
        "web_search_calls": 0,
        "code_run_calls": 0,
        "tool_call_tokens": 22,
        "duration_ms": 23,
        "time_to_first_token_ms": 24,
        "calls": 2,
    }
    texts = {
        name: f"the {name}"
        for name in (
            "provider_name",
            "request_model",
            "response_id",
            "operation_name",
            "feature",
            "error_type",
        )
    } | {"service_tier": "tier", "platform": "ios", "response_model": "an answer"}
    parts = Composition(user_text=31, context=32, files=33, system=34, tool_results=35)
    store(organization, event(**numbers, **texts, composition=parts))
    stored = UsageEvent.objects.get()
    expected: dict[str, Any] = numbers | texts
    del expected["cache_creation_input_tokens"], expected["cache_creation_1h_input_tokens"]
    assert {name: getattr(stored, name) for name in expected} == expected
    assert (stored.cache_creation_5m_input_tokens, stored.cache_creation_1h_input_tokens) == (17, 13)
    composition = (stored.user_text_tokens, stored.context_tokens, stored.file_tokens, stored.system_tokens)
    assert (*composition, stored.tool_result_tokens) == (31, 32, 33, 34, 35)
    assert (stored.failures, stored.received_at, stored.xid is not None) == (2, RECEIVED, True)


class TestTexts(TestCase):
    @given(
        texts=st.fixed_dictionaries(
            dict.fromkeys(
                ("provider_name", "response_id", "operation_name", "feature", "error_type", "platform"), TEXT
            )
        ),
        transaction_id=TEXT.filter(bool),
        ago=st.integers(min_value=0, max_value=60 * 60 * 24 * 30 * 1_000_000),
    )
    def test_any_text_and_time_comes_back_as_it_was_sent(
        self, texts: dict[str, str], transaction_id: str, ago: int
    ) -> None:
        MEMORY.forget()
        organization = open_ledger()
        moment = NOON - timedelta(microseconds=ago)
        sent: Event = event(transaction_id=transaction_id, occurred_at=moment, **texts)
        store(organization, sent)
        stored = UsageEvent.objects.get(organization=organization)
        assert {name: getattr(stored, name) for name in texts} == texts
        assert (stored.transaction_id, stored.occurred_at) == (transaction_id, moment)
