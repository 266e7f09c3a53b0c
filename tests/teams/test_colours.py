from hypothesis import given
from hypothesis import strategies as st

from teams.colours import COLOURS, OTHER, colour_slots

KEYS = st.lists(st.integers(min_value=1, max_value=10**9), unique=True, max_size=12)


@given(keys=KEYS)
def test_no_two_share_a_colour_and_the_rest_are_grey(keys: list[int]) -> None:
    slots = colour_slots(keys)
    coloured = [slot for slot in slots.values() if slot != OTHER]
    assert set(slots) == set(keys)
    assert len(coloured) == len(set(coloured)) == min(len(keys), COLOURS)
    assert set(coloured) <= set(range(1, COLOURS + 1))


@given(keys=KEYS, seed=st.randoms())
def test_rank_does_not_matter(keys: list[int], seed) -> None:
    shuffled = keys[:]
    seed.shuffle(shuffled)
    assert colour_slots(keys) == colour_slots(shuffled)


def test_a_colour_is_kept_where_no_other_wants_it() -> None:
    assert colour_slots([7])[7] == colour_slots([7, 8, 9])[7] == 2
