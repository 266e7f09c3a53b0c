"""The latency histogram: 32 buckets from 1 ms, each √2 wider than the one before.

Percentiles do not add up over hours and departments; counts per bucket do.
"""

from bisect import bisect_right
from typing import Final

BUCKETS: Final = 32
UNKNOWN: Final = -1
LOWER_BOUNDS_MS: Final = tuple(2 ** (index / 2) for index in range(BUCKETS))


def latency_bucket(duration_ms: int) -> int:
    """The bucket of a duration; 0 ms means that the client sent none and gives ``UNKNOWN``."""
    if duration_ms <= 0:
        return UNKNOWN
    return max(bisect_right(LOWER_BOUNDS_MS, duration_ms) - 1, 0)


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
