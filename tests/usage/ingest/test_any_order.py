"""Whatever the order, the batches and the repeats: the rollups equal a slow model in plain Python."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.usage.ledger_fixtures import NOON, event, open_ledger, store
from usage.events import Event
from usage.models import Chat, Message, SpendDaily, UsageDaily, UsageEvent, UsageHourly
from usage.services.snapshots import MEMORY

EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "transaction_id": st.sampled_from([f"t{number}" for number in range(25)]),
            "occurred_at": st.integers(min_value=-40 * 24, max_value=0).map(
                lambda hours: NOON + timedelta(hours=hours)
            ),
            "member_id": st.sampled_from(["", "bob", "dana"]),
            "feature": st.sampled_from(["", "chat", "voice"]),
            "response_model": st.sampled_from(["gpt-4o", "unheard-of"]),
            "conversation_id": st.sampled_from(["", "c1", "c2"]),
            "message_id": st.sampled_from(["", "m1", "m2", "m3"]),
            "input_tokens": st.integers(min_value=0, max_value=10**9),
            "output_tokens": st.integers(min_value=0, max_value=10**6),
            "duration_ms": st.integers(min_value=0, max_value=100_000),
        }
    ),
    min_size=1,
    max_size=40,
)


class TestAnyOrder(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(sent=EVENTS, data=st.data())
    def test_batches_repeats_and_order_do_not_matter(
        self, sent: list[dict[str, Any]], data: st.DataObject
    ) -> None:
        MEMORY.forget()
        organization = open_ledger(time_zone="Asia/Kathmandu")
        events = [event(**fields) for fields in sent]
        expected: dict[str, Event] = {}
        for batch in _batches(events + data.draw(st.permutations(events)), data):
            store(organization, *batch)
            for one in batch:
                expected.setdefault(one.transaction_id, one)
        self._compare(list(expected.values()))

    def _compare(self, events: list[Event]) -> None:
        assert UsageEvent.objects.count() == len(events)
        cost = sum((_cost(one) for one in events), Decimal(0))
        days = Counter((one.occurred_at + timedelta(hours=5, minutes=45)).date() for one in events)
        tokens = sum(one.input_tokens + one.output_tokens for one in events)
        for rows in (list(UsageDaily.objects.all()), list(UsageHourly.objects.all())):
            assert sum(row.input_tokens + row.output_tokens for row in rows) == tokens
            assert sum((row.contracted_cost for row in rows), Decimal(0)) == cost
            found: Counter[Any] = Counter()
            for row in rows:
                found[row.local_date] += row.calls
            assert found == days
        counted = sum(sum(row.latency_histogram) for row in UsageHourly.objects.all())
        assert counted == sum(one.duration_ms > 0 for one in events)
        for kind in ("organization", "department", "project", "member"):
            spend = list(SpendDaily.objects.filter(scope_kind=kind))
            assert sum((row.contracted_cost for row in spend), Decimal(0)) == cost
            assert sum(row.unpriced for row in spend) == sum(_is_unpriced(one) for one in events)
        self._compare_chats(events)

    def _compare_chats(self, events: list[Event]) -> None:
        chats = {chat.external_id: chat for chat in Chat.objects.all()}
        assert set(chats) == {one.conversation_id for one in events} - {""}
        for name, chat in chats.items():
            mine = [one for one in events if one.conversation_id == name]
            assert chat.input_tokens == sum(one.input_tokens for one in mine)
            assert chat.contracted_cost == sum(map(_cost, mine))
            assert chat.first_at == min(one.occurred_at for one in mine)
        in_messages = [one for one in events if one.conversation_id or one.message_id]
        assert sum(message.events for message in Message.objects.all()) == len(in_messages)


def _batches(events: list[Event], data: st.DataObject) -> list[list[Event]]:
    size = data.draw(st.integers(min_value=1, max_value=len(events)))
    return [events[start : start + size] for start in range(0, len(events), size)]


def _is_unpriced(one: Event) -> bool:
    return one.response_model != "gpt-4o"


def _cost(one: Event) -> Decimal:
    if _is_unpriced(one):
        return Decimal(0)
    return (2 * one.input_tokens + 10 * one.output_tokens) * Decimal("0.000001")
