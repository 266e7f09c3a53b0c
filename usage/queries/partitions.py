"""Which months the ledger has partitions for."""

import re
from datetime import date
from typing import Final

from django.db import connection

PARTITIONED: Final = ("usage_event", "usage_message")
_NAME: Final = re.compile(r"_(\d{4})_(\d{2})$")


def partition_name(table: str, month: date) -> str:
    return f"{table}_{month:%Y_%m}"


def partitioned_months() -> frozenset[date]:
    """Months for which every partitioned table has its partition attached."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
            "WHERE inhparent = ANY(%s::regclass[]) ORDER BY 1",
            [list(PARTITIONED)],
        )
        names = {name for (name,) in cursor.fetchall()}
    found = {date(int(match[1]), int(match[2]), 1) for name in names if (match := _NAME.search(name))}
    return frozenset(
        month for month in found if all(partition_name(table, month) in names for table in PARTITIONED)
    )
