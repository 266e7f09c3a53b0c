"""SQL that sums usage up by hour of the week, on the clock of each hour's month. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from usage.month_sql import SUMMED
from usage.panels.hours import ZoneRun
from usage.panels.tables import Table
from usage.progress import Days

EVENTS: Final = """(
        SELECT *, CASE WHEN unpriced <> 0 THEN input_tokens + output_tokens ELSE 0 END AS unpriced_tokens,
            cache_creation_5m_input_tokens + cache_creation_1h_input_tokens AS cache_creation_input_tokens
        FROM usage_event
    )"""
"""Events, in place of a table's name, with what hours are kept of."""

_SUMS: Final = ", ".join(
    f"coalesce(sum({name}), 0){'' if name.endswith('cost') else '::bigint'} AS {name}" for name in SUMMED
)
# Sums per hour come first: there are few of them, and what a clock shows is dear to find out for every row.
_BY_HOUR_OF_WEEK: Final = """
    WITH hours AS MATERIALIZED (
        SELECT hour_start, local_date, {sums} FROM {table} AS rows WHERE {where} GROUP BY hour_start, local_date
    )
    SELECT extract(isodow FROM local_date)::integer, extract(hour FROM hour_start AT TIME ZONE {zone})::integer, {sums}
    FROM hours WHERE local_date BETWEEN %s AND %s GROUP BY 1, 2
"""


def by_hour_of_week(
    table: Table, organization_id: int, days: Days, *, runs: Sequence[ZoneRun]
) -> tuple[str, list[Any]]:
    """SELECT: the weekday, the hour and the sums of ``SUMMED`` on ``days``; and its arguments. ``table`` is narrowed
    to hours around the days; ``runs``, of which there is one at least, are the zones of the months."""
    texts = ["organization_id = %s", *(text for text, _argument in table.where)]
    zone, zones = _zone(runs)
    sql = _BY_HOUR_OF_WEEK.format(sums=_SUMS, table=table.name, where=" AND ".join(texts), zone=zone)
    return sql, [organization_id, *(argument for _text, argument in table.where), *zones, *days]


def _zone(runs: Sequence[ZoneRun]) -> tuple[str, list[Any]]:
    """Most organizations never changed their zone."""
    if len(runs) == 1:
        return "%s", [runs[0].time_zone]
    cases = " ".join("WHEN local_date BETWEEN %s AND %s THEN %s" for _run in runs)
    return f"CASE {cases} END", [argument for run in runs for argument in (*run.days, run.time_zone)]
