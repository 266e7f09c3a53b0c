"""SQL that the health of connected services is read with: latencies and first and last hours, drivers of spikes. Pure.

Buckets of latency are summed up one by one: that is what takes longest, so that days whose latencies nobody is shown
are read without them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from usage.latency import BUCKETS
from usage.panels.tables import Table
from usage.progress import Days

_BUCKETS: Final = ", ".join(f"sum_bigint(latency_histogram[{bucket + 1}])" for bucket in range(BUCKETS))
_HISTOGRAM: Final = f"concat_ws(' ', {_BUCKETS})"
_NO_HISTOGRAM: Final = "NULL"


def _instants(*instants: str) -> str:
    return ", ".join(f"extract(epoch FROM {instant})::bigint" for instant in instants)


OF_HOURS: Final = _instants(
    "min(hour_start)",
    "max(hour_start) FILTER (WHERE calls > 0)",
    "max(hour_start) FILTER (WHERE calls > failures)",
)
"""The first hour, the last one with calls and the last one with success, of rows of ``usage_hourly``."""
OF_KEPT_DAYS: Final = _instants("min(first_hour)", "max(last_activity)", "max(last_success)")
"""The same of rows of ``usage_month_services``."""

DRIVERS: Final = """
    WITH used (integration_id, model_id, feature, day, calls, failures) AS ({used})
    SELECT s.number, used.model_id, used.feature,
        coalesce(sum(CASE WHEN s.is_of_failures THEN used.failures ELSE used.calls END)
            FILTER (WHERE used.day = s.day), 0)::bigint,
        coalesce(sum(CASE WHEN s.is_of_failures THEN used.failures ELSE used.calls END)
            FILTER (WHERE used.day < s.day), 0)::bigint
    FROM unnest(%s::integer[], %s::bigint[], %s::boolean[], %s::date[], %s::date[])
        AS s(number, integration_id, is_of_failures, first, day)
    JOIN used ON used.integration_id = s.integration_id AND used.day BETWEEN s.first AND s.day
    GROUP BY 1, 2, 3
"""
"""Per spike, model and feature: how much there was on the day, and in the days before it."""


@dataclass(slots=True)
class HoursStatement:
    """Calls, failures, hours and latencies per value of ``keys``. What lies in several parts has a row of each."""

    keys: Sequence[str]
    selects: list[str] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)

    def add(
        self, table: Table, organization_id: int, days: Days, *, hours: str, with_latencies: bool
    ) -> None:
        """Some days of ``table``; ``hours`` is ``OF_HOURS`` or ``OF_KEPT_DAYS``."""
        texts = ["organization_id = %s", *(text for text, _argument in table.where)]
        self.arguments += [organization_id, *(argument for _text, argument in table.where), *days]
        keys = ", ".join(self.keys)
        self.selects.append(
            f"SELECT {keys}, sum_bigint(calls), sum_bigint(failures), {hours}, "
            f"{_HISTOGRAM if with_latencies else _NO_HISTOGRAM} FROM {table.name} "
            f"WHERE {' AND '.join(texts)} AND local_date BETWEEN %s AND %s GROUP BY {keys}"
        )

    def sql(self) -> str:
        """SELECT: the keys, calls, failures, first hour, last hours with calls and with success, latencies or None.

        There are many rows, so hours come as seconds, and the counts per bucket as text with blanks between them: the
        driver takes ten times as long to make moments and arrays.
        """
        return " UNION ALL ".join(self.selects)
