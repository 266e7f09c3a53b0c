"""How what a batch brings is added to a row that stands. Pure."""

from usage.latency import BUCKETS
from usage.rollups import HISTOGRAM


def added(table: str, columns: tuple[str, ...]) -> str:
    """SET clauses that add what a batch brings to what stands."""
    return ", ".join(
        f"{name} = {_added_histogram(f'{table}.{name}', f'EXCLUDED.{name}')}"
        if name == HISTOGRAM.name
        else f"{name} = {table}.{name} + EXCLUDED.{name}"
        for name in columns
    )


def _added_histogram(one: str, other: str) -> str:
    """Bucket by bucket, spelled out: a function of SQL with an aggregate in it is planned anew for every row."""
    return f"ARRAY[{', '.join(f'{one}[{bucket}] + {other}[{bucket}]' for bucket in range(1, BUCKETS + 1))}]"
