from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from usage.figures import Change, Measures, percent_change, shares, total


@given(st.lists(st.integers(min_value=0, max_value=10**15), min_size=1, max_size=40))
def test_shares_add_up_to_100_and_stay_within_one_step_of_the_exact_share(parts):
    found = shares(parts)
    if sum(parts) == 0:
        assert found is None
        return
    assert found is not None
    assert sum(found) == Decimal(100)
    for part, share in zip(parts, found, strict=True):
        assert abs(share - Decimal(part) * 100 / sum(parts)) < Decimal("0.1")
        assert share == share.quantize(Decimal("0.1"))


def test_three_equal_parts_give_the_missing_tenth_to_the_first():
    assert shares([1, 1, 1]) == [Decimal("33.4"), Decimal("33.3"), Decimal("33.3")]


def test_the_largest_remainder_gets_the_missing_step():
    # 1/6 = 16.66…, 2/6 = 33.33…, 3/6 = 50: one tenth is missing, the remainder of 16.66… is the largest.
    assert shares([1, 2, 3]) == [Decimal("16.7"), Decimal("33.3"), Decimal("50.0")]


def test_nothing_has_no_shares():
    assert shares([]) is None
    assert shares([Decimal(0), Decimal(0)]) is None
    assert shares([Decimal(-5), Decimal(2)]) is None


def test_shares_of_a_net_correction_still_add_up():
    assert shares([Decimal(10), Decimal("-0.003")]) == [Decimal("100.0"), Decimal("0.0")]
    assert shares([Decimal(10), Decimal(-1)]) == [Decimal("111.1"), Decimal("-11.1")]


def test_percent_change_has_one_decimal_and_needs_something_before():
    assert percent_change(Decimal(110), Decimal(100)) == Decimal("10.0")
    assert percent_change(Decimal(0), Decimal(3)) == Decimal("-100.0")
    assert percent_change(Decimal(2), Decimal(3)) == Decimal("-33.3")
    assert percent_change(Decimal(5), Decimal(0)) is None


def test_measures_add_field_by_field():
    one = Measures(1, 2, 3, Decimal("0.000000000000001"), 4, 5)
    assert total([one, one]) == Measures(2, 4, 6, Decimal("0.000000000000002"), 8, 10)
    assert total([]) == Measures()
    assert one.total_tokens == 5


def test_changes_add_before_they_become_per_cent():
    both = Change(1, 2, Decimal(3), Decimal(4)) + Change(1, 2, Decimal(3), Decimal(1))
    assert both.tokens_percent == Decimal("-50.0")
    assert both.cost_percent == Decimal("20.0")
