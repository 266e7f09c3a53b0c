"""Which of a chart's six colours stands for what, the same on every page as far as six colours go. Pure."""

from collections.abc import Iterable
from typing import Final

COLOURS: Final = 6
OTHER: Final = 0
"""The grey of all that has no colour of its own."""


def colour_slots(keys: Iterable[int]) -> dict[int, int]:
    """A colour from 1 to 6 for each key, by the key itself rather than by its rank.

    Where two keys want the same colour the later one takes the next free; keys beyond the sixth get ``OTHER``.
    """
    slots: dict[int, int] = {}
    free = list(range(1, COLOURS + 1))
    for key in sorted(set(keys)):
        if not free:
            slots[key] = OTHER
            continue
        wanted = key % COLOURS + 1
        slots[key] = min(free, key=lambda slot: (slot - wanted) % COLOURS)
        free.remove(slots[key])
    return slots
