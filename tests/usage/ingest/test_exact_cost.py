"""Costs are exact in the ledger itself: however tokens are split over events, whatever the decimals of a price."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.usage.ledger.ledgers import damaged_relations
from tests.usage.ledger_fixtures import NOON, event, open_ledger, store
from tests.usage.price_factories import LlmModelFactory, PriceFactory
from usage.models import Chat, SpendDaily, UsageDaily, UsageEvent, UsageHourly
from usage.services.snapshots import MEMORY

UNIT_PRICES = st.integers(0, 10**12).map(lambda steps: Decimal(steps).scaleb(-15))


def costs_everywhere() -> set[Decimal]:
    """What each table says that everything cost."""
    spend = SpendDaily.objects.filter(scope_kind="organization")
    tables: list[Any] = [UsageEvent.objects, UsageHourly.objects, UsageDaily.objects, spend, Chat.objects]
    return {table.aggregate(total=Sum("contracted_cost"))["total"] for table in tables}


@pytest.mark.django_db
def test_many_tiny_events_cost_what_one_large_event_costs() -> None:
    organization = open_ledger()
    PriceFactory(model=LlmModelFactory(name="tiny"), input=Decimal("0.00000001"), output=Decimal(0))
    call: dict[str, Any] = {"response_model": "tiny", "output_tokens": 0, "conversation_id": "c"}
    # A million calls of 3 tokens: ten thousand events of 100 calls with 300 tokens each.
    many = [event(input_tokens=300, calls=100, **call) for _ in range(10_000)]
    store(organization, *many)
    assert costs_everywhere() == {Decimal("0.03")}
    store(organization, event(input_tokens=3_000_000, **call))
    assert costs_everywhere() == {Decimal("0.06")}
    assert set(UsageEvent.objects.values_list("contracted_cost", flat=True)) == {
        Decimal("0.000003"),
        Decimal("0.03"),
    }
    assert damaged_relations(organization) == set()


@pytest.mark.django_db
def test_a_price_per_minute_is_charged_by_the_second() -> None:
    organization = open_ledger()
    # 0.001 dollars a minute has no end as a price per second: its fifteen decimals are what is charged.
    per_second = Decimal("0.000016666666667")
    PriceFactory(model=LlmModelFactory(name="voice"), audio_second=per_second)
    seconds = [1] * 59 + [61, 3_600]
    calls = [
        event(response_model="voice", audio_seconds=one, input_tokens=0, output_tokens=0, conversation_id="c")
        for one in seconds
    ]
    store(organization, *calls)
    assert costs_everywhere() == {per_second * 3_720}
    assert damaged_relations(organization) == set()


class TestSplits(TestCase):
    @settings(max_examples=15, deadline=None)
    @given(
        prices=st.fixed_dictionaries(
            dict.fromkeys(("input", "cache_read", "output", "reasoning", "audio_second", "call"), UNIT_PRICES)
        ),
        parts=st.lists(st.integers(0, 10**9), min_size=2, max_size=12),
    )
    def test_a_cost_is_the_same_however_its_tokens_are_split(
        self, prices: dict[str, Decimal], parts: list[int]
    ) -> None:
        MEMORY.forget()
        organization = open_ledger()
        PriceFactory(model=LlmModelFactory(name="any"), **prices)
        for calls in (parts, [sum(parts)]):
            batch = [
                event(
                    response_model="any",
                    conversation_id="c",
                    # Hours and days apart, so that rows of every table share the sum.
                    occurred_at=NOON - timedelta(hours=11 * number),
                    input_tokens=2 * tokens,
                    cache_read_input_tokens=tokens,
                    output_tokens=3 * tokens,
                    reasoning_output_tokens=tokens,
                    audio_seconds=tokens,
                    calls=0,
                )
                for number, tokens in enumerate(calls)
            ]
            store(organization, *batch)
        once = sum(parts) * (
            prices["input"]
            + prices["cache_read"]
            + 2 * prices["output"]
            + prices["reasoning"]
            + prices["audio_second"]
        )
        assert costs_everywhere() == {2 * once}
        assert damaged_relations(organization) == set()
