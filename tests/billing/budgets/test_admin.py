"""Budgets and alerts in the admin, as Carol of the finance staff works with them."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Budget, TriggeredAlert
from teams.models import AuditEntry
from tests.billing.budgets.scene import NOW, drain, make_budget, spend
from tests.teams.factories import OrganizationFactory

LIST = "/admin/billing/budget/"
ALERTS = "/admin/billing/triggeredalert/"


@pytest.fixture
def carol(cast, client, settings):
    settings.STAFF_MFA_REQUIRED = False
    cast.carol.is_superuser = True
    cast.carol.save()
    client.force_login(cast.carol)
    with time_machine.travel(NOW, tick=False):
        yield client


@pytest.fixture
def budget(cast):
    made = make_budget(cast.acme, 100, name="Everything")
    spend(cast.acme, 92, unpriced=1)
    drain()
    return made


def test_the_list_shows_how_each_stands_in_few_queries(carol, budget, cast):
    html = carol.get(LIST).content.decode()
    for shown in (
        "Everything",
        "Organization · Acme",
        "$92.00",
        "$100.00",
        "92.0%",
        "Caution",
        "at least",
        'width="92%"',
    ):
        assert shown in html, shown

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert carol.get(LIST).status_code == 200
        return len(captured)

    few = queries()
    for _number in range(6):
        make_budget(OrganizationFactory(), 5)
    assert queries() == few


def test_filters(carol, budget, cast):
    make_budget(cast.other, 5, name="Elsewhere", scope_kind="organization", period_kind="week")
    Budget.objects.filter(pk=budget.pk).update(is_active=False)
    assert "Elsewhere" in carol.get(LIST).content.decode()
    assert "Everything" not in carol.get(LIST).content.decode()
    assert "Everything" in carol.get(LIST, {"use": "inactive"}).content.decode()
    assert "Elsewhere" not in carol.get(LIST, {"scope_kind__exact": "member"}).content.decode()


def test_a_budget_is_made_for_an_entry_of_the_organization(carol, cast):
    answer = carol.post(f"{LIST}add/", {"organization": cast.acme.pk})
    assert answer.status_code == 302
    page = carol.get(answer["Location"]).content.decode()
    assert f"department:{cast.research.pk}" in page and "Charlie" not in page
    filled = {
        "name": "Research", "scope": f"department:{cast.research.pk}", "limit": "250", "unit": "money",
        "period_kind": "quarter", "thresholds": "50, 100",
    }  # fmt: skip
    assert carol.post(answer["Location"], filled).status_code == 302
    made = Budget.objects.get()
    assert (made.organization, made.scope_id, made.thresholds) == (cast.acme, cast.research.pk, [50, 100])
    assert AuditEntry.objects.get(action="budget.created").actor == cast.carol


def test_what_is_wrong_is_said_beside_its_field(carol, cast):
    page = f"{LIST}add/?organization={cast.acme.pk}"
    filled = {
        "name": "Research", "scope": f"organization:{cast.acme.pk}", "limit": "2.001", "unit": "money",
        "period_kind": "month", "thresholds": "0, 50",
    }  # fmt: skip
    html = carol.post(page, filled).content.decode()
    assert "between 1 and 1000" in html
    html = carol.post(page, filled | {"thresholds": "50"}).content.decode()
    assert "at most 2 decimals" in html
    assert not Budget.objects.exists()


def test_a_change_is_audited_and_arms_anew(carol, budget):
    page = f"{LIST}{budget.pk}/change/"
    assert carol.get(page).status_code == 200
    filled = {
        "name": "Everything", "limit": "90", "unit": "money", "period_kind": "month",
        "thresholds": "75, 90, 95", "is_active": "on",
    }  # fmt: skip
    assert carol.post(page, filled).status_code == 302
    budget.refresh_from_db()
    assert (int(budget.limit), budget.version) == (90, 2)
    facts = AuditEntry.objects.get(action="budget.changed").facts
    assert facts["limit"] == {"before": "100.0000", "after": "90.0000"}
    drain()
    assert TriggeredAlert.objects.filter(budget_version=2).count() == 3


def test_alerts_are_acknowledged_by_a_person_and_stay(carol, budget, cast):
    html = carol.get(ALERTS).content.decode()
    assert "75%" in html and "90%" in html and "Not yet" in html
    first, second = TriggeredAlert.objects.order_by("pk")
    carol.post(ALERTS, {"action": "acknowledge", "_selected_action": [first.pk]})
    one = f"{ALERTS}{second.pk}/acknowledge/"
    assert carol.get(one).status_code == 200
    assert TriggeredAlert.objects.filter(acknowledged_by=cast.carol).count() == 1
    assert carol.post(one).status_code == 302
    assert TriggeredAlert.objects.filter(acknowledged_by=cast.carol).count() == 2
    assert AuditEntry.objects.filter(action="budget_alert.acknowledged", actor=cast.carol).count() == 2
    assert carol.get(f"{ALERTS}{first.pk}/change/").status_code == 200
    assert carol.post(f"{ALERTS}{first.pk}/delete/").status_code == 403


def test_only_staff_come_in(client, cast, budget):
    client.force_login(cast.alice)
    assert client.get(LIST).status_code in (302, 403, 404)
