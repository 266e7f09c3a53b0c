"""Keys of PostgreSQL's advisory locks, and the statements that take them until the transaction ends.

Ingest takes them shared, the price list's first, then those of the touched periods in order; price changes,
closing and rebuilding take theirs alone. Row locks would not do: a stream of shared ones starves whoever
wants a row alone.
"""

from datetime import date
from typing import Final

PRICE_LIST_LOCK: Final = 1
PARTITIONS_LOCK: Final = 2
DEMO_LOCK: Final = 3
SUMS_LOCK: Final = 4

LOCK_SHARED: Final = "SELECT pg_advisory_xact_lock_shared(%s)"
LOCK_ALONE: Final = "SELECT pg_advisory_xact_lock(%s)"


def period_lock(organization_id: int, period: date) -> int:
    """The key of one organization's billing month: 65,536 or more, so apart from the keys named above.

    Months count from January 1970, which is 1; sixteen bits of them last longer than any partition.
    """
    return (organization_id << 16) | ((period.year - 1970) * 12 + period.month)


def corrections_lock(organization_id: int) -> int:
    """The key of one organization's corrections: its month 0. Taken alone, and before all others of ingest.

    Corrections of an organization are made one after the other, so each sees what the one before has taken back.
    """
    return organization_id << 16
