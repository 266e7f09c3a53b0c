from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rounding import converted, places, rounded, smallest, split

CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KWD"])
AMOUNTS = st.integers(min_value=-(10**13), max_value=10**13)
WEIGHTS = st.lists(st.decimals(min_value=0, max_value=10**9, places=15), min_size=1, max_size=30)


@pytest.mark.parametrize(("currency", "expected"), [("JPY", 0), ("EUR", 2), ("USD", 2), ("KWD", 3)])
def test_places_are_the_currencys(currency: str, expected: int) -> None:
    assert places(currency) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("0.005", "EUR", "0.01"),
        ("-0.005", "EUR", "-0.01"),
        ("0.0049999999999999", "EUR", "0.00"),
        ("2.5", "JPY", "3"),
        ("1.0005", "KWD", "1.001"),
        ("1000000000", "IDR", "1000000000.00"),
    ],
)
def test_half_is_rounded_away_from_zero(amount: str, currency: str, expected: str) -> None:
    assert str(rounded(Decimal(amount), currency)) == expected


def test_three_lines_of_three_cents_at_nineteen_percent() -> None:
    """Edge case 21: tax is on the sum of the lines, once: 0.09 × 19 % = 0.0171."""
    lines = [Decimal("0.03")] * 3
    assert rounded(sum(lines, Decimal(0)) * 19 / 100, "EUR") == Decimal("0.02")


@given(
    cost=st.decimals(min_value=0, max_value=10**12, places=15),
    rate=st.decimals(min_value="0.0001", max_value=20000, places=10),
    currency=CURRENCIES,
)
def test_conversion_rounds_once(cost: Decimal, rate: Decimal, currency: str) -> None:
    # With whole numbers, independently of decimal contexts: 15 and 10 decimals make 25.
    exact = int(cost.scaleb(15)) * int(rate.scaleb(10))
    step = 10 ** (25 - places(currency))
    units = (2 * exact + step) // (2 * step)
    assert converted(cost, rate, currency) == Decimal(units).scaleb(-places(currency))


@given(units=AMOUNTS, weights=WEIGHTS, currency=CURRENCIES)
def test_parts_add_up_and_are_never_a_unit_off(units: int, weights: list[Decimal], currency: str) -> None:
    total = units * smallest(currency)
    parts = split(total, weights, currency)
    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        for part, weight in zip(parts, weights, strict=True):
            assert part == rounded(part, currency)
            assert abs(part - total * weight / whole) <= smallest(currency) * Decimal("1.000001")


def test_rounding_mode_is_the_stated_one() -> None:
    assert rounded(Decimal("0.125"), "USD") == Decimal("0.125").quantize(Decimal("0.01"), ROUND_HALF_UP)
