"""Rows in the portions in which they are checked and stored."""

from collections.abc import Iterable, Iterator
from itertools import islice

from usage.imports.limits import BATCH
from usage.imports.rows import ReadRow


def batches(rows: Iterable[ReadRow], *, size: int = BATCH) -> Iterator[list[ReadRow]]:
    """``size`` rows at a time, the last time fewer."""
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch
