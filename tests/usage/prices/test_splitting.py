"""Costs of many calls together: the same however the tokens are split, unless a context threshold says otherwise."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.usage.price_factories import at, charged, price_list, price_row, quantities
from usage.enums import ChargeKind
from usage.price_catalogue import per_unit
from usage.pricing import SCALE

NOW = at("2026-06-01T12:00")
THRESHOLD = 200_000
PER_MILLION: dict[ChargeKind, str | int] = {
    ChargeKind.INPUT: 3,
    ChargeKind.CACHE_READ: "0.3",
    ChargeKind.CACHE_WRITE_5M: "3.75",
    ChargeKind.CACHE_WRITE_1H: 6,
    ChargeKind.OUTPUT: 15,
}
DEARER: dict[ChargeKind, str | int] = {
    ChargeKind.INPUT: 6,
    ChargeKind.CACHE_READ: "0.6",
    ChargeKind.CACHE_WRITE_5M: "7.5",
    ChargeKind.CACHE_WRITE_1H: 12,
    ChargeKind.OUTPUT: "22.5",
}
NAMES = ("cache_read", "cache_write_5m", "cache_write_1h", "output_tokens")


@st.composite
def calls(draw, *, most: int = 400_000):
    parts = {name: draw(st.integers(0, most // 4)) for name in NAMES}
    plain = draw(st.integers(0, most // 4))
    whole = plain + sum(parts[name] for name in NAMES if name != "output_tokens")
    return parts | {"input_tokens": whole}


def prices(*, counts_cache_reads: bool = False):
    return price_list(
        price_row(id=1, per_million=PER_MILLION),
        price_row(
            id=2, context_threshold=THRESHOLD, counts_cache_reads=counts_cache_reads, per_million=DEARER
        ),
    )


def cost_of(listed, call) -> int:
    row = listed.find(1, 0, "", NOW, call["input_tokens"], call["cache_read"])
    return charged(row, quantities(**call))


def together(found) -> dict[str, int]:
    return {name: sum(call[name] for call in found) for name in found[0]}


def by_hand(call, per_million) -> Fraction:
    plain = call["input_tokens"] - sum(call[name] for name in NAMES if name != "output_tokens")
    amounts = {
        ChargeKind.INPUT: plain,
        ChargeKind.CACHE_READ: call["cache_read"],
        ChargeKind.CACHE_WRITE_5M: call["cache_write_5m"],
        ChargeKind.CACHE_WRITE_1H: call["cache_write_1h"],
        ChargeKind.OUTPUT: call["output_tokens"],
    }
    return sum((Fraction(per_million[kind]) * n / 1_000_000 for kind, n in amounts.items()), Fraction(0))


@given(st.lists(calls(most=20_000), min_size=1, max_size=6))
def test_below_the_threshold_a_split_changes_nothing(found):
    assert sum(cost_of(prices(), call) for call in found) == cost_of(prices(), together(found))


@given(calls(), st.booleans())
def test_each_call_is_wholly_at_the_prices_of_its_own_size(call, counts):
    """Edge case 14: cache writes too; cache reads alone cross the threshold only where the list says so."""
    size = call["input_tokens"] - (0 if counts else call["cache_read"])
    expected = by_hand(call, DEARER if size > THRESHOLD else PER_MILLION)
    assert Fraction(cost_of(prices(counts_cache_reads=counts), call), SCALE) == expected


@given(st.lists(calls(), min_size=2, max_size=5))
def test_a_split_is_never_dearer_than_the_whole_where_long_contexts_are(found):
    whole = cost_of(prices(), together(found))
    apart = sum(cost_of(prices(), call) for call in found)
    assert apart <= whole
    if all(call["input_tokens"] - call["cache_read"] > THRESHOLD for call in found):
        assert apart == whole


@given(calls(), st.sampled_from((*NAMES, "input_tokens")), st.integers(1, 300_000))
def test_more_tokens_never_cost_less_even_across_the_threshold(call, name, more):
    larger = call | {name: call[name] + more}
    if name not in ("input_tokens", "output_tokens"):
        larger["input_tokens"] += more
    assert cost_of(prices(), larger) >= cost_of(prices(), call)


@given(st.lists(st.integers(0, 7200), min_size=1, max_size=6), st.integers(1, 10_000))
def test_seconds_at_a_price_per_minute_add_up(seconds, cents):
    """Edge case 20c: a price per minute divides into seconds once, and the sum does not depend on the split."""
    price = per_unit(cents * Decimal("0.01"), units=60)
    row = price_row(per_million={ChargeKind.AUDIO_SECOND: str(price * 1_000_000)})
    apart = sum(charged(row, quantities(audio_seconds=n)) for n in seconds)
    assert apart == charged(row, quantities(audio_seconds=sum(seconds)))
    assert Fraction(apart, SCALE) == Fraction(price) * sum(seconds)
