"""What overviews and budgets read of an organization's usage, as far as a viewer may see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Max, Q, QuerySet, Sum

from teams.enums import ScopeKind
from teams.queries.ahead import Rows
from teams.queries.together import NOTHING, Question, asked_often
from usage.breakdown import Key, Spend, summed
from usage.figures import Measures
from usage.models import ReceiptDaily, SpendDaily
from usage.month_sql import SUMMED
from usage.panels.vocabulary import Bucket, Dimension
from usage.progress import Days, Spans
from usage.queries.names import INTEGRATION
from usage.queries.panels.reader import PanelReader
from usage.queries.panels.sums import measures_of_sums, spend_of_sums

_MEASURES: Final = {
    "calls": "calls",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "contracted_cost": "contracted_cost",
    "unpriced_events": "unpriced",
    "unpriced_tokens": "unpriced_tokens",
}
"""Fields of ``Measures`` and the rollups' columns that they sum up."""

SOMETHING_IS_LEFT: Final = (
    Q(calls__gt=0) | Q(input_tokens__gt=0) | Q(output_tokens__gt=0) | Q(contracted_cost__gt=0)
)
"""Rollup rows of which not everything was voided."""

_UNDER: Final = {Dimension.INTEGRATION: "CASE WHEN project_id = 0 THEN integration_id ELSE 0 END"}
"""Of usage under a project nobody asks what integration it came through."""

# Of each member the end of an index, however many events there are.
_LAST_OWN: Final = """
SELECT max(own.occurred_at) FROM unnest(%s::bigint[]) AS asked(member_id) CROSS JOIN LATERAL (
    SELECT e.occurred_at FROM usage_event e
    WHERE e.organization_id = %s AND e.member_id = asked.member_id AND e.period >= %s
    ORDER BY e.occurred_at DESC LIMIT 1
) own
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySums:
    """Sums per (local day, model id); failed calls and cached input tokens of the days that are shown."""

    by_day_and_model: Mapping[tuple[date, int], Measures]
    failures: int
    cached_input_tokens: int


def daily_rows(reader: PanelReader, days: Days) -> Rows:
    """What ``daily_sums`` adds up."""
    more = ("failures", "cache_read_input_tokens")
    return reader.sums().over(
        Spans(days, None, None), by=(Dimension.MODEL,), step=Bucket.DAY, measures=(*SUMMED, *more)
    )


def daily_sums(rows: Rows, *, shown: Days) -> DailySums:
    """Sums per day and model of all days of ``daily_rows``, and what only those that are ``shown`` say."""
    by_day_and_model: dict[tuple[date, int], Measures] = {}
    failures = cached = 0
    for model_id, day, *sums, failed, read in rows:
        by_day_and_model[day, model_id] = measures_of_sums(sums)
        if shown.includes(day):
            failures, cached = failures + failed, cached + read
    return DailySums(by_day_and_model=by_day_and_model, failures=failures, cached_input_tokens=cached)


def without_member(reader: PanelReader, spans: Spans) -> Callable[[], dict[Key, Spend]]:
    """Usage without a member by what it ran under: a project, else an integration, else (id 0) nothing but a key.

    Those who see single members only see none of it. Sent ahead.
    """
    visible, chosen = reader.visible, reader.chosen
    if not (visible.whole_organization or visible.department_ids):
        return dict
    if 0 not in chosen.get(Dimension.MEMBER, (0,)):
        return dict
    nobody = replace(reader, chosen={**chosen, Dimension.MEMBER: frozenset({0})})
    found = nobody.sums().over_ahead(spans, by=(Dimension.PROJECT, Dimension.INTEGRATION), computed=_UNDER)
    return lambda: summed(
        (reader.merged.shown_as(_ran_under(project_id, integration_id)), spend_of_sums(sums))
        for project_id, integration_id, *sums in found()
    )


def first_day(reader: PanelReader) -> "QuerySet[SpendDaily, tuple[date]] | Question":
    """The first local day with usage, over all time; what was voided is none."""
    visible = reader.visible
    if visible.whole_organization:
        return asked_often(_first_day, reader.organization_id)
    return _first_of(
        Q(scope_kind=ScopeKind.DEPARTMENT, scope_id__in=visible.department_ids)
        | Q(scope_kind=ScopeKind.MEMBER, scope_id__in=visible.member_ids),
        organization_id=reader.organization_id,
    )


def _first_day(organization_id: int) -> "QuerySet[SpendDaily, tuple[date]]":
    whole = Q(scope_kind=ScopeKind.ORGANIZATION, scope_id=organization_id)
    return _first_of(whole, organization_id=organization_id)


def _first_of(scopes: Q, *, organization_id: int) -> "QuerySet[SpendDaily, tuple[date]]":
    rows = SpendDaily.objects.filter(SOMETHING_IS_LEFT, scopes, organization_id=organization_id)
    return rows.order_by("local_date").values_list("local_date")[:1]


def last_event_at(reader: PanelReader, *, since_month: date) -> Question:
    """The latest occurrence; of single members since a billing month, of departments none (too dear)."""
    if reader.visible.whole_organization:
        return asked_often(_last_received, reader.organization_id)
    if reader.visible.department_ids or not reader.visible.member_ids:
        return NOTHING
    return Question(
        _LAST_OWN, [sorted(reader.visible.member_ids), reader.organization_id, since_month], columns=1
    )


def _last_received(organization_id: int) -> "QuerySet[Any, tuple[datetime | None]]":
    receipts = ReceiptDaily.objects.filter(organization_id=organization_id).order_by()
    return receipts.values("organization_id").annotate(last=Max("last_occurred_at")).values_list("last")


def measures() -> dict[str, Sum]:
    """The sums that ``measured`` reads."""
    # Named apart from the columns that they sum up, as the ORM asks. Where a filter can find nothing there is no query,
    # and the default itself is what comes back.
    return {
        f"sum_{name}": Sum(column, default=Decimal(0) if column == "contracted_cost" else 0)
        for name, column in _MEASURES.items()
    }


def measured(row: Mapping[str, Any]) -> Measures:
    """What a row of ``measures`` sums says."""
    return Measures(**{name: row[f"sum_{name}"] for name in _MEASURES})


def _ran_under(project_id: int, integration_id: int) -> Key:
    return (ScopeKind.PROJECT.value, project_id) if project_id else (INTEGRATION, integration_id)
