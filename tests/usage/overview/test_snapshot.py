"""Events that come in while a panel is read must not make its parts disagree."""

import threading
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection

from teams.permissions import Visible
from tests.usage.rollup_factories import Fact, book, make_organization
from usage.queries.overview import usage_overview
from usage.queries.panels.reader import PanelReader

NOV = date(2026, 11, 1)


@pytest.mark.django_db(transaction=True)
def test_breakdowns_agree_with_the_total_while_events_come_in(monkeypatch):
    organization = make_organization(months=[NOV])
    book(organization, [Fact(day=NOV, input_tokens=1, cost=Decimal(1))])

    told_ahead = PanelReader.told_ahead

    def told_after_a_rival_has_stored(reader, *asked):
        # The totals are read by now, the members are not.
        rival = threading.Thread(target=_store_more, args=(organization,))
        rival.start()
        rival.join(timeout=30)
        return told_ahead(reader, *asked)

    monkeypatch.setattr(PanelReader, "told_ahead", told_after_a_rival_has_stored)
    during = _read(organization)
    monkeypatch.undo()
    after = _read(organization)

    assert during.totals.total_tokens == sum(row.measures.total_tokens for row in during.members) == 1
    assert after.totals.total_tokens == sum(row.measures.total_tokens for row in after.members) == 1001


def _store_more(organization):
    try:
        book(organization, [Fact(day=NOV, member_id=5, feature="chat", input_tokens=1000)])
    finally:
        connection.close()


def _read(organization):
    return usage_overview(
        organization=organization,
        visible=Visible(whole_organization=True),
        now=datetime(2026, 11, 18, tzinfo=UTC),
    )
