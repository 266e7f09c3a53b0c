"""What crosses a threshold, and the word for how a budget stands."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.budget_state import converted, crossed_thresholds, level_of

DEFAULT = (75, 90, 95)
MONEY = st.decimals("-1000", "100000", places=15)
LIMITS = st.decimals("0", "100000", places=4)


@pytest.mark.parametrize(
    ("spent", "limit", "crossed", "level"),
    [
        ("0", "100", (), "ok"),
        ("74.999999999999999", "100", (), "ok"),
        ("75", "100", (75,), "warning"),
        ("90", "100", (75, 90), "caution"),
        ("95", "100", DEFAULT, "critical"),
        ("130", "100", DEFAULT, "critical"),
        ("0", "0", (), "ok"),
        ("0.000000000000001", "0", DEFAULT, "critical"),
        ("-3", "0", (), "ok"),
    ],
)
def test_default_thresholds(spent, limit, crossed, level):
    asked: dict[str, Any] = {"spent": Decimal(spent), "limit": Decimal(limit), "thresholds": DEFAULT}
    assert crossed_thresholds(**asked) == crossed
    assert level_of(**asked) == level


def test_any_list_of_thresholds_has_its_words():
    def level(spent, *thresholds):
        return level_of(spent=Decimal(spent), limit=Decimal(100), thresholds=thresholds)

    assert level(50, 50, 80, 100) == "warning"
    assert level(99, 50, 80, 100) == "warning"
    assert level(100, 50, 80, 100) == "critical"
    assert level(101, 150) == "critical"
    assert level(92, 92) == "caution"


@given(MONEY, LIMITS, st.lists(st.integers(1, 1000), min_size=1, unique=True))
def test_a_threshold_is_crossed_exactly_when_its_share_is_spent(spent, limit, thresholds):
    crossed = crossed_thresholds(spent=spent, limit=limit, thresholds=thresholds)
    expected = [
        threshold
        for threshold in sorted(thresholds)
        if spent > 0 and Fraction(spent) >= Fraction(limit) * threshold / 100
    ]
    assert list(crossed) == expected


def test_each_month_is_converted_at_its_own_rate_without_rounding():
    october, november = date(2026, 10, 1), date(2026, 11, 1)
    costs = {
        october: Decimal("12345678901234567890.000000000000001"),
        november: Decimal(10),
        date.min: Decimal(0),
    }
    rates = {october: Decimal("0.9123456789"), november: Decimal("150.25")}
    expected = Fraction(costs[october]) * Fraction(rates[october]) + Fraction("1502.5")
    assert Fraction(converted(costs, rates)) == expected


def test_a_cost_without_a_rate_is_no_guess():
    with pytest.raises(KeyError):
        converted({date(2026, 11, 1): Decimal(1)}, {})
