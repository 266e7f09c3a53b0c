"""Turns what ingest noted into alerts: each threshold of a budget once per version and period, in ascending order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

import structlog
from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone
from uuid_utils.compat import uuid7

from billing.budget_periods import BudgetPeriod, joined, periods_touching
from billing.budget_state import crossed_thresholds, kept
from billing.models import Budget, TriggeredAlert
from billing.queries.budget_spend import Case, Reading, read_budgets
from billing.queries.budgets import local_days
from billing.services.alert_mail import queue_alert_mails
from usage.models import SpendTouch

log = structlog.get_logger(__name__)

MOST_ORGANIZATIONS: Final = 500
MOST_NOTES: Final = 10_000

# The array is looked up once. As ``id IN (SELECT …)`` a plan may run the inner part again for each row, which then
# passes over what this very statement deleted and takes more than the limit.
_CLAIM: Final = (
    "DELETE FROM usage_spend_touch WHERE organization_id = {organization} AND id = ANY(ARRAY("
    "SELECT id FROM usage_spend_touch WHERE organization_id = {organization} "
    "ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)) RETURNING first_day, last_day"
)
_INSERT: Final = (
    "INSERT INTO billing_triggeredalert (budget_id, budget_version, period_start, period_end, threshold, "
    '"limit", spent, is_lower_bound, triggered_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) '
    "ON CONFLICT (budget_id, budget_version, period_start, threshold) DO NOTHING RETURNING id"
)


@dataclass(slots=True)
class Drained:
    """What one round did: organizations looked at, alerts recorded, and those whose turn failed."""

    organizations: int = 0
    alerts: int = 0
    failed: list[int] = field(default_factory=list)


def drain_touches(*, limit: int = MOST_ORGANIZATIONS, now: datetime | None = None) -> Drained:
    """Look at the budgets of up to ``limit`` organizations whose spending changed, those that wait longest first.

    One transaction per organization takes its notes, records its alerts and queues their mails: all of it or nothing.
    What fails is left for the next round and does not hold up the others. Harmless to repeat and beside itself.
    """
    waiting = (
        SpendTouch.objects.order_by()
        .values("organization_id")
        .annotate(since=Min("recorded_at"))
        .order_by("since")
    )
    drained = Drained()
    for organization_id in [row["organization_id"] for row in waiting[:limit]]:
        drained.organizations += 1
        try:
            drained.alerts += len(evaluate_organization(organization_id, now=now or timezone.now()))
        except Exception:
            drained.failed.append(organization_id)
            log.exception("budgets could not be evaluated", organization_id=organization_id)
    return drained


@transaction.atomic
def evaluate_organization(organization_id: int, *, now: datetime) -> list[TriggeredAlert]:
    """Take an organization's notes and give the alerts that they cause, recorded and their mails queued."""
    with connection.cursor() as cursor:
        # The id stands in the statement: where tables are spread over machines, it tells which one is meant.
        cursor.execute(_CLAIM.replace("{organization}", str(int(organization_id))), [MOST_NOTES])
        touched = joined(cursor.fetchall())
    if not touched:
        return []
    budgets = Budget.objects.filter(organization_id=organization_id, is_active=True)
    cases = [
        case
        for budget in budgets.select_related("organization").order_by("pk")
        for case in _cases(budget, touched)
    ]
    readings, known = read_budgets(cases), _known(cases)
    today = local_days([organization_id], now=now)[organization_id]
    alerts = []
    for budget, period in cases:
        new = _record_crossed(budget, period, readings[budget.pk, period], known=known, now=now)
        for alert in new:
            queue_alert_mails(alert, today=today)
        alerts += new
    return alerts


@transaction.atomic
def look_at_all_budgets(*, now: datetime | None = None) -> int:
    """Leave a note for every organization with budgets, for today; gives how many.

    For what changes spending without an event: an exchange rate that came in, entries that were merged, a rebuild.
    """
    now = now or timezone.now()
    ids = list(
        Budget.objects.filter(is_active=True).order_by().values_list("organization_id", flat=True).distinct()
    )
    days = local_days(ids, now=now)
    SpendTouch.objects.bulk_create(
        SpendTouch(id=uuid7(), organization_id=pk, first_day=days[pk], last_day=days[pk], recorded_at=now)
        for pk in ids
    )
    return len(ids)


def _cases(budget: Budget, touched: Sequence[tuple[date, date]]) -> list[Case]:
    """The budget in each of its periods that was touched and that its version is for."""
    since = budget.watched_from or date.min
    days = [(max(first, since), last) for first, last in touched if last >= since]
    periods = periods_touching(budget.period_kind, days, week_start=budget.organization.week_start)
    return [(budget, period) for period in periods]


def _known(cases: Sequence[Case]) -> set[tuple[int, int, date, int]]:
    """What was alerted before, as (budget id, version, first day, threshold); spares asking again and again."""
    rows = TriggeredAlert.objects.filter(
        budget_id__in={budget.pk for budget, _period in cases},
        period_start__in={period.first for _budget, period in cases},
    )
    return set(rows.order_by().values_list("budget_id", "budget_version", "period_start", "threshold"))


def _record_crossed(
    budget: Budget,
    period: BudgetPeriod,
    reading: Reading,
    *,
    known: set[tuple[int, int, date, int]],
    now: datetime,
) -> list[TriggeredAlert]:
    """Record the thresholds that are crossed and were not before, lowest first."""
    if reading.spent is None:
        log.debug("a budget waits for an exchange rate", budget_id=budget.pk)
        return []
    crossed = crossed_thresholds(spent=reading.spent, limit=budget.limit, thresholds=budget.thresholds)
    alerts = [
        TriggeredAlert(
            budget=budget,
            budget_version=budget.version,
            period_start=period.first,
            period_end=period.last,
            threshold=threshold,
            limit=budget.limit,
            spent=kept(reading.spent),
            is_lower_bound=reading.is_lower_bound,
            triggered_at=now,
        )
        for threshold in crossed
        if (budget.pk, budget.version, period.first, threshold) not in known
    ]
    return [alert for alert in alerts if _insert(alert)]


def _insert(alert: TriggeredAlert) -> bool:
    """Whether the alert is ours: a rival that is recording the same is waited for, and has then won."""
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                alert.budget_id,
                alert.budget_version,
                alert.period_start,
                alert.period_end,
                alert.threshold,
                alert.limit,
                alert.spent,
                alert.is_lower_bound,
                alert.triggered_at,
            ],
        )
        row = cursor.fetchone()
    alert.pk = row[0] if row else None
    return row is not None
