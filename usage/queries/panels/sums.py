"""Sums over spans, read from months as far as they are kept and from days where they are not.

The SQL is written by hand: one statement, each part summed up for itself before the parts are put together.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection

from teams.enums import ScopeKind
from teams.permissions import Visible
from usage.breakdown import Spend
from usage.figures import Change, Measures
from usage.panels.parts import DayPart, MonthPart, parts_of
from usage.panels.vocabulary import SCOPED, Dimension
from usage.progress import Spans

_BY_MONTH: Final = (*SCOPED, Dimension.INTEGRATION, Dimension.PLATFORM)
"""Dimensions that ``usage_monthly`` has rows for, each with those of its models."""
_MODELS: Final = frozenset({Dimension.MODEL, Dimension.PROVIDER})
_SUMMED: Final = (
    "calls",
    "input_tokens",
    "output_tokens",
    "contracted_cost",
    "unpriced",
    "unpriced_tokens",
)
_COMPARED: Final = ("input_tokens", "output_tokens", "contracted_cost")


@dataclass(frozen=True, slots=True)
class MonthSums:
    """Reads one dimension of an organization's ``usage_monthly`` with its counterpart by day.

    ``entries`` are the values of it that count (None: all), ``models`` the models.
    """

    organization_id: int
    dimension: Dimension
    entries: Collection[Any] | None = None
    models: Collection[int] | None = None

    def spends(self, spans: Spans, *, by: Dimension | None) -> dict[Any, Spend]:
        """Sums per value of ``by``, a column of the dimension or of the model; without, of all under None."""
        statement = _Statement(self, by)
        for part in parts_of(spans):
            statement.add(part)
        with connection.cursor() as cursor:
            cursor.execute(statement.sql(is_compared=spans.compared is not None), statement.arguments)
            return {row[0]: _spend(row[1:]) for row in cursor.fetchall() if row[1] is not None}


def month_sums(
    *,
    organization_id: int,
    visible: Visible,
    by: Dimension | None,
    chosen: Mapping[Dimension, Collection[Any]],
) -> MonthSums | None:
    """The sums by month that answer this, or None where only days do: of features, of several dimensions, for leads."""
    asked = {*chosen, *([by] if by else [])} - _MODELS
    entries: dict[Dimension, Collection[Any]] = {}
    if not visible.whole_organization:
        if visible.department_ids:
            return None
        asked.add(Dimension.MEMBER)
        entries[Dimension.MEMBER] = visible.member_ids
    if len(asked) > 1 or not asked <= set(_BY_MONTH):
        return None
    # The fewest rows: there are few platforms.
    dimension = next(iter(asked), Dimension.PLATFORM)
    own = [set(values[dimension]) for values in (chosen, entries) if dimension in values]
    return MonthSums(
        organization_id=organization_id,
        dimension=dimension,
        entries=set.intersection(*own) if own else None,
        models=chosen.get(Dimension.MODEL),
    )


@dataclass(slots=True)
class _Statement:
    """One SELECT per part, and the arguments of all of them."""

    sums: MonthSums
    by: Dimension | None
    selects: list[str] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)

    def add(self, part: MonthPart | DayPart) -> None:
        months = isinstance(part, MonthPart)
        table, value, fixed = self._monthly() if months else self._daily()
        conditions = ["organization_id = %s", *(condition for condition, _argument in fixed)]
        self.arguments += [self.sums.organization_id, *(argument for _condition, argument in fixed)]
        if isinstance(part, MonthPart):
            conditions.append("period = ANY(%s)")
            self.arguments.append(list(part.months))
        else:
            conditions.append("local_date BETWEEN %s AND %s")
            self.arguments += part.days
        if self.sums.models is not None:
            conditions.append("model_id = ANY(%s)")
            self.arguments.append(list(self.sums.models))
        key = "NULL::bigint" if self.by is None else "model_id" if self.by in _MODELS else value
        shown, compared, previous = part.weights
        summed = ", ".join(f"{_sum_of(name)} AS {name}" for name in _SUMMED)
        self.selects.append(
            f"SELECT {key} AS value, {shown} AS shown, {compared} AS compared, {previous} AS previous, {summed} "
            f"FROM {table} WHERE {' AND '.join(conditions)} GROUP BY 1"
        )

    def sql(self, *, is_compared: bool) -> str:
        """Sums of parts are multiplied by their weights last, in a few rows."""
        columns = [_sum_of(name, f"shown * {name}") for name in _SUMMED]
        if is_compared:
            columns += [_sum_of(name, f"compared * {name}") for name in _COMPARED]
            columns += [_sum_of(name, f"previous * {name}") for name in _COMPARED]
        return f"SELECT value, {', '.join(columns)} FROM ({' UNION ALL '.join(self.selects)}) parts GROUP BY value"

    def _monthly(self) -> tuple[str, str, list[tuple[str, Any]]]:
        is_word = self.sums.dimension is Dimension.PLATFORM
        value = "word" if is_word else "entry_id"
        fixed: list[tuple[str, Any]] = [("dimension = %s", self.sums.dimension.value)]
        if self.sums.entries is not None:
            fixed.append((f"{value} = ANY(%s)", list(self.sums.entries)))
        return "usage_monthly", value, fixed

    def _daily(self) -> tuple[str, str, list[tuple[str, Any]]]:
        """Days of the whole, or of some entries, are few rows of ``spend_daily``; of all entries they stand side by
        side in ``usage_daily``, and apart in the other."""
        dimension, entries = self.sums.dimension, self.sums.entries
        if entries is None and self.by is not dimension:
            whole = ScopeKind.ORGANIZATION.value
            return (
                "spend_daily",
                "scope_id",
                [("scope_kind = %s", whole), ("scope_id = %s", self.sums.organization_id)],
            )
        if entries is not None and dimension in SCOPED:
            chosen = [("scope_kind = %s", dimension.value), ("scope_id = ANY(%s)", list(entries))]
            return "spend_daily", "scope_id", chosen
        column = "platform" if dimension is Dimension.PLATFORM else f"{dimension.value}_id"
        return "usage_daily", column, [(f"{column} = ANY(%s)", list(entries))] if entries is not None else []


def _sum_of(name: str, expression: str = "") -> str:
    """Whole numbers stay whole with ``sum_bigint``; PostgreSQL's own sum would make numerics of them."""
    return f"{'sum' if name == 'contracted_cost' else 'sum_bigint'}({expression or name})"


def _spend(row: Sequence[Any]) -> Spend:
    calls, input_tokens, output_tokens, cost, unpriced, unpriced_tokens = row[:6]
    measures = Measures(
        calls=calls,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        contracted_cost=cost,
        unpriced_events=unpriced,
        unpriced_tokens=unpriced_tokens,
    )
    if len(row) == 6:
        return Spend(measures)
    current_input, current_output, current_cost, previous_input, previous_output, previous_cost = row[6:]
    return Spend(
        measures,
        Change(
            tokens=current_input + current_output,
            previous_tokens=previous_input + previous_output,
            contracted_cost=current_cost,
            previous_contracted_cost=previous_cost,
        ),
    )
