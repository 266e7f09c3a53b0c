from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from usage.breakdown import Name, Spend, breakdown, leading, named, summed, together
from usage.enums import RowKind
from usage.figures import UNCHANGED, Change, Measures, total

measures = st.builds(
    Measures,
    calls=st.integers(0, 100),
    input_tokens=st.integers(0, 10**12),
    output_tokens=st.integers(0, 10**12),
    contracted_cost=st.decimals(min_value=0, max_value=10**6, places=15),
    unpriced_events=st.integers(0, 5),
    unpriced_tokens=st.integers(0, 100),
)
spends = st.dictionaries(
    st.tuples(st.just("member"), st.integers(0, 40)),
    st.builds(Spend, measures, st.just(UNCHANGED)),
    max_size=30,
)


@given(spends, st.integers(0, 12) | st.none())
def test_a_breakdown_is_a_partition(spent, top):
    rows = breakdown(spent, is_compared=False, top=top)
    assert total(row.measures for row in rows) == total(spend.measures for spend in spent.values())
    assert sum(row.entries for row in rows) == sum(1 for spend in spent.values() if spend)
    kinds = [row.kind for row in rows]
    named_rows = [row for row in rows if row.kind == RowKind.NAMED]
    # Named lines first, by cost; then at most one "other" and one "unattributed".
    assert kinds == sorted(kinds, key=[RowKind.NAMED, RowKind.OTHER, RowKind.UNATTRIBUTED].index)
    assert kinds.count(RowKind.OTHER) <= 1 and kinds.count(RowKind.UNATTRIBUTED) <= 1
    costs = [row.measures.contracted_cost for row in named_rows]
    assert costs == sorted(costs, reverse=True)
    assert top is None or len(named_rows) <= top + 1
    if rows:
        whole = total(row.measures for row in rows)
        assert together(rows, whole=whole).measures == whole


@given(spends, st.integers(0, 12))
def test_a_share_is_the_same_in_a_long_breakdown_and_in_a_short_one(spent, top):
    long, short = (breakdown(spent, is_compared=False, top=most) for most in (None, top))
    shares = {row.id: (row.share_of_tokens, row.share_of_cost) for row in long}
    told = [row for row in short if row.kind is not RowKind.OTHER]
    assert {row.id: (row.share_of_tokens, row.share_of_cost) for row in told}.items() <= shares.items()
    others = [row for row in long if row.id not in {row.id for row in told}]
    for row in short:
        if row.kind is RowKind.OTHER:
            whole = total(spend.measures for spend in spent.values())
            beside = together(others, whole=whole)
            assert (row.share_of_tokens, row.share_of_cost) == (beside.share_of_tokens, beside.share_of_cost)


@given(spends, st.dictionaries(st.integers(1, 40), st.integers(1, 40)))
def test_merging_moves_usage_and_loses_none(spent, into):
    merged = summed(((entity, into.get(number, number)), spend) for (entity, number), spend in spent.items())
    assert total(spend.measures for spend in merged.values()) == total(
        spend.measures for spend in spent.values()
    )
    assert merged.get(("member", 0)) == spent.get(("member", 0))


def test_an_entry_used_only_before_keeps_its_line_with_its_fall():
    before = Spend(Measures(), Change(0, 50, Decimal(0), Decimal(5)))
    (row,) = breakdown({("project", 3): before}, is_compared=True)
    assert (row.measures.total_tokens, row.change and row.change.tokens_percent) == (0, Decimal("-100.0"))


def test_only_named_lines_get_names():
    spent = {("member", number): Spend(Measures(calls=1)) for number in range(5)}
    rows = named(breakdown(spent, is_compared=False, top=2), {("member", 1): Name("Anna", external_id="a")})
    assert [(row.kind, row.name) for row in rows] == [
        (RowKind.NAMED, "Anna"),
        (RowKind.NAMED, "#2"),
        (RowKind.OTHER, ""),
        (RowKind.UNATTRIBUTED, ""),
    ]


def test_what_has_no_price_leads_by_tokens():
    spent = {
        ("model", 1): Spend(Measures(input_tokens=1, contracted_cost=Decimal(9))),
        ("model", 2): Spend(Measures(input_tokens=90, unpriced_events=1, unpriced_tokens=90)),
        ("model", 3): Spend(Measures(input_tokens=9, contracted_cost=Decimal(1))),
    }
    assert [row.id for row in leading(breakdown(spent, is_compared=False), count=2)] == [1, 2]
