"""Sums over rollups, as far as a viewer may see.

Whole organizations read ``spend_daily``, whose scopes are summed up already; others filter ``usage_daily``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import BigIntegerField, Max, Q, QuerySet, Sum, Value

from teams.enums import ScopeKind
from teams.permissions import Visible
from usage.breakdown import Key, Spend, summed
from usage.figures import Change, Measures
from usage.models import ReceiptDaily, SpendDaily, UsageDaily, UsageEvent
from usage.panels.vocabulary import SCOPED
from usage.progress import Days, Spans
from usage.queries.names import INTEGRATION
from usage.queries.panels.sums import Sums, spend_of_sums

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
    kept: frozenset[date] = frozenset()

    def daily_sums(self, days: Days, *, shown: Days) -> DailySums:
        """Sums per day and model of all ``days``, and what only those that are ``shown`` say."""
        rows = self._totals().filter(local_date__range=days).order_by()
        grouped = rows.values("local_date", "model_id").annotate(
            **measures(), sum_failures=Sum("failures"), sum_cached=Sum("cache_read_input_tokens")
        )
        found = list(grouped)
        counted = [row for row in found if shown.includes(row["local_date"])]
        return DailySums(
            by_day_and_model={(row["local_date"], row["model_id"]): measured(row) for row in found},
            failures=sum(row["sum_failures"] for row in counted),
            cached_input_tokens=sum(row["sum_cached"] for row in counted),
        )

    def people(self, spans: Spans) -> tuple[dict[str, dict[Key, Spend]], dict[Key, Spend]]:
        """Sums per scope kind and department, project or member, id 0 for usage that named none; and of the usage
        without a member those per project, else per integration, else (id 0) under nothing but a key. Two queries.
        """
        sums = Sums(organization_id=self.organization_id, visible=self.visible, chosen={}, kept=self.kept)
        result: dict[str, dict[Key, Spend]] = {by.value: {} for by in SCOPED}
        for kind, scope_id, *row in sums.over_each(spans, SCOPED):
            result[kind][kind, scope_id] = spend_of_sums(row)
        return result, self._without_member(spans)

    def _without_member(self, spans: Spans) -> dict[Key, Spend]:
        if not (self.visible.whole_organization or self.visible.department_ids):
            return {}
        daily = self._daily().filter(member_id=0, local_date__range=spans.reach).order_by()
        rows = daily.values("project_id", "integration_id").annotate(**span_sums(spans))
        return summed((ran_under(row["project_id"], row["integration_id"]), spend_of(row)) for row in rows)

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

    def _totals(self) -> "QuerySet[Any]":
        if self.visible.whole_organization:
            return self._spend().filter(scope_kind=ScopeKind.ORGANIZATION, scope_id=self.organization_id)
        return self._daily()

    def _spend(self) -> "QuerySet[SpendDaily]":
        return SpendDaily.objects.filter(organization_id=self.organization_id)

    def _daily(self) -> "QuerySet[UsageDaily]":
        rows = UsageDaily.objects.filter(organization_id=self.organization_id)
        if self.visible.whole_organization:
            return rows
        return rows.filter(
            Q(department_id__in=self.visible.department_ids) | Q(member_id__in=self.visible.member_ids)
        )


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
