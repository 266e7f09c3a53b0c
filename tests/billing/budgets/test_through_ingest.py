"""From an event at the door to an alert: whose budget it is, on which local day; both agree with the ledger."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import TriggeredAlert
from billing.queries.budgets import budget_states
from billing.services.alerts import drain_touches
from billing.services.budgets import create_budget
from teams.models import Department, Member
from teams.services.memberships import move_member
from tests.billing.budgets.scene import alerts, make_budget
from tests.usage.ledger_fixtures import event, open_ledger, store
from usage.models import SpendTouch
from usage.services.partitions import ensure_partitions
from usage.services.periods import ensure_periods

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)


def spent(budget, *, now=LATER):
    (state,) = budget_states([budget], now=now)
    return state.spent


def test_a_batch_alerts_each_threshold_once_and_a_retry_none():
    organization = open_ledger()
    budget = make_budget(organization, "0.10", now=NOON)
    batch = [event() for _ in range(39)]  # 0.003 dollars each.
    store(organization, *batch, received_at=LATER)
    store(organization, *batch, received_at=LATER)
    assert drain_touches(now=LATER).alerts == 3
    assert alerts(budget) == [75, 90, 95]
    assert spent(budget) == Decimal("0.117")
    assert not SpendTouch.objects.exists()


def test_a_member_in_two_departments_leaves_each_its_part():
    """Edge case 30."""
    organization = open_ledger()
    bob = Member.objects.create(organization=organization, external_id="bob", name="Bob")
    homes = [
        Department.objects.create(organization=organization, external_id=name, name=name)
        for name in ("research", "support")
    ]
    for department, day in zip(homes, (1, 15), strict=True):
        move_member(member=bob, department=department, from_instant=datetime(2026, 5, day, tzinfo=UTC))
    budgets = [
        make_budget(organization, 1, now=NOON, scope_kind="department", scope_id=department.pk)
        for department in homes
    ]
    whole = make_budget(organization, 1, now=NOON, scope_kind="member", scope_id=bob.pk)
    store(organization, event(occurred_at=NOON - timedelta(days=10)), event(), event(), received_at=LATER)
    assert [spent(budget) for budget in budgets] == [Decimal("0.003"), Decimal("0.006")]
    assert spent(whole) == Decimal("0.009")


@pytest.mark.parametrize(
    ("time_zone", "first_instant"),
    [
        ("Asia/Kathmandu", datetime(2026, 5, 19, 18, 15, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2026, 5, 19, 10, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 5, 20, 4, tzinfo=UTC)),
    ],
)
def test_a_day_begins_where_the_organization_is(time_zone, first_instant):
    """Edge cases 1 and 3: never both days, never neither."""
    organization = open_ledger(time_zone=time_zone)
    day = make_budget(organization, "0.01", now=first_instant, period_kind="day", thresholds=[30, 60, 90])
    assert day.watched_from == date(2026, 5, 20)
    microsecond = timedelta(microseconds=1)
    store(
        organization,
        event(occurred_at=first_instant - microsecond),
        event(occurred_at=first_instant),
        event(occurred_at=first_instant + timedelta(days=1) - microsecond),
        event(occurred_at=first_instant + timedelta(days=1)),
        received_at=LATER + timedelta(days=1),
    )
    assert (
        spent(day, now=first_instant)
        == spent(day, now=first_instant + timedelta(hours=23))
        == Decimal("0.006")
    )
    drain_touches(now=first_instant + timedelta(days=1))
    found = TriggeredAlert.objects.filter(budget=day).order_by("pk").values_list("period_start", "threshold")
    assert list(found) == [(date(2026, 5, 20), 30), (date(2026, 5, 20), 60), (date(2026, 5, 21), 30)]


@pytest.mark.parametrize(
    ("first", "hours"),
    [(datetime(2026, 3, 28, 23, tzinfo=UTC), 23), (datetime(2025, 10, 25, 22, tzinfo=UTC), 25)],
)
def test_days_of_23_and_25_hours_hold_all_of_their_hours(first, hours):
    """Edge case 2: the repeated hour counts once for each of its two times."""
    organization = open_ledger(time_zone="Europe/Berlin")
    if first.year == 2025:
        ensure_partitions([date(2025, 10, 1)])
        ensure_periods(organization.pk, first=date(2025, 10, 1), last=date(2025, 10, 1))
    day = create_budget(
        organization=organization, name="Day", scope_kind="organization", scope_id=organization.pk,
        limit=1000, unit="tokens", period_kind="day", now=first,
    )  # fmt: skip
    moments = [first + timedelta(hours=number, minutes=30) for number in range(-1, hours + 1)]
    store(
        organization,
        *(event(occurred_at=moment) for moment in moments),
        received_at=first + timedelta(days=3),
    )
    assert spent(day, now=first) == hours * 1100
