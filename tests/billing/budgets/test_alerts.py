"""Alerts: each threshold once per version and period, in order; who is told, and what happens to the notes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import ExchangeRate, TriggeredAlert
from billing.services import alerts as alert_service
from billing.services.alerts import drain_touches, look_at_all_budgets
from billing.services.budgets import change_budget
from billing.tasks import evaluate_budgets
from teams.models import OutboxMessage
from tests.billing.budgets.scene import NOW, TODAY, alerts, drain, mails, make_budget, note, spend
from tests.teams.factories import DepartmentFactory, OrganizationFactory
from usage.models import SpendDaily, SpendTouch

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 20)


def test_a_jump_from_40_to_130_per_cent_gives_one_ordered_set(cast):
    budget = make_budget(cast.acme, 100)
    spend(cast.acme, 40)
    assert drain().alerts == 0
    spend(cast.acme, 90)
    assert drain().alerts == 3
    assert alerts(budget) == [75, 90, 95]
    assert [mail.subject for mail in mails()] == [
        f"Acme: {threshold}% of budget “{budget.name}” reached" for threshold in (75, 90, 95)
    ]
    spend(cast.acme, 500)
    assert drain().alerts == 0


def test_below_and_up_again_is_silent_unless_the_limit_changed(cast):
    budget = make_budget(cast.acme, 100)
    spend(cast.acme, 80)
    drain()
    spend(cast.acme, -50)
    drain()
    spend(cast.acme, 50)
    assert drain().alerts == 0
    assert alerts(budget) == [75]
    change_budget(budget=budget, name="Renamed", now=NOW)
    assert drain().alerts == 0
    change_budget(budget=budget, limit=Decimal(90), now=NOW)
    assert drain().alerts == 1
    assert alerts(budget) == [75, 75]
    assert TriggeredAlert.objects.latest("pk").budget_version == 2


def test_a_new_period_arms_anew(cast):
    budget = make_budget(cast.acme, 100)
    spend(cast.acme, 80)
    drain()
    december = NOW + timedelta(days=20)
    spend(cast.acme, 80, day=december.date())
    assert drain(now=december).alerts == 1
    starts = (
        TriggeredAlert.objects.filter(budget=budget).order_by("pk").values_list("period_start", flat=True)
    )
    assert list(starts) == [date(2026, 11, 1), date(2026, 12, 1)]


def test_a_budget_made_mid_period_covers_all_of_it_and_nothing_before(cast):
    spend(cast.acme, 80, day=date(2026, 11, 1))
    spend(cast.acme, 800, day=OCTOBER)
    drain()
    budget = make_budget(cast.acme, 100)
    assert drain().alerts == 1  # Without a new event.
    note(cast.acme, OCTOBER)
    assert drain().alerts == 0
    assert alerts(budget) == [75]


def test_late_usage_alerts_for_the_period_it_belongs_to_and_says_so(cast):
    with_october = make_budget(cast.acme, 100, now=NOW - timedelta(days=30))
    spend(cast.acme, 92, day=OCTOBER)
    assert drain().alerts == 2
    assert {alert.period_start for alert in with_october.alerts.all()} == {date(2026, 10, 1)}
    assert "arrived late" in mails()[0].text
    # A limit that changed since is not October's.
    change_budget(budget=with_october, limit=Decimal(50), now=NOW)
    note(cast.acme, OCTOBER)
    assert drain().alerts == 0


def test_a_week_begins_on_the_organizations_day_and_beside_a_year_boundary(cast):
    cast.acme.week_start = 7
    cast.acme.save()
    new_year = datetime(2026, 12, 30, 12, tzinfo=UTC)
    budget = make_budget(cast.acme, 100, period_kind="week", now=new_year)
    spend(cast.acme, 99, day=date(2026, 12, 26))
    assert drain(now=new_year).alerts == 0
    spend(cast.acme, 50, day=date(2026, 12, 27))
    spend(cast.acme, 26, day=date(2027, 1, 2))
    assert drain(now=new_year).alerts == 1
    assert alerts(budget) == [75]
    assert budget.alerts.get().period_start == date(2026, 12, 27)


def test_a_limit_of_0_is_crossed_by_any_paid_use_but_not_by_free_models(cast):
    budget = make_budget(cast.acme, 0)
    spend(cast.acme, 0, tokens=5000)
    spend(cast.acme, 0, unpriced=1)
    assert drain().alerts == 0
    spend(cast.acme, "0.000000000000001")
    assert drain().alerts == 3
    assert "Its limit is 0" in mails()[0].text
    assert alerts(budget) == [75, 90, 95]


def test_an_added_threshold_alerts_for_itself_alone(cast):
    budget = make_budget(cast.acme, 100, thresholds=[10, 95])
    spend(cast.acme, 60)
    assert drain().alerts == 1
    change_budget(budget=budget, thresholds=[10, 50, 95], now=NOW)
    assert drain().alerts == 1
    assert alerts(budget) == [10, 50]


def test_tokens_are_counted_without_money(cast):
    budget = make_budget(cast.acme, 1000, unit="tokens", thresholds=[50, 100, 200])
    spend(cast.acme, 0, tokens=1999)
    drain()
    assert alerts(budget) == [50, 100]
    assert "1\u202f999" in mails()[0].text


def test_unpriced_usage_makes_what_is_said_a_lower_bound(cast):
    make_budget(cast.acme, 100)
    spend(cast.acme, 80, unpriced=3)
    drain()
    assert TriggeredAlert.objects.get().is_lower_bound
    assert "at least $80.00" in mails()[0].text


def test_each_month_of_a_quarter_counts_at_its_own_rate():
    organization = OrganizationFactory(currency="EUR")
    quarter = make_budget(organization, 100, period_kind="quarter", thresholds=[50, 75, 100])
    spend(organization, 50, day=OCTOBER)
    spend(organization, 50)
    assert drain().alerts == 0  # No rate is known: neither a guess, nor a failure.
    for day, rate in ((date(2026, 10, 1), "0.5"), (date(2026, 11, 1), "0.9")):
        ExchangeRate.objects.create(currency="EUR", rate_date=day, units_per_usd=Decimal(rate), source="ECB")
    assert look_at_all_budgets(now=NOW) == 1
    drain()
    assert alerts(quarter) == [50]
    assert quarter.alerts.get().spent == Decimal(70)


def test_usage_of_merged_departments_counts_and_each_department_has_its_part(cast):
    """Edge case 30: what a member used in another department is that department's."""
    support = DepartmentFactory(organization=cast.acme)
    old = DepartmentFactory(organization=cast.acme, merged_into=cast.research)
    research, other = (
        make_budget(cast.acme, 100, scope_kind="department", scope_id=department.pk)
        for department in (cast.research, support)
    )
    spend(cast.acme, 40, kind="department", scope_id=old.pk)
    spend(cast.acme, 40, kind="department", scope_id=cast.research.pk)
    spend(cast.acme, 60, kind="department", scope_id=support.pk)
    drain()
    assert (alerts(research), alerts(other)) == ([75], [])
    merged_later = make_budget(cast.acme, 100, scope_kind="department", scope_id=old.pk)
    drain()
    assert alerts(merged_later) == [75]


def test_budgets_out_of_use_and_of_others_are_left_alone(cast):
    unused = make_budget(cast.acme, 1)
    change_budget(budget=unused, is_active=False, now=NOW)
    other = make_budget(cast.other, 1)
    spend(cast.acme, 80)
    drain()
    assert alerts(unused) == alerts(other) == []
    change_budget(budget=unused, is_active=True, now=NOW)
    drain()
    assert alerts(unused) == [75, 90, 95]


def test_notes_are_taken_with_their_alerts_or_not_at_all(cast):
    budget = make_budget(cast.acme, 100)
    spend(cast.acme, 80)
    spend(cast.other, 1)
    with patch.object(alert_service, "queue_alert_mails", side_effect=RuntimeError("killed in the middle")):
        drained = drain_touches(now=NOW)
    assert drained.failed == [cast.acme.pk]
    assert alerts(budget) == [] and not OutboxMessage.objects.exists()
    # The other organization was not held up; the first is tried again.
    assert set(SpendTouch.objects.values_list("organization_id", flat=True)) == {cast.acme.pk}
    assert drain().alerts == 1
    assert len(mails()) == 1 and not SpendTouch.objects.exists()


def test_the_task_run_twice_alerts_once(cast):
    """Edge case 12: queued twice, or a beat started twice."""
    budget = make_budget(cast.acme, 100, now=datetime.now(UTC))
    spend(cast.acme, 80, day=datetime.now(UTC).date())
    evaluate_budgets()
    evaluate_budgets()
    assert alerts(budget) == [75] and len(mails()) == 1


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("spend"), st.integers(-80, 120)),
        st.tuples(st.just("limit"), st.integers(0, 200)),
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, thresholds=st.sets(st.integers(1, 200), min_size=1, max_size=4))
def test_alerts_are_the_thresholds_crossed_at_any_time_once_each(db, steps, thresholds):
    organization = OrganizationFactory()
    limit = Decimal(100)
    budget = make_budget(organization, limit, thresholds=thresholds)
    spent, version, expected = 0, 1, []
    for what, number in steps:
        if what == "spend":
            spend(organization, number)
            spent += number
        else:
            version += Decimal(number) != limit
            limit = Decimal(number)
            change_budget(budget=budget, limit=limit, now=NOW)
        drain()
        drain()
        expected += [
            (version, threshold)
            for threshold in sorted(thresholds)
            if spent > 0 and spent * 100 >= limit * threshold and (version, threshold) not in expected
        ]
    rows = TriggeredAlert.objects.filter(budget=budget).order_by("pk")
    assert list(rows.values_list("budget_version", "threshold")) == expected


def test_a_day_in_the_ledger_is_the_day_of_the_budget():
    """At +14:00 the ledger's day is ahead of UTC's; budgets read the ledger's."""
    organization = OrganizationFactory(time_zone="Pacific/Kiritimati")
    budget = make_budget(organization, 100, period_kind="day")
    assert budget.watched_from == TODAY + timedelta(days=1)
    spend(organization, 80, day=TODAY)
    assert drain().alerts == 0
    spend(organization, 80, day=TODAY + timedelta(days=1))
    assert drain().alerts == 1
    assert SpendDaily.objects.filter(organization=organization).count() == 2


def test_no_plan_makes_a_worker_take_more_notes_than_it_may(cast):
    """Whatever join the planner prefers: what is claimed beyond the limit is what a rival then waits for in vain."""
    make_budget(cast.acme, 100)
    for _each in range(5):
        note(cast.acme, TODAY)
    assert SpendTouch.objects.count() == 6
    with connection.cursor() as cursor:
        for other in ("hashjoin", "hashagg", "sort", "material"):
            cursor.execute(f"SET LOCAL enable_{other} = off")
    with patch.object(alert_service, "MOST_NOTES", 1):
        alert_service.evaluate_organization(cast.acme.pk, now=NOW)
    assert SpendTouch.objects.count() == 5
