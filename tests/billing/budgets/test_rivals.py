"""Two workers look at the same organization at the same moment, on connections of their own; edge cases 12 and 27."""

from itertools import chain
from threading import Barrier
from unittest.mock import patch

import pytest

from billing.models import TriggeredAlert
from billing.services import alerts as alert_service
from billing.services.alerts import drain_touches, evaluate_organization
from teams.enums import Role
from teams.models import OutboxMessage
from tests.billing.budgets.scene import NOW, TODAY, make_budget, note, spend
from tests.teams.factories import MemberFactory
from tests.threads import at_once
from tests.usage.ledger_fixtures import NOON, RECEIVED, event, open_ledger, store
from usage.models import SpendTouch

pytestmark = pytest.mark.django_db(transaction=True)


def test_four_workers_record_each_alert_once_and_mail_it_once():
    organization = open_ledger()
    MemberFactory(organization=organization, role=Role.OWNER, email="owner@example.com")
    budgets = [
        make_budget(organization, limit, now=RECEIVED.replace(month=5)) for limit in ("0.01", "0.02", "0.06")
    ]
    for _round in range(3):
        # One batch and its note each, so that the workers' notes differ and their alerts are the same.
        for _batch in range(8):
            store(organization, event(occurred_at=NOON))
        results = at_once(*(lambda: drain_touches(now=RECEIVED) for _ in range(4)))
        assert [drained.failed for drained in results] == [[]] * 4
    assert not SpendTouch.objects.exists()
    rows = TriggeredAlert.objects.order_by("budget_id", "pk").values_list("budget_id", "threshold")
    assert list(rows) == list(chain(*([(budget.pk, at) for at in (75, 90, 95)] for budget in budgets)))
    assert OutboxMessage.objects.count() == 9


def test_a_worker_waits_for_a_rivals_alert_and_then_lets_it_be(cast):
    """Both have claimed a note of their own and seen no alert before either records one."""
    budget = make_budget(cast.acme, 0)
    spend(cast.acme, 5)
    note(cast.acme, TODAY)
    both = Barrier(2, timeout=30)
    read = alert_service.read_budgets

    def read_together(cases):
        readings = read(cases)
        both.wait()
        return readings

    with (
        patch.object(alert_service, "MOST_NOTES", 1),
        patch.object(alert_service, "read_budgets", read_together),
    ):
        results = at_once(*(lambda: evaluate_organization(cast.acme.pk, now=NOW) for _ in range(2)))
    assert sorted(len(found) for found in results) == [0, 3]
    assert list(budget.alerts.order_by("pk").values_list("threshold", flat=True)) == [75, 90, 95]
    assert OutboxMessage.objects.count() == 3
