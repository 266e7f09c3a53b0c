"""SQL that sums usage up over parts of spans: one statement, each part for itself before all are put together. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from usage.month_sql import SUMMED
from usage.panels.parts import DayPart, MonthPart
from usage.panels.tables import Table
from usage.panels.vocabulary import IDENTIFIED, Bucket, Dimension
from usage.periods import month_of, months_between

TOKENS: Final = "input_tokens + output_tokens"
_COMPARED: Final = ("input_tokens", "output_tokens", "contracted_cost")
_FEW_DAYS: Final = 3
_SOMETHING_IS_LEFT: Final = "(calls > 0 OR input_tokens > 0 OR output_tokens > 0 OR contracted_cost > 0)"

ShownAs = Mapping[Dimension, Mapping[int, int]]
"""Of entries that were merged the one that shows their usage."""


@dataclass(frozen=True, slots=True)
class Leading:
    """How many entries are told one by one: so many by cost (of equal ones by tokens), and so many by tokens."""

    by_cost: int
    by_tokens: int = 0


@dataclass(slots=True, kw_only=True)
class _Parts:
    """A SELECT per part, with its weighted sums after its keys, and the arguments of all of them.

    Names that end in "cost" are money, all others are whole numbers.
    """

    is_compared: bool
    measures: Sequence[str] = SUMMED
    selects: list[str] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)

    @property
    def columns(self) -> dict[str, tuple[Sequence[int], str]]:
        """The sums of the answer by their names: the places of the weights that count, and what is summed up."""
        shown: dict[str, tuple[Sequence[int], str]] = {name: ((0,), name) for name in self.measures}
        if not self.is_compared:
            return shown
        spans = enumerate(("compared", "previous"), start=1)
        return shown | {f"{span}_{name}": ((place,), name) for place, span in spans for name in _COMPARED}

    def sums(self, part: MonthPart | DayPart) -> str:
        """The weighted sums of a part. What counts for nothing in it is not summed up."""
        return ", ".join(
            f"{_times(part, places, name, _sum_of(name, summed))} AS {name}"
            for name, (places, summed) in self.columns.items()
        )

    def values(self, part: MonthPart | DayPart) -> str:
        """The same of single rows."""
        return ", ".join(
            f"{_times(part, places, name, f'({summed})')} AS {name}"
            for name, (places, summed) in self.columns.items()
        )

    def put_together(
        self, names: Sequence[str], *, beside: str = "", last: str = "", are_sums: bool = False
    ) -> str:
        """SELECT of the sums of all parts per value of ``names``, which are columns of the parts or, behind AS, made of
        them and of tables ``beside``; ``last`` comes last. One part alone ``are_sums`` already."""
        sums = [
            f"coalesce({name if are_sums else _sum_of(name, name)}, 0) AS {name}" for name in self.columns
        ]
        sums += [last] if last else []
        places = ", ".join(str(place) for place in range(1, len(names) + 1))
        grouping = f" GROUP BY {places}" if names and not are_sums else ""
        parts = " UNION ALL ".join(self.selects)
        return f"SELECT {', '.join((*names, *sums))} FROM ({parts}) parts{beside}{grouping}"


@dataclass(slots=True, kw_only=True)
class Statement(_Parts):
    """Sums per value of some dimensions together, and per step; ``has_last`` has the last day with usage behind them.

    That is the last of the days shown, or one before them where there is none among them; it is right as long as no
    month is read that goes on after them.
    """

    by: Sequence[str]
    step: Bucket | None
    has_last: bool = False

    def add(self, table: Table, organization_id: int, part: MonthPart | DayPart) -> None:
        where, given = meant(table, organization_id, part)
        self.arguments += given
        keys = [table.column(by) for by in self.by]
        if self.step:
            keys.append(_step(part, self.step))
        named = "".join(f"{key} AS {name}, " for key, name in zip(keys, self._names(), strict=True))
        last = f", {last_day_in(part)} AS last_day" if self.has_last else ""
        grouping = f" GROUP BY {', '.join(str(place) for place in range(1, len(keys) + 1))}" if keys else ""
        self.selects.append(
            f"SELECT {named}{self.sums(part)}{last} FROM {table.name} rows WHERE {where}{grouping}"
        )

    def sql(self) -> str:
        """SELECT: keys, step, and the sums of ``measures``; of both spans that are compared, too."""
        is_alone = len(self.selects) == 1
        last = ("last_day" if is_alone else "max(last_day)") if self.has_last else ""
        return self.put_together(self._names(), last=last, are_sums=is_alone)

    def _names(self) -> list[str]:
        return [f"key_{place}" for place in range(len(self.by))] + (["step"] if self.step else [])


@dataclass(slots=True, kw_only=True)
class EachStatement(_Parts):
    """Sums per value of some dimensions, one beside the other, each told by its place among them."""

    dimensions: Sequence[Dimension]

    def add_months(self, by: Dimension, table: Table, organization_id: int, part: MonthPart) -> None:
        where, given = meant(table, organization_id, part)
        self.arguments += given
        place, column = self.dimensions.index(by), table.column(by)
        columns = [column] * len(self.dimensions)
        keys = f"{place} AS dimension, {self._entries(columns)[place]} AS entry_id"
        if self.has_words:
            keys += f", {self._words(columns)[place]} AS word"
        if table.is_narrow and len(part.months) == 1:
            # As many rows as there are values: they are summed up with the other parts.
            self.selects.append(f"SELECT {keys}, {self.values(part)} FROM {table.name} rows WHERE {where}")
            return
        self.selects.append(
            f"SELECT {keys}, {self.sums(part)} FROM {table.name} rows WHERE {where} GROUP BY {column}"
        )

    def add_days(self, table: Table, organization_id: int, part: DayPart) -> None:
        """Days are read once and, if they are many, summed up by all dimensions together before each is summed up for
        itself."""
        where, given = meant(table, organization_id, part)
        self.arguments += given
        columns = [table.column(by) for by in self.dimensions]
        every = ", ".join(columns)
        cases = [f"GROUPING({every}) = {_all_bits_but(place, len(columns))}" for place in range(len(columns))]
        places = [str(place) for place in range(len(columns))]
        keys = f"{_case(cases, places)} AS dimension, {_case(cases, self._entries(columns))} AS entry_id"
        if self.has_words:
            keys += f", {_case(cases, self._words(columns))} AS word"
        sets = ", ".join(f"({column})" for column in columns)
        rows = f"{table.name} rows WHERE {where}"
        if part.days.length > _FEW_DAYS:
            sums = ", ".join(f"{_sum_of(name, name)} AS {name}" for name in self.measures)
            rows = f"(SELECT {every}, {sums} FROM {rows} GROUP BY {every}) rows"
        self.selects.append(f"SELECT {keys}, {self.sums(part)} FROM {rows} GROUP BY GROUPING SETS ({sets})")

    def sql(self) -> str:
        """SELECT: the dimension's place, the entry's id or 0, the word or nothing if any have words, and the sums."""
        return self.put_together(self._names())

    def leading_sql(self, leading: Leading, shown_as: ShownAs) -> tuple[str, list[Any]]:
        """The same with its arguments, of the entries that lead in each dimension, of its words, and of what has no
        entry; after the keys how many entries they are. All other entries together have the id NULL.

        Entries count under what ``shown_as`` gives for them, if anything.
        """
        sums, arguments = self.shown_sums(shown_as)
        word = ", word" if self.has_words else ""
        together = ", ".join(f"{_sum_of(name, name)} AS {name}" for name in self.columns)
        leads = " UNION ALL ".join(
            f"(SELECT dimension, entry_id FROM sums WHERE dimension = {place} AND entry_id <> 0 "
            f"ORDER BY {order} LIMIT {count})"
            for place in range(len(self.dimensions))
            for count, order in (
                (leading.by_cost, f"contracted_cost DESC, {TOKENS} DESC, entry_id"),
                (leading.by_tokens, f"{TOKENS} DESC, entry_id"),
            )
            if count
        )
        sql = f"""
            WITH sums AS MATERIALIZED (SELECT * FROM ({sums}) sums WHERE {self.is_something})
            SELECT dimension, CASE WHEN entry_id = 0 OR (dimension, entry_id) IN ({leads}) THEN entry_id END
                AS entry_id{word}, count(*)::int, {together}
            FROM sums GROUP BY 1, 2{word}
        """
        return sql, arguments

    @property
    def is_something(self) -> str:
        return "(" + " OR ".join(f"{name} <> 0" for name in self.columns) + ")"

    def shown_sums(self, shown_as: ShownAs) -> tuple[str, list[Any]]:
        """``sql`` with its arguments, what was merged under the entry that shows it."""
        merged = [
            (self.dimensions.index(by), old, new)
            for by, into in shown_as.items()
            for old, new in into.items()
        ]
        if not merged:
            return self.sql(), self.arguments
        names = self._names()
        names[1] = "coalesce(merged.new, parts.entry_id) AS entry_id"
        beside = (
            " LEFT JOIN unnest(%s::int[], %s::bigint[], %s::bigint[]) AS merged(place, old, new) "
            "ON merged.place = parts.dimension AND merged.old = parts.entry_id"
        )
        columns = [list(column) for column in zip(*merged, strict=True)]
        return self.put_together(names, beside=beside), [*self.arguments, *columns]

    @property
    def has_words(self) -> bool:
        """Whether any of the dimensions has words for values."""
        return any(by not in IDENTIFIED for by in self.dimensions)

    def _names(self) -> list[str]:
        return ["dimension", "entry_id", *(["word"] if self.has_words else [])]

    def _entries(self, columns: Sequence[str]) -> list[str]:
        """Of each dimension the entry's id, 0 where it has words."""
        return [
            f"{column}::bigint" if by in IDENTIFIED else "0::bigint"
            for by, column in zip(self.dimensions, columns, strict=True)
        ]

    def _words(self, columns: Sequence[str]) -> list[str]:
        return ["''" if by in IDENTIFIED else one for by, one in zip(self.dimensions, columns, strict=True)]


def last_day_in(part: MonthPart | DayPart) -> str:
    """The last day with something left that was not voided, of what counts among the days shown."""
    if part.weights.shown < 1:
        return "NULL::date"
    if isinstance(part, MonthPart):
        return "max(last_day)"
    return f"max(local_date) FILTER (WHERE {_SOMETHING_IS_LEFT})"


def last_day_of_row(part: MonthPart | DayPart) -> str:
    """The same of a single row."""
    if part.weights.shown < 1:
        return "NULL::date"
    return (
        "last_day" if isinstance(part, MonthPart) else f"CASE WHEN {_SOMETHING_IS_LEFT} THEN local_date END"
    )


def meant(table: Table, organization_id: int, part: MonthPart | DayPart) -> tuple[str, list[Any]]:
    """The condition under which rows of ``table`` are of a part, and its arguments."""
    texts = ["organization_id = %s", *(text for text, _argument in table.where)]
    where, given = " AND ".join(texts), [organization_id, *(argument for _text, argument in table.where)]
    if isinstance(part, MonthPart):
        first, last = part.months[0], part.months[-1]
        if list(part.months) == list(months_between(first, last)):
            # One stretch of an index for each entry, instead of one place in it for each month of each entry.
            return f"{where} AND period BETWEEN %s AND %s", [*given, first, last]
        return f"{where} AND period = ANY(%s)", [*given, list(part.months)]
    if table.is_partitioned:
        where = f"{where} AND period BETWEEN %s AND %s"
        given += [month_of(part.days.first), month_of(part.days.last)]
    return f"{where} AND local_date BETWEEN %s AND %s", [*given, *part.days]


def _step(part: MonthPart | DayPart, step: Bucket) -> str:
    if isinstance(part, MonthPart):
        return "period"
    ways = {Bucket.MONTH: "date_trunc('month', local_date)::date", Bucket.HOUR: "hour_start"}
    return ways.get(step, "local_date")


def _case(cases: Sequence[str], values: Sequence[str]) -> str:
    whens = " ".join(f"WHEN {case} THEN {value}" for case, value in zip(cases, values, strict=True))
    return f"CASE {whens} END"


def _all_bits_but(place: int, count: int) -> int:
    """What GROUPING over ``count`` columns says of a set with the one at ``place`` alone: a bit for each left out."""
    return 2**count - 1 - 2 ** (count - 1 - place)


def _times(part: MonthPart | DayPart, places: Sequence[int], name: str, sql: str) -> str:
    """A measure, or its sum, as often as it counts; nothing is NULL, which aggregates pass over."""
    weight = sum(part.weights[place] for place in places)
    if weight == 0:
        return "NULL::numeric" if name.endswith("cost") else "NULL::bigint"
    return sql if weight == 1 else f"{weight} * {sql}"


def _sum_of(name: str, expression: str) -> str:
    """``sum`` makes numerics of whole numbers, which are dear to add up again."""
    return f"sum({expression})" if name.endswith("cost") else f"sum_bigint({expression})"
