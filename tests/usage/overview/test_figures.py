from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from usage.figures import Change, Measures, percent_change, share_of, total


@given(
    st.decimals(min_value=0, max_value=10**9, places=15), st.decimals(min_value=0, max_value=10**9, places=15)
)
def test_a_share_is_the_exact_one_rounded_once(part, rest):
    found = share_of(part, part + rest)
    if part + rest == 0:
        assert found is None
        return
    assert found is not None
    exact = Fraction(part) * 100 / Fraction(part + rest)
    assert abs(Fraction(found) - exact) <= Fraction(1, 20)
    assert found.as_tuple().exponent == -1


def test_halves_of_a_share_go_to_the_even_tenth():
    assert share_of(25, 10000) == Decimal("0.2")
    assert share_of(35, 10000) == Decimal("0.4")


def test_a_share_is_rounded_for_itself_whatever_stands_beside_it():
    assert [share_of(1, 3)] * 3 == [Decimal("33.3")] * 3
    assert [share_of(part, 6) for part in (1, 2, 3)] == [Decimal("16.7"), Decimal("33.3"), Decimal("50.0")]


def test_nothing_has_no_shares():
    assert share_of(0, 0) is None
    assert share_of(Decimal(-5), Decimal(-3)) is None


def test_a_net_correction_has_a_share_below_zero():
    assert share_of(Decimal("-0.003"), Decimal("9.997")) == 0
    assert [share_of(Decimal(10), Decimal(9)), share_of(Decimal(-1), Decimal(9))] == [
        Decimal("111.1"),
        Decimal("-11.1"),
    ]


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
