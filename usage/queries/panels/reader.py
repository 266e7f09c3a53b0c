"""Sums over rollups for any panel: filtered, as far as the viewer may see, by day or over the spans compared."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.db.models import Max, Q, QuerySet

from teams.enums import ScopeKind
from teams.permissions import Visible
from usage.breakdown import Key, Name, Spend, breakdown, named
from usage.enums import RowKind
from usage.figures import NOTHING, Measures, Row
from usage.models import LlmModel, SpendDaily, UsageDaily
from usage.panels.sources import Source, daily_source
from usage.panels.vocabulary import IDENTIFIED, SCOPED, Dimension
from usage.progress import Days, Spans
from usage.queries.names import DIRECTORIES, Merges, directory_names, model_names
from usage.queries.panels.resolve import Chosen
from usage.queries.spend import SOMETHING_IS_LEFT, inside, measured, measures, span_sums, spend_of

COLUMNS: Final[Mapping[Dimension, str]] = {
    Dimension.MODEL: "model_id",
    Dimension.FEATURE: "feature",
    Dimension.DEPARTMENT: "department_id",
    Dimension.PROJECT: "project_id",
    Dimension.MEMBER: "member_id",
    Dimension.PLATFORM: "platform",
    Dimension.INTEGRATION: "integration_id",
}
"""Columns of ``usage_daily``, of ``usage_hourly`` and of events. A provider is found through its models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelReader:
    """Reads the usage of one organization that ``visible`` covers and ``chosen`` lets through."""

    organization_id: int
    visible: Visible
    chosen: Chosen
    merged: Merges

    def total(self, spans: Spans) -> Spend:
        """What was used in the days shown and in the spans compared."""
        return spend_of(self._rows(()).filter(inside(spans)).aggregate(**span_sums(spans)))

    def spends(self, by: Dimension, spans: Spans) -> dict[int | str, Spend]:
        """The same per value of a dimension; what was merged stands under the entry that shows it."""
        shown, result = self._names(by), dict[int | str, Spend]()
        column = self._column(by)
        rows = self._rows((by,)).filter(inside(spans)).order_by()
        for row in rows.values(column).annotate(**span_sums(spans)):
            name, spend = shown(row[column]), spend_of(row)
            result[name] = result[name] + spend if name in result else spend
        return result

    def last_days(self, by: Dimension, days: Days) -> dict[int | str, date]:
        """Per value of a dimension the last of ``days`` with usage; what was voided is none."""
        column, shown = self._column(by), self._names(by)
        rows = self._rows((by,)).filter(SOMETHING_IS_LEFT, local_date__range=days).order_by()
        result: dict[int | str, date] = {}
        for value, last in rows.values_list(column).annotate(last=Max("local_date")):
            name = shown(value)
            result[name] = max(last, result.get(name, last))
        return result

    def by_two(
        self, by: Dimension, beside: Dimension, days: Days
    ) -> dict[tuple[int | str, int | str], Measures]:
        """Sums per pair of values of two dimensions."""
        both = (by, beside)
        columns = [self._column(*both[::step]) for step in (1, -1)]
        names = [self._names(dimension) for dimension in both]
        rows = self._rows(both).filter(local_date__range=days).order_by()
        result: dict[tuple[int | str, int | str], Measures] = {}
        for row in rows.values(*columns).annotate(**measures()):
            first, second = (shown(row[column]) for shown, column in zip(names, columns, strict=True))
            result[first, second] = result.get((first, second), NOTHING) + measured(row)
        return result

    def rows(self, by: Dimension, spans: Spans, *, top: int | None = None) -> tuple[Row, ...]:
        """The lines of a breakdown, by cost; they add up to ``total`` exactly. See ``usage.figures.Row``."""
        return self.lines(by, self.spends(by, spans), is_compared=spans.compared is not None, top=top)

    def lines(
        self, by: Dimension, spends: Mapping[int | str, Spend], *, is_compared: bool, top: int | None = None
    ) -> tuple[Row, ...]:
        """Sums per value as the lines that people read: ranked, named, with shares."""
        if by in IDENTIFIED:
            keyed = {(by.value, int(value)): spend for value, spend in spends.items()}
            rows = breakdown(keyed, is_compared=is_compared, top=top)
            keys = [(row.entity, row.id) for row in rows if row.kind is RowKind.NAMED]
            if by is Dimension.MODEL:
                return named(rows, model_names(keys))
            return named(rows, directory_names(self.organization_id, keys))
        words = sorted(str(value) for value in spends if value)
        names: dict[Key, Name] = {
            (by.value, position): Name(name=word, external_id=word) for position, word in enumerate(words, 1)
        }
        keyed = {(by.value, position): spends[word] for position, word in enumerate(words, 1)}
        if "" in spends:
            keyed[by.value, 0] = spends[""]
        return named(breakdown(keyed, is_compared=is_compared, top=top), names)

    def sums_by(self, by: Dimension, where: Q, sums: Mapping[str, Any]) -> dict[int | str, dict[str, Any]]:
        """Sums of the caller's own over rows ``where``, per value of a dimension; what was merged stands together."""
        column = self._column(by)
        shown = self._names(by)
        result: dict[int | str, dict[str, Any]] = {}
        for row in self._rows((by,)).filter(where).order_by().values(column).annotate(**sums):
            found = result.setdefault(shown(row[column]), dict.fromkeys(sums, 0))
            for name in sums:
                found[name] += row[name]
        return result

    def by_day(self, days: Days) -> dict[date, Measures]:
        """Sums per local day; a day without usage is missing."""
        rows = self._rows(()).filter(local_date__range=days).order_by()
        grouped = rows.values("local_date").annotate(**measures())
        return {row["local_date"]: measured(row) for row in grouped}

    def by_day_and(
        self, by: Dimension, days: Days, *, values: Iterable[int | str]
    ) -> dict[int | str, dict[date, Measures]]:
        """Sums per local day of some values of a dimension, each with what is shown under it."""
        wanted = list(values)
        column = self._column(by)
        rows = self._rows((by,)).filter(local_date__range=days).order_by()
        grouped = (
            rows.filter(self._meant(by, column, wanted)).values(column, "local_date").annotate(**measures())
        )
        result: dict[int | str, dict[date, Measures]] = {value: {} for value in wanted}
        shown = self._names(by)
        for row in grouped:
            found = result.setdefault(shown(row[column]), {})
            found[row["local_date"]] = found.get(row["local_date"], NOTHING) + measured(row)
        return result

    def selected(self) -> "QuerySet[Any]":
        """Rows of a rollup that add up to the total, of all days."""
        return self._rows(())

    def grouping(self, by: Dimension) -> "tuple[QuerySet[Any], str, Callable[[Any], int | str]]":
        """The same to be grouped by a dimension: rows, its column, and what each of its values is shown as."""
        return self._rows((by,)), self._column(by), self._names(by)

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

    def _rows(self, by: Sequence[Dimension]) -> "QuerySet[Any]":
        if daily_source({*by, *self.chosen}, visible=self.visible) is Source.USAGE:
            return self.daily_rows()
        scope = self._scope(by)
        rows = SpendDaily.objects.filter(
            organization_id=self.organization_id, scope_kind=scope.value if scope else ScopeKind.ORGANIZATION
        )
        if scope is None:
            rows = rows.filter(scope_id=self.organization_id)
        columns = {
            dimension: "scope_id" if dimension in SCOPED else COLUMNS[dimension] for dimension in COLUMNS
        }
        return rows.filter(self.filtered(columns))

    def _scope(self, by: Sequence[Dimension]) -> Dimension | None:
        """The one scope that is asked for, by a filter or a breakdown; None for the whole."""
        return next((dimension for dimension in SCOPED if dimension in by or dimension in self.chosen), None)

    def _column(self, by: Dimension, *beside: Dimension) -> str:
        if by is Dimension.PROVIDER:
            return COLUMNS[Dimension.MODEL]
        source = daily_source({by, *beside, *self.chosen}, visible=self.visible)
        return "scope_id" if source is Source.SPEND and by in SCOPED else COLUMNS[by]

    def _names(self, by: Dimension) -> Callable[[Any], int | str]:
        """What a value of the column of ``by`` is shown as."""
        if by is Dimension.PROVIDER:
            providers = dict(LlmModel.objects.order_by().values_list("id", "provider_name"))
            return lambda model_id: providers.get(model_id, "")
        if by.value in DIRECTORIES:
            return lambda entry_id: self.merged.shown_as((by.value, entry_id))[1]
        return lambda value: value

    def _meant(self, by: Dimension, column: str, wanted: Sequence[int | str]) -> Q:
        """Rows whose value is shown as one of ``wanted``."""
        ids: set[Any] = set(wanted)
        if by is Dimension.PROVIDER:
            ids = set(LlmModel.objects.filter(provider_name__in=wanted).values_list("id", flat=True))
            ids |= {0} if "" in wanted else set()
        elif by.value in DIRECTORIES:
            ids = {old for value in wanted for old in self.merged.shown_under((by.value, int(value)))}
        return Q(**{f"{column}__in": ids})
