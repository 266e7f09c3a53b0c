"""SQL that sums usage up over parts of spans: one statement, each part for itself before all are put together. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from usage.month_sql import SUMMED
from usage.panels.parts import DayPart, MonthPart
from usage.panels.tables import Table
from usage.panels.vocabulary import IDENTIFIED, Bucket, Dimension
from usage.periods import month_of

_COMPARED: Final = ("input_tokens", "output_tokens", "contracted_cost")
_SOMETHING_IS_LEFT: Final = "(calls > 0 OR input_tokens > 0 OR output_tokens > 0 OR contracted_cost > 0)"


@dataclass(slots=True, kw_only=True)
class _Parts:
    """A SELECT per part, with weights and sums after its keys, and the arguments of all of them.

    Measures whose names end in "cost" are money, all others are whole numbers.
    """

    is_compared: bool
    measures: Sequence[str] = SUMMED
    selects: list[str] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)

    @property
    def sums(self) -> str:
        """The sums of each part."""
        return ", ".join(f"sum({name}) AS {name}" for name in self.measures)

    def put_together(self, names: Sequence[str]) -> str:
        """SELECT of the weighted sums per value of ``names``. Money is multiplied by weights last, in a few rows."""
        columns = [_weighted("shown", name) for name in self.measures]
        if self.is_compared:
            columns += [_weighted(span, name) for span in ("compared", "previous") for name in _COMPARED]
        grouping = f" GROUP BY {', '.join(names)}" if names else ""
        parts = " UNION ALL ".join(self.selects)
        return f"SELECT {', '.join((*names, *columns))} FROM ({parts}) parts{grouping}"


@dataclass(slots=True, kw_only=True)
class Statement(_Parts):
    """Sums per value of some dimensions together, and per step."""

    by: Sequence[str]
    step: Bucket | None

    def add(self, table: Table, organization_id: int, part: MonthPart | DayPart) -> None:
        where, given = _meant(table, organization_id, part)
        self.arguments += given
        keys = [table.column(by) for by in self.by]
        if self.step:
            keys.append(_step(part, self.step))
        named = "".join(f"{key} AS {name}, " for key, name in zip(keys, self._names(), strict=True))
        grouping = f" GROUP BY {', '.join(str(place) for place in range(1, len(keys) + 1))}" if keys else ""
        self.selects.append(
            f"SELECT {named}{_weights(part)}, {self.sums} FROM {table.name} rows WHERE {where}{grouping}"
        )

    def sql(self) -> str:
        """SELECT: keys, step, and the sums of ``measures``; of both spans that are compared, too."""
        return self.put_together(self._names())

    def _names(self) -> list[str]:
        return [f"key_{place}" for place in range(len(self.by))] + (["step"] if self.step else [])


@dataclass(slots=True, kw_only=True)
class EachStatement(_Parts):
    """Sums per value of some dimensions, one beside the other."""

    dimensions: Sequence[Dimension]

    def add_months(self, by: Dimension, table: Table, organization_id: int, part: MonthPart) -> None:
        where, given = _meant(table, organization_id, part)
        self.arguments += given
        self.selects.append(
            f"SELECT '{by.value}' AS dimension, {_entry_and_word(by, table.column(by))}, {_weights(part)}, {self.sums} "
            f"FROM {table.name} rows WHERE {where} GROUP BY {table.column(by)}"
        )

    def add_days(self, table: Table, organization_id: int, part: DayPart) -> None:
        """Days are read once, and summed up by all dimensions before those are told apart."""
        where, given = _meant(table, organization_id, part)
        self.arguments += given
        columns = ", ".join(dict.fromkeys(table.column(by) for by in self.dimensions))
        values = ", ".join(
            f"('{by.value}', {_entry_and_word(by, f'e.{table.column(by)}', is_named=False)})"
            for by in self.dimensions
        )
        self.selects.append(
            f"SELECT each.dimension, each.entry_id, each.word, {_weights(part)}, {self.sums} "
            f"FROM (SELECT {columns}, {self.sums} FROM {table.name} rows WHERE {where} GROUP BY {columns}) e "
            f"CROSS JOIN LATERAL (VALUES {values}) AS each(dimension, entry_id, word) GROUP BY 1, 2, 3"
        )

    def sql(self) -> str:
        """SELECT: the dimension's word, the entry's id or 0, the word or nothing, and the sums."""
        return self.put_together(("dimension", "entry_id", "word"))


@dataclass(slots=True)
class LastDays:
    """The last day with something left that was not voided, per value of a dimension."""

    by: Dimension
    selects: list[str] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)

    def add(self, table: Table, organization_id: int, part: MonthPart | DayPart) -> None:
        where, given = _meant(table, organization_id, part)
        self.arguments += given
        last = "max(last_day)"
        if isinstance(part, DayPart):
            last, where = "max(local_date)", f"{where} AND {_SOMETHING_IS_LEFT}"
        self.selects.append(
            f"SELECT {table.column(self.by)} AS value, {last} AS last FROM {table.name} rows WHERE {where} GROUP BY 1"
        )

    def sql(self) -> str:
        """SELECT: the value and its last day."""
        parts = " UNION ALL ".join(self.selects)
        return f"SELECT value, max(last) FROM ({parts}) parts WHERE last IS NOT NULL GROUP BY value"


def _meant(table: Table, organization_id: int, part: MonthPart | DayPart) -> tuple[str, list[Any]]:
    texts = ["organization_id = %s", *(text for text, _argument in table.where)]
    where, given = " AND ".join(texts), [organization_id, *(argument for _text, argument in table.where)]
    if isinstance(part, MonthPart):
        return f"{where} AND period = ANY(%s)", [*given, list(part.months)]
    if table.is_partitioned:
        where = f"{where} AND period BETWEEN %s AND %s"
        given += [month_of(part.days.first), month_of(part.days.last)]
    return f"{where} AND local_date BETWEEN %s AND %s", [*given, *part.days]


def _weights(part: MonthPart | DayPart) -> str:
    shown, compared, previous = part.weights
    return f"{shown} AS shown, {compared} AS compared, {previous} AS previous"


def _step(part: MonthPart | DayPart, step: Bucket) -> str:
    if isinstance(part, MonthPart):
        return "period"
    return "date_trunc('month', local_date)::date" if step is Bucket.MONTH else "local_date"


def _entry_and_word(by: Dimension, column: str, *, is_named: bool = True) -> str:
    entry_id, word = (column, "''") if by in IDENTIFIED else ("0", column)
    return f"{entry_id}::bigint AS entry_id, {word} AS word" if is_named else f"{entry_id}::bigint, {word}"


def _weighted(span: str, name: str) -> str:
    total = f"coalesce(sum({span} * {name}), 0)"
    return total if name.endswith("cost") else f"{total}::bigint"
