"""Sums over spans for any panel: read from months as far as they are kept, and from days where they are not."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from teams.permissions import Visible
from teams.queries.ahead import Rows, sent
from usage.breakdown import Spend
from usage.figures import Change, Measures
from usage.month_sql import SUMMED
from usage.panels.hour_tables import hour_places
from usage.panels.parts import DayPart, Kept, MonthPart, Weights, parts_of, whole_months
from usage.panels.services_sql import ServicesStatement
from usage.panels.sizes_sql import Beside, LastDays, Ranked, SizesStatement, last_days
from usage.panels.sums_sql import EachStatement, Leading, Statement
from usage.panels.tables import Place, places_of
from usage.panels.vocabulary import IDENTIFIED, Bucket, Dimension
from usage.periods import month_of
from usage.progress import Days, Spans
from usage.queries.names import Merges, directory_sql

AnyStatement = Statement | EachStatement | LastDays | ServicesStatement

_ONCE: Final = Weights(1, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The ``ids`` of entries, 0 for usage without one, with columns of theirs; and how many entries there are, told or
    not. An entry that is gone from the directory has the name None."""

    ids: Sequence[int] = ()
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums up one organization's usage as far as ``visible`` covers it and ``chosen`` lets it through.

    ``kept`` are the months whose sums count, as they stood in the snapshot that is read; before ``since``, if it is
    known, there is nothing.
    """

    organization_id: int
    visible: Visible
    chosen: Mapping[Dimension, Collection[Any]]
    kept: Kept
    since: date | None = None

    def over(
        self,
        spans: Spans,
        *,
        by: Sequence[Dimension] = (),
        step: Bucket | None = None,
        values: Mapping[Dimension, Collection[Any]] | None = None,
        measures: Sequence[str] = SUMMED,
    ) -> list[tuple[Any, ...]]:
        """Rows of: a value per dimension of ``by``; with ``step`` the day, or the first day of the month; the sums of
        ``measures`` in the days shown; where there is a comparison, input and output tokens and cost of both its spans.

        ``values`` narrow what is read to some values of the columns of ``by``. Steps are hours, days or months.
        """
        if step is Bucket.HOUR:
            places = hour_places(by, spans.shown, visible=self.visible, chosen=self.chosen)
        else:
            places = self._places(by, measures)
        return self.over_places(places, spans, by=by, step=step, values=values or {}, measures=measures)

    def over_places(
        self,
        places: Sequence[Place],
        spans: Spans,
        *,
        by: Sequence[str],
        step: Bucket | None = None,
        values: Mapping[Any, Collection[Any]] | None = None,
        measures: Sequence[str],
    ) -> list[tuple[Any, ...]]:
        """The same over ``places`` that the caller found; ``by`` and ``values`` name columns of theirs."""
        return rows_of(self._over(places, spans, by=by, step=step, values=values or {}, measures=measures))

    def over_and_last(self, spans: Spans, *, by: Sequence[Dimension]) -> Rows | None:
        """``over`` with the last of the days shown with usage behind the sums, None where there is none; no answer
        where a month that is read goes on after them."""
        statement = Statement(by=by, step=None, is_compared=spans.compared is not None, has_last=True)
        if not self._ends_with(spans.shown):
            return None
        self._add(statement, self._places(by), spans)
        first = spans.shown.first
        return [(*sums, last if last and last >= first else None) for *sums, last in rows_of(statement)]

    def over_ahead(
        self,
        spans: Spans,
        *,
        by: Sequence[Dimension] = (),
        computed: Mapping[Dimension, str] = MappingProxyType({}),
    ) -> Callable[[], Rows]:
        """``over``, sent ahead. ``computed`` has SQL in place of the columns of some dimensions."""
        places = [place.computed(computed) for place in self._places(by)]
        return sent_of(self._over(places, spans, by=by, step=None, values={}, measures=SUMMED))

    def _over(
        self,
        places: Sequence[Place],
        spans: Spans,
        *,
        by: Sequence[str],
        step: Bucket | None,
        values: Mapping[Any, Collection[Any]],
        measures: Sequence[str],
    ) -> Statement:
        statement = Statement(by=by, step=step, is_compared=spans.compared is not None, measures=measures)
        self._add(statement, places, spans, values)
        return statement

    def _add(
        self,
        statement: Statement,
        places: Sequence[Place],
        spans: Spans,
        values: Mapping[Any, Collection[Any]] = MappingProxyType({}),
    ) -> None:
        for place in places:
            monthly = place.by_month.get(None) if statement.step is not Bucket.DAY else None
            for part in self._parts(spans, is_kept=monthly is not None):
                table = monthly if isinstance(part, MonthPart) and monthly else place.by_day
                statement.add(table.narrowed(values), self.organization_id, part)

    def over_each(self, spans: Spans, dimensions: Sequence[Dimension]) -> list[tuple[Any, ...]]:
        """The same for several dimensions one beside the other, each of which adds up to the whole, in one statement.

        Rows of: the dimension, its value, and the sums as ``over`` gives them.
        """
        statement = self._each(spans, dimensions)
        return _valued(statement, rows_of(statement))

    def leading_of_each(
        self, spans: Spans, dimensions: Sequence[Dimension], *, leading: Leading, merged: Merges
    ) -> Callable[[], Rows]:
        """``over_each`` of the entries that lead, of words, and of usage without an entry; entries that were merged
        count for the one that shows them. Sent ahead.

        Rows of: the dimension, its value, None for all other entries together; how many entries; and the sums.
        """
        statement = self._each(spans, dimensions)
        if not statement.selects:
            return list
        rows = sent(*statement.leading_sql(leading, {by: merged.of(by.value) for by in dimensions}))
        return lambda: _valued(statement, rows())

    def sizes(
        self,
        spans: Spans,
        by: Dimension,
        *,
        merged: Merges,
        ranked: Ranked | None = None,
        told: Sequence[str] = ("tokens", "contracted_cost"),
    ) -> Sizes:
        """What has anything in any span: its "tokens" and "contracted_cost" in the days shown, its "name" and
        "external_id", its "last_day" with usage, as far as they are ``told``. In one query."""
        ends = self._ends_with(spans.shown)
        statement = SizesStatement(
            by=(by,), is_compared=spans.compared is not None, has_last="last_day" in told and ends
        )
        for place in self._places((by,)):
            monthly = place.monthly((by,))
            for part in self._parts(spans, is_kept=monthly is not None):
                table = monthly[0] if isinstance(part, MonthPart) and monthly else place.by_day
                statement.add(table, self.organization_id, part)
        if not statement.selects:
            return Sizes()
        into, beside = merged.of(by.value), []
        if "name" in told or "external_id" in told:
            names = directory_sql(by.value)
            beside.append(Beside(names, [self.organization_id], ("name", "external_id")))
        if "last_day" in told and not ends:
            beside.append(last_days(self._last_days(by, spans.shown), into))
        asked = statement.sizes_sql(into, ranked, shown=spans.shown, told=told, beside=beside)
        ((count, ids, *columns),) = sent(*asked)()
        found = {name: column or () for name, column in zip(told, columns, strict=True)}
        return Sizes(ids=ids or (), columns=found, count=count)

    def _each(self, spans: Spans, dimensions: Sequence[Dimension]) -> EachStatement:
        statement = EachStatement(dimensions=dimensions, is_compared=spans.compared is not None)
        self._add_each(statement, spans)
        return statement

    def _add_each(self, statement: EachStatement, spans: Spans) -> None:
        dimensions = statement.dimensions
        for place in self._places(dimensions):
            monthly = place.monthly(dimensions)
            for part in self._parts(spans, is_kept=monthly is not None):
                if isinstance(part, MonthPart):
                    for by, table in zip(dimensions, monthly or (), strict=True):
                        statement.add_months(by, table, self.organization_id, part)
                else:
                    statement.add_days(place.by_day, self.organization_id, part)

    def by_day(self, stretches: Sequence[Days]) -> list[tuple[Any, ...]]:
        """Rows of a day and its sums of ``SUMMED``, over stretches of days that do not overlap."""
        statement = Statement(by=(), step=Bucket.DAY, is_compared=False)
        for place in self._places(()):
            for days in stretches:
                statement.add(place.by_day, self.organization_id, DayPart(days, _ONCE))
        return rows_of(statement)

    def last_days(self, by: Dimension, days: Days) -> Rows:
        """Per value of a dimension the last of ``days`` on which something is left that was not voided."""
        return rows_of(self._last_days(by, days))

    def _last_days(self, by: Dimension, days: Days) -> LastDays:
        statement = LastDays(by)
        for place in self._places((by,)):
            monthly = place.by_month.get(by)
            months, others = whole_months(days, kept=self.kept if monthly else {})
            if monthly and months:
                statement.add(monthly, self.organization_id, MonthPart(months, _ONCE))
            for part in others:
                statement.add(place.by_day, self.organization_id, DayPart(part, _ONCE))
        return statement

    def _ends_with(self, days: Days) -> bool:
        """Whether no month that is read goes on after ``days``."""
        through = self.kept.get(month_of(days.last))
        return not through or through <= days.last

    def _places(self, by: Sequence[Dimension], measures: Sequence[str] = SUMMED) -> tuple[Place, ...]:
        return places_of(
            by,
            organization_id=self.organization_id,
            visible=self.visible,
            chosen=self.chosen,
            measures=measures,
        )

    def _parts(self, spans: Spans, *, is_kept: bool) -> tuple[MonthPart | DayPart, ...]:
        return parts_of(spans, kept=self.kept if is_kept else {}, since=self.since)


def rows_of(statement: AnyStatement) -> Rows:
    """None for who sees nothing at all."""
    return sent_of(statement)()


def sent_of(statement: AnyStatement) -> Callable[[], Rows]:
    """The same, sent ahead."""
    return sent(statement.sql(), statement.arguments) if statement.selects else list


def _valued(statement: EachStatement, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of ``statement`` with a dimension and its value in front."""
    return [
        (by, row[1] if by in IDENTIFIED else row[2], *row[3 if statement.has_words else 2 :])
        for row in rows
        for by in [statement.dimensions[row[0]]]
    ]


def measures_of_sums(sums: Sequence[Any]) -> Measures:
    """What the sums of ``SUMMED`` say, first in a row."""
    return Measures(*sums[: len(SUMMED)])


def spend_of_sums(sums: Sequence[Any]) -> Spend:
    """What the sums of a row of ``Sums.over`` say."""
    if len(sums) == len(SUMMED):
        return Spend(measures_of_sums(sums))
    current_input, current_output, current_cost, previous_input, previous_output, previous_cost = sums[
        len(SUMMED) :
    ]
    change = Change(
        tokens=current_input + current_output,
        previous_tokens=previous_input + previous_output,
        contracted_cost=current_cost,
        previous_contracted_cost=previous_cost,
    )
    return Spend(measures_of_sums(sums), change)
