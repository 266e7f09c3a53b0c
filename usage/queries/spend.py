"""What overviews and budgets read of an organization's usage, as far as a viewer may see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import BigIntegerField, Max, Q, QuerySet, Sum, Value

from teams.enums import ScopeKind
from teams.permissions import Visible
from usage.breakdown import Key, Spend, summed
from usage.figures import Change, Measures
from usage.models import ReceiptDaily, SpendDaily, UsageEvent
from usage.month_sql import SUMMED
from usage.panels.parts import Kept
from usage.panels.tables import Chosen
from usage.panels.vocabulary import SCOPED, Bucket, Dimension
from usage.progress import Days, Spans
from usage.queries.names import INTEGRATION
from usage.queries.panels.sums import Sums, measures_of_sums, spend_of_sums

_MEASURES: Final = {
    "calls": "calls",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "contracted_cost": "contracted_cost",
    "unpriced_events": "unpriced",
    "unpriced_tokens": "unpriced_tokens",
}
"""Fields of ``Measures`` and the rollups' columns that they sum up."""

_NONE: Final = Value(0, BigIntegerField())

SOMETHING_IS_LEFT: Final = (
    Q(calls__gt=0) | Q(input_tokens__gt=0) | Q(output_tokens__gt=0) | Q(contracted_cost__gt=0)
)
"""Rollup rows of which not everything was voided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySums:
    """Sums per (local day, model id); failed calls and cached input tokens of the days that are shown."""

    by_day_and_model: Mapping[tuple[date, int], Measures]
    failures: int
    cached_input_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads the usage of one organization that ``visible`` covers; of the months ``kept`` from their sums."""

    organization_id: int
    visible: Visible
    kept: Kept = field(default_factory=dict)

    def daily_sums(self, days: Days, *, shown: Days) -> DailySums:
        """Sums per day and model of all ``days``, and what only those that are ``shown`` say."""
        by_day_and_model: dict[tuple[date, int], Measures] = {}
        failures = cached = 0
        more = ("failures", "cache_read_input_tokens")
        found = self._sums().over(
            Spans(days, None, None), by=(Dimension.MODEL,), step=Bucket.DAY, measures=(*SUMMED, *more)
        )
        for model_id, day, *sums, failed, read in found:
            by_day_and_model[day, model_id] = measures_of_sums(sums)
            if shown.includes(day):
                failures, cached = failures + failed, cached + read
        return DailySums(by_day_and_model=by_day_and_model, failures=failures, cached_input_tokens=cached)

    def people(self, spans: Spans) -> tuple[dict[str, dict[Key, Spend]], dict[Key, Spend]]:
        """Sums per scope kind and department, project or member, id 0 for usage that named none; and of the usage
        without a member those per project, else per integration, else (id 0) under nothing but a key. Two queries.
        """
        result: dict[str, dict[Key, Spend]] = {by.value: {} for by in SCOPED}
        for by, scope_id, *row in self._sums().over_each(spans, SCOPED):
            result[by.value][by.value, scope_id] = spend_of_sums(row)
        return result, self._without_member(spans)

    def _without_member(self, spans: Spans) -> dict[Key, Spend]:
        if not (self.visible.whole_organization or self.visible.department_ids):
            return {}
        found = self._sums({Dimension.MEMBER: {0}}).over(spans, by=(Dimension.PROJECT, Dimension.INTEGRATION))
        return summed((ran_under(project, service), spend_of_sums(sums)) for project, service, *sums in found)

    def _sums(self, chosen: Chosen | None = None) -> Sums:
        return Sums(
            organization_id=self.organization_id, visible=self.visible, chosen=chosen or {}, kept=self.kept
        )

    def first_day(self) -> "QuerySet[SpendDaily, tuple[date]]":
        """The first local day with usage, over all time; what was voided is none."""
        rows = self._spend().filter(SOMETHING_IS_LEFT)
        if self.visible.whole_organization:
            rows = rows.filter(scope_kind=ScopeKind.ORGANIZATION, scope_id=self.organization_id)
        else:
            rows = rows.filter(
                Q(scope_kind=ScopeKind.DEPARTMENT, scope_id__in=self.visible.department_ids)
                | Q(scope_kind=ScopeKind.MEMBER, scope_id__in=self.visible.member_ids)
            )
        return rows.order_by("local_date").values_list("local_date")[:1]

    def last_event_at(self, *, since_month: date) -> "QuerySet[Any, tuple[datetime | None]]":
        """The latest occurrence; of single members since a billing month, of departments none (too dear)."""
        if self.visible.whole_organization:
            receipts = ReceiptDaily.objects.filter(organization_id=self.organization_id).order_by()
            return (
                receipts.values("organization_id").annotate(last=Max("last_occurred_at")).values_list("last")
            )
        events = UsageEvent.objects.filter(
            organization_id=self.organization_id,
            member_id__in=self.visible.member_ids,
            period__gte=since_month,
        ).order_by()
        if self.visible.department_ids:
            events = events.none()
        return events.values("organization_id").annotate(last=Max("occurred_at")).values_list("last")

    def _spend(self) -> "QuerySet[SpendDaily]":
        return SpendDaily.objects.filter(organization_id=self.organization_id)


def measures(shown: Q | None = None) -> dict[str, Sum]:
    """The sums that ``measured`` reads, over rows that ``shown`` selects."""
    # Named apart from the columns that they sum up, as the ORM asks.
    return {f"sum_{name}": _sum(column, shown) for name, column in _MEASURES.items()}


def measured(row: Mapping[str, Any]) -> Measures:
    """What a row of ``measures`` sums says."""
    return Measures(**{name: row[f"sum_{name}"] for name in _MEASURES})


def inside(spans: Spans) -> Q:
    """Rows of the days shown and of those compared, without the time between them."""
    shown = Q(local_date__range=spans.shown)
    return shown if spans.previous is None else shown | Q(local_date__range=spans.previous)


def span_sums(spans: Spans) -> dict[str, Sum]:
    """The sums that ``spend_of`` reads: what was used in the days shown, and in the spans compared."""
    sums = measures(Q(local_date__range=spans.shown))
    for prefix, days in (("current", spans.compared), ("previous", spans.previous)):
        if days is not None:
            inside = Q(local_date__range=days)
            for column in ("input_tokens", "output_tokens", "contracted_cost"):
                sums[f"{prefix}_{column}"] = _sum(column, inside)
    return sums


def _sum(column: str, rows: Q | None) -> Sum:
    # Where a filter can find nothing there is no query, and the default itself is what comes back.
    return Sum(column, filter=rows, default=Decimal(0) if column == "contracted_cost" else 0)


def spend_of(row: Mapping[str, Any]) -> Spend:
    """What a row of ``span_sums`` says."""
    if "current_input_tokens" not in row:
        return Spend(measured(row))
    change = Change(
        tokens=row["current_input_tokens"] + row["current_output_tokens"],
        previous_tokens=row["previous_input_tokens"] + row["previous_output_tokens"],
        contracted_cost=row["current_contracted_cost"],
        previous_contracted_cost=row["previous_contracted_cost"],
    )
    return Spend(measured(row), change)


def ran_under(project_id: int, integration_id: int) -> Key:
    """What usage without a member ran under: its project, else its integration, else (id 0) a key alone."""
    return (ScopeKind.PROJECT.value, project_id) if project_id else (INTEGRATION, integration_id)
