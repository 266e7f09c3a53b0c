"""Which row prices an event: by date, context, tier and organization."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.usage.price_factories import at, price_list, price_row
from usage.enums import ChargeKind

NOON = at("2026-03-01T12:00")
TICK = timedelta(microseconds=1)


def found_id(prices, *, organization=0, tier="", when=NOON, tokens=1000, cached=0):
    row = prices.find(1, organization, tier, when, tokens, cached)
    return row and row.id


def test_a_price_change_takes_effect_at_its_instant():
    """Edge case 4: before → old, at → new; a backdated event uses its own time's price."""
    prices = price_list(price_row(id=1), price_row(id=2, valid_from=NOON))
    assert found_id(prices, when=NOON - TICK) == 1
    assert found_id(prices, when=NOON) == 2
    assert found_id(prices, when=at("2025-01-01T00:00")) == 1


def test_an_instant_in_another_time_zone_is_the_same_instant():
    prices = price_list(price_row(id=1), price_row(id=2, valid_from=NOON))
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    assert found_id(prices, when=NOON.astimezone(kathmandu)) == 2
    assert found_id(prices, when=(NOON - TICK).astimezone(kathmandu)) == 1


def test_before_the_first_price_an_event_is_unpriced():
    prices = price_list(price_row(valid_from=NOON))
    assert found_id(prices, when=NOON - TICK) is None


def test_rows_may_be_given_in_any_order():
    rows = [price_row(id=2, valid_from=NOON), price_row(id=3, valid_from=NOON + TICK), price_row(id=1)]
    prices = price_list(*rows)
    assert [found_id(prices, when=NOON + n * TICK) for n in (-1, 0, 1)] == [1, 2, 3]


def test_crossing_a_context_threshold_re_prices_the_whole_request():
    """Edge case 14: more than the threshold, not as much as it."""
    per_million = {ChargeKind.INPUT: 4, ChargeKind.OUTPUT: 20}
    prices = price_list(
        price_row(id=1),
        price_row(id=2, context_threshold=200_000, per_million=per_million),
        price_row(id=3, context_threshold=500_000, per_million=per_million),
    )
    assert found_id(prices, tokens=200_000) == 1
    assert found_id(prices, tokens=200_001) == 2
    assert found_id(prices, tokens=500_000) == 2
    assert found_id(prices, tokens=500_001) == 3


@pytest.mark.parametrize(("counts", "expected"), [(False, 1), (True, 2)])
def test_cache_reads_cross_a_threshold_only_where_the_list_says_so(counts, expected):
    """Edge case 14."""
    prices = price_list(
        price_row(id=1), price_row(id=2, context_threshold=200_000, counts_cache_reads=counts)
    )
    assert found_id(prices, tokens=250_000, cached=100_000) == expected
    assert found_id(prices, tokens=350_000, cached=100_000) == 2


def test_thresholds_belong_to_the_price_set_of_their_time():
    prices = price_list(
        price_row(id=1),
        price_row(id=2, context_threshold=200_000),
        price_row(id=3, valid_from=NOON),
    )
    assert found_id(prices, when=NOON - TICK, tokens=300_000) == 2
    assert found_id(prices, when=NOON, tokens=300_000) == 3


def test_a_withdrawn_model_is_unpriced_until_it_has_a_price_again():
    again = NOON + timedelta(days=1)
    prices = price_list(
        price_row(id=1),
        price_row(id=2, context_threshold=200_000),
        price_row(id=3, valid_from=NOON, withdrawn=True),
        price_row(id=4, valid_from=again),
    )
    assert found_id(prices, when=NOON - TICK) == 1
    assert found_id(prices, when=NOON) is None
    assert found_id(prices, when=NOON, tokens=300_000) is None
    assert found_id(prices, when=again) == 4


@pytest.mark.parametrize("tier", ["", "default", "standard", "auto", "Default"])
def test_names_of_the_ordinary_tier(tier):
    assert found_id(price_list(price_row(id=1)), tier=tier) == 1


def test_a_tier_without_a_row_is_unpriced_not_standard():
    """Edge case 19: the tier of the response prices the event."""
    prices = price_list(price_row(id=1))
    assert found_id(prices, tier="priority") is None
    with_batch = price_list(price_row(id=1), price_row(id=2, service_tier="batch"))
    assert found_id(with_batch, tier="batch") == 2
    assert found_id(with_batch, tier="BATCH") == 2
    assert found_id(with_batch, tier="flex") is None


def test_an_organizations_own_price_wins_for_that_organization_only():
    prices = price_list(price_row(id=1), price_row(id=2, organization_id=7))
    assert found_id(prices, organization=7) == 2
    assert found_id(prices, organization=8) == 1
    assert found_id(prices, organization=0) == 1


def test_outside_its_own_price_an_organization_pays_the_list():
    end = NOON + timedelta(days=30)
    prices = price_list(
        price_row(id=1),
        price_row(id=2, service_tier="batch"),
        price_row(id=3, organization_id=7, valid_from=NOON),
        price_row(id=4, organization_id=7, valid_from=end, withdrawn=True),
    )
    assert found_id(prices, organization=7, when=NOON - TICK) == 1
    assert found_id(prices, organization=7, when=NOON) == 3
    assert found_id(prices, organization=7, when=end) == 1
    assert found_id(prices, organization=7, tier="batch") == 2


def test_an_unknown_model_is_unpriced():
    """Edge case 15."""
    prices = price_list(price_row())
    assert prices.resolve_model("openai", "gpt-unheard-of") == 0
    assert prices.find(0, 0, "", datetime.now(UTC), 10, 0) is None
