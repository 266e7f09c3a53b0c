"""SQL that sums up a billing month as far as it has come: from the rollups by day and hour, and members' hours from
events. Pure.

What is shown by entry is kept by department too, so that department leads read sums as well. ``last_day`` is the last
day with usage that was not voided.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from teams.enums import ScopeKind
from usage.cost_lines import METERED
from usage.derived_sql import in_days, in_months
from usage.enums import MonthSums
from usage.figures import FurtherMeasures
from usage.latency import BUCKETS
from usage.panels.hours import days_of_month
from usage.panels.vocabulary import Dimension
from usage.periods import month_of
from usage.progress import Days
from usage.rollups import CHARGE_DAILY

SUMMED: Final = (
    "calls",
    "input_tokens",
    "output_tokens",
    "contracted_cost",
    "unpriced",
    "unpriced_tokens",
)
"""The measures that breakdowns and heat maps show."""
ALL_MEASURES: Final = (*SUMMED, *FurtherMeasures._fields)
"""The same, and what is told of usage where it is asked for."""

KEPT_BY: Final = {
    Dimension.PLATFORM: ("0", "e.platform"),
    Dimension.FEATURE: ("0", "e.feature"),
    Dimension.INTEGRATION: ("e.integration_id", "''"),
    Dimension.PROJECT: ("e.project_id", "''"),
    Dimension.MEMBER: ("e.member_id", "''"),
}
"""The dimensions that a month is kept by, each beside department and model: its id and its word. The first are few."""

ALONE: Final = {None: "alone", Dimension.PROJECT: "project_alone", Dimension.MEMBER: "member_alone"}
"""What a month is kept by without models, too: departments with nothing beside them, of which there are few rows; and
what there is so much of that models, which are seldom asked for, would make it far more."""

TOOL_MEASURES: Final = (
    "events",
    "tool_calls",
    "tool_tokens",
    "input_tokens",
    "output_tokens",
    "contracted_cost",
    "unpriced",
)
OWN_MEASURES: Final = (*METERED.values(), "tool_tokens")
"""What charges are reckoned from, as columns of events; and the tokens that were the doing of tools."""
EVENTS_WITH_TOOL_TOKENS: Final = (
    "(SELECT *, coalesce((SELECT sum((tool->>'tokens')::bigint) FROM jsonb_array_elements(usage_event.tools) tool), 0)"
    "::bigint AS tool_tokens FROM usage_event)"
)
CHARGE_MEASURES: Final = tuple(column.name for column in CHARGE_DAILY.measures)

_MARGIN: Final = timedelta(days=2)
_IS_LEFT: Final = "(e.calls > 0 OR e.input_tokens > 0 OR e.output_tokens > 0 OR e.contracted_cost > 0)"
_UNPRICED_TOKENS: Final = "coalesce(sum(e.input_tokens + e.output_tokens) FILTER (WHERE e.unpriced <> 0), 0)"


Select = Callable[..., str]


@dataclass(frozen=True, slots=True)
class KeptTable:
    """A table that months are kept in. ``select`` makes its rows from what stands up to ``summed_through``: of an
    organization's months whose sums are in the state ``sums``, and only of those that ``days`` touch, if given."""

    name: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    select: Select


def _sums(names: Sequence[str], **sources: str) -> str:
    """Sums over rows ``e``; ``sources`` say what is not a column of the same name."""
    sums = {name: f"sum(e.{name})" for name in names} | sources
    return ", ".join(
        f"coalesce({sql}, 0) AS {name}" if name.endswith("cost") else f"{sql}::bigint AS {name}"
        for name, sql in sums.items()
    )


def _monthly(organization_id: int, *, sums: MonthSums, days: Days | None = None) -> str:
    kept = [(by.value, *KEPT_BY[by], "e.model_id") for by in KEPT_BY]
    kept += [(name, *(KEPT_BY[by] if by else ("0", "''")), "0") for by, name in ALONE.items()]
    values = ", ".join(f"('{name}', {entry}, {word}, {model})" for name, entry, word, model in kept)
    return (
        f"SELECT kept.by AS kept_by, p.period, e.department_id, kept.entry_id, kept.word, kept.model_id, "
        f"{_sums(ALL_MEASURES)}, max(e.local_date) FILTER (WHERE {_IS_LEFT}) AS last_day "
        f"FROM {_periods(organization_id, sums, days)} p JOIN usage_daily e ON {_IN_PERIOD} "
        f"CROSS JOIN LATERAL (VALUES {values}) AS kept(by, entry_id, word, model_id) "
        f"WHERE e.organization_id = {int(organization_id)}{_among(days)} "
        "GROUP BY kept.by, p.period, e.department_id, kept.entry_id, kept.word, kept.model_id"
    )


def _hours(organization_id: int, *, sums: MonthSums, days: Days | None = None) -> str:
    """Each month on the clock of its zone; members' hours are those of their events."""
    own, periods = int(organization_id), _periods(organization_id, sums, days)
    weekday_hour = (
        "((extract(isodow FROM e.local_date) - 1) * 24 "
        "+ extract(hour FROM e.hour_start AT TIME ZONE p.time_zone))::smallint"
    )
    by_hour = (
        f"SELECT scope.kind, scope.id, p.period, e.model_id, {weekday_hour}, {_sums(SUMMED)} "
        f"FROM {periods} p JOIN usage_hourly e ON {_IN_PERIOD} "
        f"{_scopes(own)} WHERE e.organization_id = {own}{_among(days)}{_around(days)} GROUP BY 1, 2, 3, 4, 5"
    )
    by_member = (
        f"SELECT '{ScopeKind.MEMBER.value}', e.member_id, p.period, e.model_id, {weekday_hour}, "
        f"{_sums(SUMMED, unpriced_tokens=_UNPRICED_TOKENS)} FROM {periods} p JOIN usage_event e ON {_OF_PERIOD} "
        f"WHERE e.organization_id = {own}{f' AND e.{in_months(days)}' if days else ''} AND e.member_id <> 0 "
        "GROUP BY 1, 2, 3, 4, 5"
    )
    arrays = ", ".join(f"array_agg({name} ORDER BY hour) AS {name}" for name in SUMMED)
    return (
        f"SELECT scope_kind, scope_id, period, model_id, array_agg(hour ORDER BY hour) AS hours, {arrays} "
        f"FROM ({by_hour} UNION ALL {by_member}) AS summed(scope_kind, scope_id, period, model_id, hour, "
        f"{', '.join(SUMMED)}) GROUP BY scope_kind, scope_id, period, model_id"
    )


def _tools(organization_id: int, *, sums: MonthSums, days: Days | None = None) -> str:
    return _by_month(
        "tool_daily", ("tool", "department_id", "model_id"), TOOL_MEASURES, organization_id, sums, days
    )


def _charges(organization_id: int, *, sums: MonthSums, days: Days | None = None) -> str:
    key = ("close_number", "department_id", "model_id", "price_id", "rate_id")
    return _by_month("charge_daily", key, CHARGE_MEASURES, organization_id, sums, days)


def _own(organization_id: int, *, sums: MonthSums, days: Days | None = None) -> str:
    key = "e.member_id, p.period, e.department_id, e.model_id, e.contracted_price_id, e.rate_id"
    months = f" AND e.{in_months(days)}" if days else ""
    return (
        f"SELECT {key}, {_sums(OWN_MEASURES)} FROM {_periods(organization_id, sums, days)} p "
        f"JOIN {EVENTS_WITH_TOOL_TOKENS} e ON {_OF_PERIOD} "
        f"WHERE e.organization_id = {int(organization_id)}{months} AND e.member_id <> 0 GROUP BY {key}"
    )


def _by_month(
    table: str,
    key: Sequence[str],
    measures: Sequence[str],
    organization_id: int,
    sums: MonthSums,
    days: Days | None,
) -> str:
    columns = ", ".join(f"e.{name}" for name in key)
    return (
        f"SELECT p.period, {columns}, {_sums(measures)} "
        f"FROM {_periods(organization_id, sums, days)} p JOIN {table} e ON {_IN_PERIOD} "
        f"WHERE e.organization_id = {int(organization_id)}{_among(days)} GROUP BY p.period, {columns}"
    )


def _services(organization_id: int, *, sums: MonthSums, days: Days | None = None) -> str:
    own = int(organization_id)
    buckets = ", ".join(f"sum(e.latency_histogram[{bucket + 1}])::bigint" for bucket in range(BUCKETS))
    return (
        "SELECT scope.kind AS scope_kind, scope.id AS scope_id, p.period, e.integration_id, e.local_date, "
        f"{_sums(('calls', 'failures'))}, "
        "max(e.hour_start) FILTER (WHERE e.calls > 0) AS last_activity, "
        "max(e.hour_start) FILTER (WHERE e.calls > e.failures) AS last_success, "
        f"ARRAY[{buckets}] AS latency_histogram "
        f"FROM {_periods(own, sums, days)} p JOIN usage_hourly e ON {_IN_PERIOD} {_scopes(own)} "
        f"WHERE e.organization_id = {own}{_among(days)}{_around(days)} GROUP BY 1, 2, 3, 4, 5"
    )


KEPT_TABLES: Final = (
    KeptTable(
        "usage_monthly",
        ("kept_by", "period", "department_id", "entry_id", "word", "model_id"),
        (*ALL_MEASURES, "last_day"),
        _monthly,
    ),
    KeptTable(
        "usage_month_hours", ("scope_kind", "scope_id", "period", "model_id"), ("hours", *SUMMED), _hours
    ),
    KeptTable("usage_month_tools", ("period", "tool", "department_id", "model_id"), TOOL_MEASURES, _tools),
    KeptTable(
        "usage_month_charges",
        ("period", "close_number", "department_id", "model_id", "price_id", "rate_id"),
        CHARGE_MEASURES,
        _charges,
    ),
    KeptTable(
        "usage_month_own",
        ("member_id", "period", "department_id", "model_id", "contracted_price_id", "rate_id"),
        OWN_MEASURES,
        _own,
    ),
    KeptTable(
        "usage_month_services",
        ("scope_kind", "scope_id", "period", "integration_id", "local_date"),
        ("calls", "failures", "last_activity", "last_success", "latency_histogram"),
        _services,
    ),
)


def keep_sums(organization_id: int, month: date) -> tuple[str, ...]:
    """Statements that put the sums of a month that says ``BEGUN`` in place of what stands of it."""
    statements = []
    for table in KEPT_TABLES:
        made = table.select(organization_id, sums=MonthSums.BEGUN, days=days_of_month(month))
        columns = ", ".join((*table.key, *table.values))
        statements += [
            f"DELETE FROM {table.name} WHERE organization_id = {int(organization_id)} AND period = '{month}'",
            f"INSERT INTO {table.name} (organization_id, {columns}) "
            f"SELECT {int(organization_id)}, {columns} FROM ({made}) made ORDER BY {', '.join(table.key)}",
        ]
    return tuple(statements)


def take_back_sums(organization_id: int, months: Iterable[date]) -> str:
    """Statements that say of months that their sums count no longer, in the order of ingest's locks.

    For whoever changes usage of the months: run them under the months' locks, and before any row is locked.
    """
    return "; ".join(
        f"UPDATE usage_period SET sums = '{MonthSums.NONE.value}' WHERE organization_id = {int(organization_id)} "
        f"AND period = '{month}' AND sums <> '{MonthSums.NONE.value}'"
        for month in sorted(months)
    )


_IN_PERIOD: Final = "e.local_date >= p.period AND e.local_date <= p.summed_through"
_OF_PERIOD: Final = "e.period = p.period AND e.local_date <= p.summed_through"
"""Which rollups and which events a month's sums hold."""


def _periods(organization_id: int, sums: MonthSums, days: Days | None) -> str:
    months = f" AND {in_months(days)}" if days else ""
    return (
        f"(SELECT period, time_zone, summed_through FROM usage_period WHERE organization_id = {int(organization_id)} "
        f"AND sums = '{sums.value}'{months})"
    )


def _scopes(organization_id: int) -> str:
    """Each row twice: of the organization, and of its department."""
    return (
        f"CROSS JOIN LATERAL (VALUES ('{ScopeKind.ORGANIZATION.value}', {int(organization_id)}::bigint), "
        f"('{ScopeKind.DEPARTMENT.value}', e.department_id)) AS scope(kind, id)"
    )


def _among(days: Days | None) -> str:
    """For indexes by day."""
    if days is None:
        return ""
    months = Days(month_of(days.first), days_of_month(month_of(days.last)).last)
    return f" AND e.{in_days(months)}"


def _around(days: Days | None) -> str:
    """For indexes by instant: no local day is farther from its day in UTC than two days."""
    if days is None:
        return ""
    bounds = []
    # Beside the first and the last day that there is nothing can be left out, nor need it be.
    if days.first.year > date.min.year:
        bounds.append(f" AND e.hour_start >= '{month_of(days.first) - _MARGIN} 00:00Z'")
    if days.last.year < date.max.year:
        bounds.append(f" AND e.hour_start <= '{days_of_month(month_of(days.last)).last + _MARGIN} 24:00Z'")
    return "".join(bounds)
