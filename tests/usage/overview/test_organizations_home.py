from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teams.permissions import Visible
from tests.usage.rollup_factories import Fact, book, make_organization, receive
from usage.enums import NoProjection, QuarantineReason, QuarantineStatus
from usage.models import QuarantinedEvent
from usage.queries.organizations_home import count_organizations, organizations_home
from usage.queries.overview import usage_overview

NOV, OCT, DEC = date(2026, 11, 1), date(2026, 10, 1), date(2026, 12, 1)
NOW = datetime(2026, 11, 18, 15, 30, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def set_aside(organization, reason, *, status=QuarantineStatus.OPEN):
    QuarantinedEvent.objects.create(
        id=uuid4(),
        organization=organization,
        transaction_id="t",
        fingerprint=uuid4().bytes,
        reason=reason,
        detail="",
        facts={},
        source="native",
        first_received_at=NOW,
        last_received_at=NOW,
        status=status,
    )


def daily_use(organization, *, days=60, cost="0.5", until=date(2026, 11, 18)):
    return book(
        organization,
        [
            Fact(day=until - timedelta(days=back), input_tokens=90 + back % 5, cost=Decimal(cost))
            for back in range(days)
        ],
    )


def test_a_row_says_what_the_overview_of_that_organization_says():
    organization = make_organization(months=[OCT, NOV])
    daily_use(organization)
    receive(organization, last_occurred_at=NOW)
    (row,) = organizations_home(now=NOW)
    panel = usage_overview(organization=organization, visible=Visible(whole_organization=True), now=NOW)
    assert row.totals == panel.totals
    assert row.totals.contracted_cost == 9
    assert row.compared == panel.compared
    assert row.projected == panel.projected
    assert row.projected.cost == 15
    assert row.period == panel.period
    assert row.last_event_at == NOW


def test_each_organization_is_in_its_own_period():
    # Noon UTC on October 31st: November 1st in Kiritimati already.
    now = datetime(2026, 10, 31, 12, tzinfo=UTC)
    utc = make_organization(name="B", months=[OCT, NOV])
    early = make_organization(name="A", time_zone="Pacific/Kiritimati", months=[OCT, NOV])
    for organization in (utc, early):
        book(organization, [Fact(day=date(2026, 10, 31), input_tokens=3), Fact(day=NOV, input_tokens=4)])
    first, second = organizations_home(now=now)
    assert (first.name, first.period.month, first.totals.total_tokens) == ("A", NOV, 4)
    assert (second.name, second.period.month, second.totals.total_tokens) == ("B", OCT, 3)


def test_what_waits_for_a_person_is_counted_apart():
    organization = make_organization(months=[NOV])
    set_aside(organization, QuarantineReason.FUTURE)
    set_aside(organization, QuarantineReason.OUT_OF_RANGE)
    set_aside(organization, QuarantineReason.CONFLICT)
    set_aside(organization, QuarantineReason.CONFLICT, status=QuarantineStatus.DISCARDED)
    (row,) = organizations_home(now=NOW)
    assert (row.open_quarantine, row.open_conflicts) == (2, 1)


def test_test_twins_are_shown_only_when_asked_for():
    organization = make_organization(name="Acme", months=[NOV])
    make_organization(name="Acme (test)", twin_of=organization, months=[NOV])
    assert [row.name for row in organizations_home(now=NOW)] == ["Acme"]
    assert count_organizations() == 1
    assert [row.is_test for row in organizations_home(now=NOW, include_tests=True)] == [False, True]
    assert count_organizations(include_tests=True) == 2


def test_unpriced_usage_and_no_usage_are_said():
    organization = make_organization(months=[OCT, NOV])
    book(organization, [Fact(day=NOV, input_tokens=5, cost=None)])
    idle = make_organization(name="Zero")
    row, zero = sorted(organizations_home(now=NOW), key=lambda row: row.id)
    assert (row.totals.unpriced_events, row.totals.unpriced_tokens) == (1, 5)
    assert (row.projected.reason, row.projected.history_days, row.projected.weeks) == (None, 17, 2)
    assert (zero.id, zero.projected.reason, zero.totals.calls) == (idle.pk, NoProjection.NO_USAGE, 0)


def test_pages_by_name():
    for name in "CABD":
        make_organization(name=name)
    assert [row.name for row in organizations_home(now=NOW, limit=2)] == ["A", "B"]
    assert [row.name for row in organizations_home(now=NOW, limit=2, offset=2)] == ["C", "D"]


def test_queries_do_not_grow_with_organizations():
    def queries():
        with CaptureQueriesContext(connection) as captured:
            organizations_home(now=NOW)
        return len(captured)

    daily_use(make_organization(months=[OCT, NOV]))
    one = queries()
    for _ in range(2):
        organization = make_organization(months=[OCT, NOV])
        daily_use(organization, days=20)
        set_aside(organization, QuarantineReason.CONFLICT)
    assert queries() == one <= 6
