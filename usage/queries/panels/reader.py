"""Sums over rollups for any panel: filtered, as far as the viewer may see, by day or over the spans compared."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from teams.permissions import Visible
from teams.queries.ahead import Rows
from usage.breakdown import NO_OTHERS, Key, Name, Others, Spend, Told, breakdown, named
from usage.enums import RowKind
from usage.figures import Measures, Row
from usage.models import LlmModel, UsageDaily
from usage.month_sql import SUMMED
from usage.panels.measures import ALWAYS, Amounts, Kind
from usage.panels.parts import Kept
from usage.panels.sizes_sql import Ranked
from usage.panels.sums_sql import Leading
from usage.panels.tables import COLUMNS as COLUMNS
from usage.panels.vocabulary import IDENTIFIED, Bucket, Dimension
from usage.progress import Days, Spans
from usage.queries.names import DIRECTORIES, Merges, directory_names, model_names
from usage.queries.panels.resolve import Chosen
from usage.queries.panels.sums import Sizes, Sums, measures_of_sums, spend_of_sums


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelReader:
    """Reads the usage of one organization that ``visible`` covers and ``chosen`` lets through.

    Months in ``kept`` are read from their sums: those whose sums count in the snapshot that is read. Days before
    ``since``, the organization's first with usage, are not read.
    """

    organization_id: int
    visible: Visible
    chosen: Chosen
    merged: Merges
    kept: Kept = field(default_factory=dict)
    since: date | None = None
    providers_read: dict[int, str] = field(default_factory=dict, compare=False, repr=False)

    def total(self, spans: Spans) -> Spend:
        """What was used in the days shown and in the spans compared."""
        return self.total_ahead(spans)()

    def total_ahead(self, spans: Spans) -> Callable[[], Spend]:
        """The same, sent ahead."""
        rows = self.sums().over_ahead(spans)
        return lambda: sum((spend_of_sums(row) for row in rows()), Spend())

    def spends(self, by: Dimension, spans: Spans) -> dict[int | str, Spend]:
        """The same per value of a dimension; what was merged stands under the entry that shows it."""
        return self.spends_ahead(by, spans)()

    def spends_ahead(self, by: Dimension, spans: Spans) -> Callable[[], dict[int | str, Spend]]:
        """``spends``, sent ahead."""
        shown, rows = self._names(by), self.sums().over_ahead(spans, by=(by,))

        def spends() -> dict[int | str, Spend]:
            result: dict[int | str, Spend] = {}
            for value, *sums in rows():
                name, spend = shown(value), spend_of_sums(sums)
                result[name] = result[name] + spend if name in result else spend
            return result

        return spends

    def spends_and_list_costs(
        self, by: Dimension, spans: Spans
    ) -> tuple[dict[int | str, Spend], dict[int | str, Decimal]]:
        """``spends``, and the list cost in the days shown per value. In one query."""
        shown, spends, list_costs = self._names(by), dict[int | str, Spend](), dict[int | str, Decimal]()
        place = len(SUMMED)
        for value, *sums in self.sums().over(spans, by=(by,), measures=(*SUMMED, "list_cost")):
            name = shown(value)
            list_costs[name] = list_costs.get(name, Decimal(0)) + sums.pop(place)
            spend = spend_of_sums(sums)
            spends[name] = spends[name] + spend if name in spends else spend
        return spends, list_costs

    def told_of_each(
        self, dimensions: Sequence[Dimension], spans: Spans, leading: Leading
    ) -> dict[Dimension, Told]:
        """``spends`` of several dimensions, in one query: of the entries that lead, of words, and of all others of a
        dimension together. Providers are no dimension of their own here."""
        return self.told_ahead(dimensions, spans, leading)()

    def told_ahead(
        self, dimensions: Sequence[Dimension], spans: Spans, leading: Leading
    ) -> Callable[[], dict[Dimension, Told]]:
        """The same, sent ahead."""
        rows = self.sums().leading_of_each(spans, dimensions, leading=leading, merged=self.merged)

        def told() -> dict[Dimension, Told]:
            spends: dict[Dimension, dict[int | str, Spend]] = {by: {} for by in dimensions}
            others = dict.fromkeys(dimensions, NO_OTHERS)
            for by, value, count, *sums in rows():
                if value is None:
                    others[by] = Others(count, spend_of_sums(sums))
                else:
                    spends[by][value] = spend_of_sums(sums)
            return {by: Told(spends[by], others[by]) for by in dimensions}

        return told

    def sizes(
        self,
        by: Dimension,
        spans: Spans,
        *,
        ranked: Ranked | None = None,
        told: Sequence[str] = ("tokens", "contracted_cost"),
    ) -> Sizes:
        """The entries of a dimension that have anything in any span: all of them, or the ``ranked`` ones."""
        return self.sums().sizes(spans, by, merged=self.merged, ranked=ranked, told=told)

    def last_days(self, by: Dimension, days: Days) -> dict[int | str, date]:
        """Per value of a dimension the last of ``days`` with usage; what was voided is none."""
        shown, result = self._names(by), dict[int | str, date]()
        for value, last in self.sums().last_days(by, days):
            name = shown(value)
            result[name] = max(last, result.get(name, last))
        return result

    def sums_of_pairs(self, by: Dimension, beside: Dimension, spans: Spans) -> Rows:
        """Per pair of values of two dimensions, which may come several times, its sums (see ``spend_of_sums``), and the
        last of the days shown with usage; the longest of those of its first value may stand with each of its pairs."""
        rows = self.sums().over_and_last(spans, by=(by, beside))
        if rows is None:
            shown, last_days = self._names(by), self.last_days(by, spans.shown)
            sums = self.sums().over(spans, by=(by, beside))
            rows = [(*row, last_days.get(shown(row[0]))) for row in sums]
        return rows

    def by_first(self, by: Dimension, rows: Iterable[tuple[Any, ...]]) -> dict[int | str, Rows]:
        """``sums_of_pairs`` by the first of both, which is ``by``: what was merged stands under what shows it."""
        shown, result = self._names(by), dict[int | str, Rows]()
        for first, *rest in rows:
            result.setdefault(shown(first), []).append(tuple(rest))
        return result

    def lines(
        self,
        by: Dimension,
        told: Told,
        *,
        is_compared: bool,
        top: int | None = None,
    ) -> tuple[Row, ...]:
        """Sums per value as the lines that people read: ranked, named, with shares."""
        spends, others = told.spends, told.others
        if by in IDENTIFIED:
            keyed = {(by.value, int(value)): spend for value, spend in spends.items()}
            rows = breakdown(keyed, is_compared=is_compared, top=top, others=others)
            return self.with_names(by, rows)
        words = sorted(str(value) for value in spends if value)
        names: dict[Key, Name] = {
            (by.value, position): Name(name=word, external_id=word) for position, word in enumerate(words, 1)
        }
        keyed = {(by.value, position): spends[word] for position, word in enumerate(words, 1)}
        if "" in spends:
            keyed[by.value, 0] = spends[""]
        return named(breakdown(keyed, is_compared=is_compared, top=top, others=others), names)

    def with_names(self, by: Dimension, rows: Sequence[Row]) -> tuple[Row, ...]:
        """Lines of entries, whose names were not read yet, with them."""
        keys = [(row.entity, row.id) for row in rows if row.kind is RowKind.NAMED]
        return named(rows, self._entry_names(by, keys)) if keys else tuple(rows)

    def by_step(self, days: Days, *, step: Bucket) -> dict[date, Measures]:
        """Sums per local day; by months per month, under the first of its days. A step without usage is missing."""
        return self.amounts_by_step(ALWAYS, days, step=step)

    def amounts_by_step(self, kind: Kind[Amounts], days: Days, *, step: Bucket) -> dict[date, Amounts]:
        """The same of any measures; by hours per hour, under the instant at which it began."""
        rows = self.sums().over(_only(days), step=step, measures=kind.columns)
        return {_begun(start, days, step): kind.made(sums) for start, *sums in rows}

    def by_day(self, *stretches: Days) -> dict[date, Measures]:
        """Sums per local day of stretches of days that do not overlap; a day without usage is missing."""
        return {day: measures_of_sums(sums) for day, *sums in self.sums().by_day(stretches)}

    def by_step_and(
        self, by: Dimension, days: Days, *, step: Bucket, values: Iterable[int | str] | None = None
    ) -> dict[int | str, dict[date, Measures]]:
        """The same for each of some values of a dimension (all by default), with what is shown under it."""
        return self.amounts_by_step_and(ALWAYS, by, days, step=step, values=values)

    def amounts_by_step_and(
        self,
        kind: Kind[Amounts],
        by: Dimension,
        days: Days,
        *,
        step: Bucket,
        values: Iterable[int | str] | None = None,
    ) -> dict[int | str, dict[date, Amounts]]:
        """The same of any measures."""
        wanted = None if values is None else list(values)
        meant = None if wanted is None else {by: self._meant(by, wanted)}
        result: dict[int | str, dict[date, Amounts]] = {value: {} for value in wanted or ()}
        shown = self._names(by)
        rows = self.sums().over(_only(days), by=(by,), step=step, values=meant, measures=kind.columns)
        for value, start, *sums in rows:
            found, made = result.setdefault(shown(value), {}), kind.made(sums)
            first = _begun(start, days, step)
            found[first] = found[first] + made if first in found else made
        return result

    def amounts(self, kind: Kind[Amounts], by: Dimension, days: Days) -> dict[int | str, Amounts]:
        """Any measures per value of a dimension, with what is shown under it."""
        shown, result = self._names(by), dict[int | str, Amounts]()
        for value, *sums in self.sums().over(_only(days), by=(by,), measures=kind.columns):
            name, made = shown(value), kind.made(sums)
            result[name] = result[name] + made if name in result else made
        return result

    def unfiltered(self) -> "PanelReader":
        """The same for the same viewer, without a filter."""
        return replace(self, chosen={})

    def daily_rows(self) -> "QuerySet[UsageDaily]":
        """The rows of ``usage_daily`` that the filter and the viewer's rights let through."""
        rows = UsageDaily.objects.filter(self.seen(), organization_id=self.organization_id)
        return rows.filter(self.filtered(COLUMNS))

    def seen(self) -> Q:
        """What the viewer may see, over rows with a department and a member."""
        if self.visible.whole_organization:
            return Q()
        return Q(department_id__in=self.visible.department_ids) | Q(member_id__in=self.visible.member_ids)

    def filtered(self, columns: Mapping[Dimension, str]) -> Q:
        """The filter, over rows with these columns."""
        conditions = Q()
        for dimension, values in self.chosen.items():
            conditions &= Q(**{f"{columns[dimension]}__in": values})
        return conditions

    def _names(self, by: Dimension) -> Callable[[Any], int | str]:
        """What a value of the column of ``by`` is shown as."""
        if by is Dimension.PROVIDER:
            providers = self._providers()
            return lambda model_id: providers.get(model_id, "")
        if by.value in DIRECTORIES:
            return lambda entry_id: self.merged.shown_as((by.value, entry_id))[1]
        return lambda value: value

    def _providers(self) -> Mapping[int, str]:
        """The provider of each model, read once."""
        if not self.providers_read:
            self.providers_read.update(LlmModel.objects.order_by().values_list("id", "provider_name"))
        return self.providers_read

    def _entry_names(self, by: Dimension, keys: Sequence[Key]) -> dict[Key, Name]:
        if by is Dimension.MODEL:
            return model_names(keys)
        return directory_names(self.organization_id, keys)

    def _meant(self, by: Dimension, wanted: Sequence[int | str]) -> set[Any]:
        """The values in the column of ``by`` that are shown as one of ``wanted``."""
        ids: set[Any] = set(wanted)
        if by is Dimension.PROVIDER:
            ids = {model_id for model_id, name in self._providers().items() if name in wanted}
            ids |= {0} if "" in wanted else set()
        elif by.value in DIRECTORIES:
            ids = {old for value in wanted for old in self.merged.shown_under((by.value, int(value)))}
        return ids

    def sums(self) -> Sums:
        """What sums up the usage that is seen and meant."""
        return Sums(
            organization_id=self.organization_id,
            visible=self.visible,
            chosen=self.chosen,
            kept=self.kept,
            since=self.since,
        )


def _only(days: Days) -> Spans:
    return Spans(days, None, None)


def _begun(start: date, days: Days, step: Bucket) -> date:
    """A month is told under the first of its days that are read, what is shorter under its own beginning."""
    return start if step is Bucket.HOUR else max(start, days.first)
