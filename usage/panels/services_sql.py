"""SQL that the health of connected services is read with: calls by day, latencies, last hours, drivers. Pure.

Buckets of latency are summed up one by one: that is what takes longest, so that days whose latencies nobody is shown
are read without them.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from usage.latency import BUCKETS
from usage.panels.tables import Table
from usage.progress import Days


@dataclass(frozen=True, slots=True)
class Rows:
    """What rows of a table say of a day: calls, failures, the last hours with any and with success, and latencies."""

    counts: str
    latencies: str
    are_days: bool
    """Whether each is of a day already; else they are summed up."""


_SUMS: Final = "sum_bigint(calls) AS calls, sum_bigint(failures) AS failures"
_NO_LATENCIES: Final = "NULL::bigint[]"
_BUCKETS: Final = ", ".join(f"sum_bigint(latency_histogram[{bucket + 1}])" for bucket in range(BUCKETS))

OF_KEPT_DAYS: Final = Rows("calls, failures, last_activity, last_success", "latency_histogram", are_days=True)
"""Of ``usage_month_services``."""
OF_HOURS: Final = Rows(
    f"{_SUMS}, max(hour_start) FILTER (WHERE calls > 0) AS last_activity, "
    "max(hour_start) FILTER (WHERE calls > failures) AS last_success",
    f"ARRAY[{_BUCKETS}]",
    are_days=False,
)
"""Of ``usage_hourly``."""
OF_DAYS: Final = Rows(
    f"{_SUMS}, NULL::timestamptz AS last_activity, NULL::timestamptz AS last_success",
    _NO_LATENCIES,
    are_days=False,
)
"""Of ``usage_daily``, which knows no hours."""

DRIVERS: Final = """
    WITH used (integration_id, model_id, feature, day, calls, failures) AS ({used})
    SELECT s.number, coalesce({model_name}, ''), used.feature,
        coalesce(sum(CASE WHEN s.is_of_failures THEN used.failures ELSE used.calls END)
            FILTER (WHERE used.day = s.day), 0)::bigint,
        coalesce(sum(CASE WHEN s.is_of_failures THEN used.failures ELSE used.calls END)
            FILTER (WHERE used.day < s.day), 0)::bigint
    FROM unnest(%s::integer[], %s::bigint[], %s::boolean[], %s::date[], %s::date[])
        AS s(number, integration_id, is_of_failures, first, day)
    JOIN used ON used.integration_id = s.integration_id AND used.day BETWEEN s.first AND s.day
    LEFT JOIN usage_llmmodel model ON model.id = used.model_id
    GROUP BY 1, 2, 3
"""
"""Per spike, model's name and feature: how much there was on the day, and in the days before it."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is told apart: an expression over rows, with its arguments."""

    sql: str
    arguments: tuple[Any, ...] = ()
    is_of_hours: bool = False
    """Whether only rows of hours tell it, and no days."""


@dataclass(slots=True)
class ServicesStatement:
    """Calls and failures by day, last hours and latencies per value of a key: of rows that are read once."""

    selects: list[str] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)
    has_latencies: bool = False

    def add(
        self, table: Table, organization_id: int, days: Days, *, key: Key, rows: Rows, with_latencies: bool
    ) -> None:
        """Some days of ``table``."""
        texts = ["organization_id = %s", *(text for text, _argument in table.where)]
        self.arguments += [
            *key.arguments,
            organization_id,
            *(argument for _text, argument in table.where),
            *days,
        ]
        latencies = rows.latencies if with_latencies else _NO_LATENCIES
        self.has_latencies |= with_latencies
        self.selects.append(
            f"SELECT {key.sql} AS key, local_date, {rows.counts}, {latencies} AS latency_histogram FROM {table.name} "
            f"WHERE {' AND '.join(texts)} AND local_date BETWEEN %s AND %s{'' if rows.are_days else ' GROUP BY 1, 2'}"
        )

    def sql(self) -> str:
        """SELECT: the key; its days, each with calls and failures; the last hours with calls and with success; and
        latencies, None where none were asked for.

        Days and counts per bucket are texts with blanks between the numbers, and hours are seconds: the driver takes
        ten times as long to make rows, moments and arrays.
        """
        latencies = f"concat_ws(' ', {_BUCKETS})" if self.has_latencies else "NULL"
        return (
            f"SELECT key, string_agg(concat_ws(' ', {_ORDINAL}, calls, failures), ' '), {_LAST_HOURS}, "
            f"{latencies} FROM ({' UNION ALL '.join(self.selects)}) days GROUP BY key"
        )


_ORDINAL: Final = "local_date - DATE '0001-01-01' + 1"
_LAST_HOURS: Final = ", ".join(
    f"extract(epoch FROM max({last}))::bigint" for last in ("last_activity", "last_success")
)
