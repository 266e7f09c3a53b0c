"""Pages of the ledger by key: nothing twice, nothing left out, no scan."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teams.models import Organization
from tests.usage.ledger.ledgers import full_ledger, run_sql
from usage.models import UsageEvent
from usage.queries.ledger_pages import LedgerPage, Position, event_detail, find_event, ledger_page

pytestmark = pytest.mark.django_db

SIZE = 20


def _onwards(organization: Organization, **options: Any) -> Iterator[LedgerPage]:
    page = ledger_page(organization.pk, size=SIZE, **options)
    yield page
    while page.older:
        page = ledger_page(organization.pk, size=SIZE, after=page.older, **options)
        yield page


def _backwards(organization: Organization, start: LedgerPage) -> Iterator[LedgerPage]:
    page = start
    while page.newer:
        page = ledger_page(organization.pk, size=SIZE, before=page.newer)
        yield page


def test_pages_go_through_250_events_once_each_in_both_directions() -> None:
    organization = full_ledger(250)
    there = list(_onwards(organization))
    seen = [(event.period, event.id) for page in there for event in page.events]
    assert len(seen) == 250
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 250
    assert [len(page.events) for page in there] == [SIZE] * 12 + [10]
    back = list(_backwards(organization, there[-1]))
    assert [page.events for page in reversed(back)] == [page.events for page in there[:-1]]
    assert back[-1].newer is None
    assert back[0].older is not None


def test_a_month_is_paged_alone() -> None:
    organization = full_ledger(250)
    april = date(2026, 4, 1)
    seen = [event for page in _onwards(organization, month=april) for event in page.events]
    assert len(seen) == UsageEvent.objects.filter(period=april).count()
    assert {event.period for event in seen} == {april}


def test_a_last_page_that_is_full_leads_nowhere() -> None:
    organization = full_ledger(2 * SIZE)
    first, last = _onwards(organization)
    assert len(last.events) == SIZE
    assert last.older is None
    assert first.newer is None


def test_another_organizations_events_are_not_seen() -> None:
    organization = full_ledger(20)
    stranger = organization.pk + 1
    position = find_event(organization.pk, "1-1")
    assert position is not None
    assert ledger_page(stranger).events == ()
    assert find_event(stranger, "1-1") is None
    assert event_detail(stranger, position) is None


@pytest.mark.parametrize("direction", ["after", "before"])
def test_every_query_of_a_page_is_a_range_of_the_primary_key(direction: str) -> None:
    organization = full_ledger(250)
    run_sql("ANALYZE usage_event")
    pages = list(_onwards(organization))
    middle: dict[str, Any] = {direction: pages[6].older}
    with CaptureQueriesContext(
        connection,
    ) as queries:
        ledger_page(organization.pk, size=SIZE, **middle)
    assert len(queries) <= 4
    read = [query["sql"] for query in queries if "usage_event" in query["sql"]]
    assert read
    # Of so few rows a scan would be cheapest; without one, only an index in the right order is left.
    run_sql("SET LOCAL enable_seqscan = off")
    run_sql("SET LOCAL enable_bitmapscan = off")
    run_sql("SET LOCAL enable_sort = off")
    for statement in read:
        plan = _plan(statement)
        assert "Seq Scan" not in plan, plan
        assert "Sort" not in plan, plan
        # Whether an event was voided is known by an index of its own.
        assert "pkey on usage_event" in plan or "corrects_idx on usage_event" in plan, plan


def test_an_event_and_its_corrections_are_found_by_index() -> None:
    organization = full_ledger(60)
    position = find_event(organization.pk, "1-7")
    assert position is not None
    with CaptureQueriesContext(connection) as queries:
        event_detail(organization.pk, position)
    run_sql("SET LOCAL enable_seqscan = off")
    read = [query["sql"] for query in queries if '"usage_event"' in query["sql"]]
    assert len(read) == 2
    for statement in read:
        assert "Seq Scan" not in _plan(statement)


def _plan(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(line for (line,) in cursor.fetchall())


def test_the_cost_lines_of_an_event_are_its_cost() -> None:
    organization = full_ledger(60)
    priced = [event for event in UsageEvent.objects.all() if not event.unpriced]
    assert len(priced) > 20
    for event in priced:
        detail = event_detail(organization.pk, Position(event.period, event.id))
        assert detail is not None
        assert sum(line.cost for line in detail.lines if line.cost is not None) == event.contracted_cost
        assert sum(line.quantity for line in detail.lines if "search" not in line.kind) > 0


@pytest.mark.parametrize(
    "text", ["", "2026-11-01", "2026-13-01.00000000-0000-0000-0000-000000000000", "2026-11-01." + "-" * 36]
)
def test_a_text_that_names_no_position(text: str) -> None:
    assert Position.parse(text) is None


def test_a_position_reads_what_it_writes() -> None:
    organization = full_ledger(1)
    position = find_event(organization.pk, "1-0")
    assert position is not None
    assert Position.parse(str(position)) == position
