"""The latency histogram: 32 buckets from 1 ms, each √2 wider than the one before.

Percentiles do not add up over hours and departments; counts per bucket do.
"""

from bisect import bisect_right
from math import ceil
from typing import Final

BUCKETS: Final = 32
UNKNOWN: Final = -1
LOWER_BOUNDS_MS: Final = tuple(2 ** (index / 2) for index in range(BUCKETS))
# The first whole millisecond of each bucket: durations are whole, and so are compared with whole numbers.
_FIRST_MS: Final = tuple(ceil(bound) for bound in LOWER_BOUNDS_MS)


def latency_bucket(duration_ms: int) -> int:
    """The bucket of a duration; 0 ms means that the client sent none and gives ``UNKNOWN``, which is -1."""
    return bisect_right(_FIRST_MS, duration_ms) - 1


def percentile_ms(histogram: list[int], fraction: float) -> float | None:
    """The duration below which ``fraction`` of the counted calls lie, interpolated inside its bucket (in ms).

    ``histogram`` has one count per bucket. None when it counts nothing.
    """
    total = sum(histogram)
    if total <= 0:
        return None
    rank, seen = fraction * total, 0
    for index, count in enumerate(histogram):
        if count > 0 and seen + count >= rank:
            lower = LOWER_BOUNDS_MS[index]
            return lower * 2 ** ((rank - seen) / count / 2)
        seen += count
    return LOWER_BOUNDS_MS[-1]
