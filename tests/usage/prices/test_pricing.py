"""Exactness of costs, against fractions."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.usage.price_factories import charged, price_row, quantities
from usage.enums import ChargeKind
from usage.pricing import (
    KINDS,
    SCALE,
    PriceRow,
    charge_quantities,
    cost,
    decimal_text,
    scaled,
    usual_cost,
    with_fallbacks,
)

tokens = st.integers(0, 10**12)
prices = st.decimals(0, 1000, places=15)
price_tuples = st.lists(prices, min_size=len(KINDS), max_size=len(KINDS))
quantity_tuples = st.lists(tokens, min_size=len(KINDS), max_size=len(KINDS)).map(tuple)


def row_of(unit_prices: list[Decimal | None]) -> PriceRow:
    row = price_row()
    return PriceRow(
        id=row.id,
        model_id=row.model_id,
        valid_from=row.valid_from,
        unit_prices=with_fallbacks([scaled(price) for price in unit_prices]),
    )


@given(price_tuples, quantity_tuples)
def test_a_cost_is_the_exact_sum_of_quantity_times_unit_price(unit_prices, used):
    exact = sum(Fraction(price) * quantity for price, quantity in zip(unit_prices, used, strict=True))
    assert Fraction(charged(row_of(unit_prices), used), SCALE) == exact


@given(price_tuples, st.lists(quantity_tuples, min_size=1, max_size=6))
def test_a_cost_is_the_same_however_the_tokens_are_split(unit_prices, events):
    row = row_of(unit_prices)
    together = tuple(map(sum, zip(*events, strict=True)))
    assert sum(charged(row, used) for used in events) == charged(row, together)


@given(price_tuples, quantity_tuples, st.integers(0, len(KINDS) - 1), st.integers(1, 10**6))
def test_more_usage_never_costs_less(unit_prices, used, position, more):
    row = row_of(unit_prices)
    larger = tuple(n + more if i == position else n for i, n in enumerate(used))
    assert charged(row, larger) >= charged(row, used)


@given(price_tuples, quantity_tuples)
def test_a_correction_takes_back_exactly_what_was_charged(unit_prices, used):
    row = row_of(unit_prices)
    assert charged(row, tuple(-n for n in used)) == -charged(row, used)


@given(st.integers(-(10**30), 10**30))
def test_cost_text_has_fifteen_decimals_and_loses_nothing(amount):
    text = decimal_text(amount)
    assert len(text.partition(".")[2]) == 15
    assert Fraction(text) == Fraction(amount, SCALE)


def test_cost_text_of_small_and_negative_costs():
    assert decimal_text(123_450_000_000) == "0.000123450000000"
    assert decimal_text(-1) == "-0.000000000000001"
    assert decimal_text(0) == "0.000000000000000"


@given(st.lists(st.integers(0, 10**9), min_size=11, max_size=11))
def test_charge_quantities_are_disjoint_and_add_up_to_the_whole(parts):
    plain, read, five, hour, audio, image, answer, reasoning, speech, seconds, calls = parts
    used = charge_quantities(
        input_tokens=plain + read + five + hour + audio + image,
        cache_read=read,
        cache_write_5m=five,
        cache_write_1h=hour,
        audio_input=audio,
        image_input=image,
        output_tokens=answer + reasoning + speech,
        reasoning=reasoning,
        audio_output=speech,
        audio_seconds=seconds,
        web_search=1,
        code_run=2,
        calls=calls,
    )
    by_kind = dict(zip(KINDS, used, strict=True))
    assert by_kind[ChargeKind.INPUT] == plain
    assert by_kind[ChargeKind.OUTPUT] == answer
    assert sum(used[:6]) == plain + read + five + hour + audio + image
    assert sum(used[6:9]) == answer + reasoning + speech
    assert used[9:] == (seconds, 1, 2, calls)


def test_cached_tokens_and_reasoning_are_charged_once():
    """Edge case 13: cached tokens are part of the input and reasoning part of the output."""
    row = price_row(per_million={ChargeKind.INPUT: 2, ChargeKind.CACHE_READ: "0.5", ChargeKind.OUTPUT: 10})
    used = quantities(input_tokens=1000, cache_read=800, output_tokens=500, reasoning=400)
    assert decimal_text(charged(row, used)) == "0.005800000000000"


def test_missing_prices_fall_back_and_fees_do_not():
    row = price_row(per_million={ChargeKind.INPUT: 2, ChargeKind.CACHE_WRITE_5M: 3, ChargeKind.OUTPUT: 10})
    by_kind = dict(zip(KINDS, row.unit_prices, strict=True))
    assert by_kind[ChargeKind.CACHE_READ] == by_kind[ChargeKind.INPUT] == 2 * SCALE // 10**6
    assert by_kind[ChargeKind.CACHE_WRITE_1H] == by_kind[ChargeKind.CACHE_WRITE_5M] == 3 * SCALE // 10**6
    assert by_kind[ChargeKind.AUDIO_INPUT] == by_kind[ChargeKind.IMAGE_INPUT] == by_kind[ChargeKind.INPUT]
    assert by_kind[ChargeKind.REASONING] == by_kind[ChargeKind.AUDIO_OUTPUT] == by_kind[ChargeKind.OUTPUT]
    assert by_kind[ChargeKind.WEB_SEARCH] is None
    assert by_kind[ChargeKind.CODE_RUN] is None
    assert by_kind[ChargeKind.AUDIO_SECOND] is None
    assert by_kind[ChargeKind.CALL] == 0


@pytest.mark.parametrize("fee", ["web_search", "code_run", "audio_seconds"])
def test_a_used_kind_without_price_leaves_the_event_unpriced(fee):
    """Edge case 15: never 0."""
    row = price_row()
    assert cost(row, quantities(input_tokens=5, calls=1)) is not None
    assert cost(row, quantities(input_tokens=5, calls=1, **{fee: 1})) is None


@given(st.tuples(*[st.integers(min_value=0, max_value=10**12)] * 4), st.booleans(), st.booleans())
def test_a_usual_call_costs_what_any_call_costs(amounts, has_output_price, has_call_price):
    per_million = {ChargeKind.INPUT: "2.5", ChargeKind.CACHE_READ: "0.31"}
    per_million |= {ChargeKind.OUTPUT: "10"} if has_output_price else {}
    per_million |= {ChargeKind.CALL: "7"} if has_call_price else {}
    row = price_row(per_million=per_million)
    uncached, cached, output, calls = amounts
    used = quantities(input_tokens=uncached + cached, cache_read=cached, output_tokens=output, calls=calls)
    assert usual_cost(row, amounts) == cost(row, used)


def test_output_without_a_price_is_unpriced_but_an_embedding_is_not():
    row = price_row(per_million={ChargeKind.INPUT: "0.02"})
    assert decimal_text(charged(row, quantities(input_tokens=1_000_000, calls=1))) == "0.020000000000000"
    assert cost(row, quantities(input_tokens=1, output_tokens=1, calls=1)) is None


def test_a_price_per_million_is_the_price_of_a_million():
    """Edge case 16."""
    row = price_row(per_million={ChargeKind.INPUT: "2.50"})
    assert decimal_text(charged(row, quantities(input_tokens=1_000_000))) == "2.500000000000000"


def test_a_million_tiny_events_cost_what_one_large_event_costs():
    """Edge case 17."""
    row = price_row(per_million={ChargeKind.INPUT: "0.01"})
    small = charged(row, quantities(input_tokens=3))
    assert decimal_text(small) == "0.000000030000000"
    assert small * 1_000_000 == charged(row, quantities(input_tokens=3_000_000))


def test_a_free_model_costs_nothing_and_is_priced():
    """Edge case 18."""
    row = price_row(per_million={ChargeKind.INPUT: 0, ChargeKind.OUTPUT: 0})
    used = quantities(input_tokens=5000, cache_read=10, output_tokens=700, reasoning=3, calls=1)
    assert charged(row, used) == 0


def test_a_price_per_minute_is_exact_by_the_second():
    """Edge case 20c."""
    per_second = Decimal("0.006") / 60
    row = row_of([per_second if kind is ChargeKind.AUDIO_SECOND else None for kind in KINDS])
    by_seconds = sum(charged(row, quantities(audio_seconds=n)) for n in (1, 2, 57))
    assert by_seconds == charged(row, quantities(audio_seconds=60)) == scaled(Decimal("0.006"))


@given(st.decimals(0, 10**13, places=15))
def test_scaled_keeps_every_digit_of_a_stored_price(price):
    assert Fraction(scaled(price) or 0, SCALE) == Fraction(price)


def test_scaled_refuses_to_round():
    with pytest.raises(ValueError, match="15 decimals"):
        scaled(Decimal("1e-16"))
    assert scaled(None) is None


def test_a_row_needs_a_price_or_none_for_every_kind():
    with pytest.raises(ValueError, match="13 unit prices"):
        PriceRow(id=1, model_id=1, valid_from=price_row().valid_from, unit_prices=(1, 2))
