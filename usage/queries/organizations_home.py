"""All organizations at a glance, for finance staff: each in its own current period. From rollups only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from teams.enums import ScopeKind
from teams.models import Organization
from usage.enums import QuarantineReason, QuarantineStatus
from usage.figures import Measures
from usage.models import QuarantinedEvent, ReceiptDaily, SpendDaily
from usage.overview import Compared, PeriodSpan, Projected
from usage.periods import add_months
from usage.progress import compared, projected, spans_of, totals_over
from usage.queries.period_span import current_spans
from usage.queries.snapshot import one_snapshot
from usage.queries.spend import SOMETHING_IS_LEFT, measured, measures


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """One organization in the period that contains now, in US dollars.

    ``open_quarantine`` and ``open_conflicts`` are events that wait for a person, of all time.
    """

    id: int
    name: str
    slug: str
    is_test: bool
    period: PeriodSpan
    totals: Measures
    compared: Compared | None
    projected: Projected
    last_event_at: datetime | None
    open_quarantine: int
    open_conflicts: int


def count_organizations(*, include_tests: bool = False) -> int:
    """How many organizations ``organizations_home`` has to show."""
    return _shown(include_tests=include_tests).count()


def organizations_home(
    *, now: datetime, include_tests: bool = False, limit: int = 200, offset: int = 0
) -> tuple[OrganizationRow, ...]:
    """Organizations by name, ``limit`` of them from ``offset`` on; test twins only with ``include_tests``.

    At most 6 queries, however many organizations.
    """
    with one_snapshot():
        first_day = SpendDaily.objects.filter(
            SOMETHING_IS_LEFT,
            organization_id=OuterRef("pk"),
            scope_kind=ScopeKind.ORGANIZATION,
            scope_id=OuterRef("pk"),
        ).order_by("local_date")
        organizations = list(
            _shown(include_tests=include_tests)
            .annotate(history_since=Subquery(first_day.values("local_date")[:1]))
            .order_by("name", "pk")[offset : offset + limit]
        )
        return _rows(organizations, now=now)


def _shown(*, include_tests: bool) -> QuerySet[Organization]:
    organizations = Organization.objects.all()
    return organizations if include_tests else organizations.filter(twin_of=None)


def _rows(organizations: Sequence[Organization], *, now: datetime) -> tuple[OrganizationRow, ...]:
    ids = [organization.pk for organization in organizations]
    periods = current_spans(ids, now=now)
    by_day = _by_day(periods)
    waiting = _waiting(ids)
    last_events = _last_events(ids)
    rows = []
    for organization in organizations:
        period = periods.get(organization.pk)
        if period is None:
            continue
        spent = by_day.get(organization.pk, {})
        spans = spans_of(period)
        quarantined, conflicts = waiting.get(organization.pk, (0, 0))
        rows.append(
            OrganizationRow(
                id=organization.pk,
                name=organization.name,
                slug=organization.slug,
                is_test=organization.is_test,
                period=period,
                totals=totals_over(spent, spans.shown),
                compared=compared(spent, spans, previous_month=add_months(period.month, -1)),
                projected=projected(
                    spent, period, history_since=getattr(organization, "history_since", None)
                ),
                last_event_at=last_events.get(organization.pk),
                open_quarantine=quarantined,
                open_conflicts=conflicts,
            )
        )
    return tuple(rows)


def _by_day(periods: dict[int, PeriodSpan]) -> dict[int, dict[date, Measures]]:
    """Per organization the sums of each day since the previous period began."""
    if not periods:
        return {}
    first = min(add_months(period.month, -1) for period in periods.values())
    last = max(period.through for period in periods.values())
    rows = SpendDaily.objects.filter(
        organization_id__in=periods,
        scope_kind=ScopeKind.ORGANIZATION,
        local_date__range=(first, last),
    ).order_by()
    found: dict[int, dict[date, Measures]] = {}
    for row in rows.values("organization_id", "local_date").annotate(**measures()):
        found.setdefault(row["organization_id"], {})[row["local_date"]] = measured(row)
    return found


def _waiting(organization_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Per organization the open quarantined events and, apart, the open conflicts."""
    is_conflict = Q(reason=QuarantineReason.CONFLICT)
    rows = (
        QuarantinedEvent.objects.filter(organization_id__in=organization_ids, status=QuarantineStatus.OPEN)
        .order_by()
        .values("organization_id")
        .annotate(quarantined=Count("id", filter=~is_conflict), conflicts=Count("id", filter=is_conflict))
    )
    return {row["organization_id"]: (row["quarantined"], row["conflicts"]) for row in rows}


def _last_events(organization_ids: Sequence[int]) -> dict[int, datetime]:
    rows = ReceiptDaily.objects.filter(organization_id__in=organization_ids).order_by()
    return dict(
        rows.values("organization_id")
        .annotate(last=Max("last_occurred_at"))
        .values_list("organization_id", "last")
    )
