"""Wrong costs that other tools have been reported for, each with the right one worked out by hand."""

from decimal import Decimal

import pytest

from tests.usage.price_factories import at, charged, price_list, price_row, quantities
from usage.enums import ChargeKind
from usage.pricing import SCALE, cost

NOW = at("2026-06-01T12:00")
CLAUDE: dict[ChargeKind, str | int] = {
    ChargeKind.INPUT: 3,
    ChargeKind.CACHE_READ: "0.3",
    ChargeKind.CACHE_WRITE_5M: "3.75",
    ChargeKind.CACHE_WRITE_1H: 6,
    ChargeKind.OUTPUT: 15,
}


def dollars(in_scale: int) -> Decimal:
    return Decimal(in_scale) / SCALE


def test_cached_input_is_not_paid_twice():
    """Edge case 13: 1,000 tokens of which 800 cached are 200 at $3 and 800 at $0.30, not 1,000 and 800."""
    used = quantities(input_tokens=1000, cache_read=800)
    assert dollars(charged(price_row(per_million=CLAUDE), used)) == Decimal("0.00084")


def test_reasoning_is_not_paid_twice():
    """Edge case 13: 500 tokens of output of which 400 reasoning are 500 at $15, not 900."""
    used = quantities(output_tokens=500, reasoning=400)
    assert dollars(charged(price_row(per_million=CLAUDE), used)) == Decimal("0.0075")


def test_audio_and_images_are_not_paid_as_text_too():
    row = price_row(per_million=CLAUDE | {ChargeKind.AUDIO_INPUT: 10, ChargeKind.IMAGE_INPUT: 5})
    used = quantities(input_tokens=1000, audio_input=300, image_input=200)
    assert dollars(charged(row, used)) == Decimal("0.0055")


def test_cache_writes_for_an_hour_have_their_own_price():
    """Anthropic: $6, where tools that know one kind of write say $3.75."""
    used = quantities(input_tokens=1000, cache_write_1h=1000)
    assert dollars(charged(price_row(per_million=CLAUDE), used)) == Decimal("0.006")


@pytest.mark.parametrize(("tokens", "expected"), [(200_000, "0.6"), (200_001, "1.200006")])
def test_a_long_request_is_not_split_at_the_threshold(tokens, expected):
    """Edge case 14: above it every token is dearer, not only those beyond it."""
    prices = price_list(
        price_row(id=1, per_million=CLAUDE),
        price_row(
            id=2,
            context_threshold=200_000,
            per_million={kind: str(Decimal(p) * 2) for kind, p in CLAUDE.items()},
        ),
    )
    row = prices.find(1, 0, "", NOW, tokens, 0)
    assert row is not None
    assert dollars(charged(row, quantities(input_tokens=tokens))) == Decimal(expected)


def test_an_unknown_model_is_not_free():
    """Edge case 15."""
    prices = price_list(price_row())
    assert prices.resolve_model("openai", "gpt-99") == 0
    assert prices.find(prices.resolve_model("openai", "gpt-99"), 0, "", NOW, 10, 0) is None


def test_a_kind_without_a_price_is_not_free():
    assert cost(price_row(), quantities(input_tokens=10, web_search=1)) is None


def test_a_batch_is_not_paid_at_the_ordinary_price_nor_a_priority_call():
    """Edge case 19."""
    prices = price_list(
        price_row(id=1), price_row(id=2, service_tier="batch", per_million={ChargeKind.INPUT: 1})
    )
    batch = prices.find(1, 0, "batch", NOW, 10, 0)
    assert batch is not None
    assert batch.id == 2
    assert prices.find(1, 0, "priority", NOW, 10, 0) is None


def test_a_price_per_million_is_not_one_per_token():
    """Edge case 16."""
    row = price_row(per_million={ChargeKind.INPUT: "2.5"})
    assert dollars(charged(row, quantities(input_tokens=1_000_000))) == Decimal("2.5")


def test_small_calls_add_up_to_a_large_one():
    """Edge case 17: nothing is rounded away."""
    row = price_row(per_million={ChargeKind.INPUT: "0.01"})
    assert charged(row, quantities(input_tokens=3)) * 1_000_000 == charged(
        row, quantities(input_tokens=3_000_000)
    )


def test_a_free_model_costs_0_and_is_priced():
    """Edge case 18."""
    assert (
        cost(price_row(per_million={ChargeKind.INPUT: 0, ChargeKind.OUTPUT: 0}), quantities(input_tokens=9))
        == 0
    )
