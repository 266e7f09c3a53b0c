"""The overview against sums that are taken here from the same facts, in plain Python."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teams.permissions import Visible
from tests.usage.overview.scene import EVERYTHING, NOV, NOW, OCT, directory, overview, random_facts
from tests.usage.rollup_factories import book, make_organization, receive
from usage.enums import NoProjection, RowKind
from usage.figures import share_of

pytestmark = pytest.mark.django_db


def assert_sums(rows, facts, *, total):
    """``rows`` are, together, exactly the facts of November."""
    assert sum(row.measures.calls for row in rows) == sum(fact.calls for fact in facts) == total.calls
    assert sum(row.measures.total_tokens for row in rows) == sum(fact.tokens for fact in facts)
    assert sum(row.measures.contracted_cost for row in rows) == sum(fact.money for fact in facts)
    assert sum(row.measures.unpriced_events for row in rows) == sum(fact.cost is None for fact in facts)
    for row in rows:
        assert row.share_of_tokens == share_of(row.measures.total_tokens, total.total_tokens)
        assert row.share_of_cost == share_of(row.measures.contracted_cost, total.contracted_cost)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("top", [1, 2, 10])
def test_every_breakdown_adds_up_to_the_total(organization, seed, top):
    facts = book(organization, random_facts(seed, **directory(organization, count=7)))
    november = [fact for fact in facts if fact.day >= NOV]
    found = overview(organization, top=top)

    assert found.totals.input_tokens == sum(fact.input_tokens for fact in november)
    assert found.totals.output_tokens == sum(fact.output_tokens for fact in november)
    assert found.totals.contracted_cost == sum(fact.money for fact in november)
    assert found.totals.unpriced_tokens == sum(fact.tokens for fact in november if fact.cost is None)
    assert found.failures == sum(fact.failures for fact in november)
    assert found.cached_input_tokens == sum(fact.cached for fact in november)
    for rows in (found.models, found.departments, found.projects, found.members):
        assert_sums(rows, november, total=found.totals)
    assert (
        sum((day.measures.contracted_cost for day in found.days), Decimal(0)) == found.totals.contracted_cost
    )
    assert_sums(found.shared, [fact for fact in november if not fact.member_id], total=_unattributed(found))


def _unattributed(found):
    return next(row.measures for row in found.members if row.kind is RowKind.UNATTRIBUTED)


@pytest.mark.parametrize("seed", range(3))
def test_series_add_up_to_each_day(organization, seed):
    facts = book(organization, random_facts(seed, **directory(organization, count=8)))
    found = overview(organization)

    assert [series.row.kind for series in found.series] == [RowKind.NAMED] * 5 + [RowKind.OTHER]
    assert [day.day for day in found.days] == [NOV + timedelta(days=index) for index in range(18)]
    assert [day.is_partial for day in found.days] == [False] * 17 + [True]
    for index, day in enumerate(found.days):
        on_day = [fact for fact in facts if fact.day == day.day]
        assert day.measures.total_tokens == sum(fact.tokens for fact in on_day)
        assert sum(series.tokens[index] for series in found.series) == day.measures.total_tokens
        assert sum(series.contracted_cost[index] for series in found.series) == day.measures.contracted_cost


@pytest.mark.parametrize("seed", range(3))
def test_changes_of_rows_add_up_to_the_change_of_the_total(organization, seed):
    facts = book(organization, random_facts(seed, **directory(organization, count=6)))
    found = overview(organization, top=2)
    # November 18th is in progress: 17 complete days of each month.
    current = [fact for fact in facts if NOV <= fact.day <= date(2026, 11, 17)]
    previous = [fact for fact in facts if OCT <= fact.day <= date(2026, 10, 17)]

    assert found.compared.days == 17
    assert found.compared.change.tokens == sum(fact.tokens for fact in current)
    assert found.compared.change.previous_contracted_cost == sum(fact.money for fact in previous)
    for rows in (found.models, found.departments, found.projects, found.members):
        assert sum(row.change.tokens for row in rows) == found.compared.change.tokens
        assert sum(row.change.previous_tokens for row in rows) == found.compared.change.previous_tokens


@pytest.mark.parametrize("seed", range(3))
def test_a_restricted_viewer_sees_exactly_their_part(organization, seed):
    ids = directory(organization)
    facts = book(organization, random_facts(seed, **ids))
    led, own = ids["departments"][1], ids["members"][2]
    for visible, is_seen in (
        (Visible(member_ids=frozenset({own})), lambda fact: fact.member_id == own),
        (Visible(department_ids=frozenset({led})), lambda fact: fact.department_id == led),
        (
            Visible(department_ids=frozenset({led}), member_ids=frozenset({own})),
            lambda fact: fact.department_id == led or fact.member_id == own,
        ),
    ):
        seen = [fact for fact in facts if fact.day >= NOV and is_seen(fact)]
        found = overview(organization, visible=visible)
        assert not found.is_whole_organization
        assert found.failures == sum(fact.failures for fact in seen)
        assert found.cached_input_tokens == sum(fact.cached for fact in seen)
        for rows in (found.models, found.departments, found.projects, found.members):
            assert_sums(rows, seen, total=found.totals)
        shared = sum(row.measures.calls for row in found.shared)
        assert shared == sum(fact.calls for fact in seen if not fact.member_id)


def test_a_viewer_of_nothing_sees_zero(organization):
    book(organization, random_facts(1))
    found = overview(organization, visible=Visible())
    assert found.totals.calls == 0
    assert found.models == found.members == found.series == ()


def test_another_organization_is_never_counted(organization):
    other = make_organization(months=[OCT, NOV])
    book(other, random_facts(2))
    receive(other, last_occurred_at=NOW)
    found = overview(organization)
    assert found.totals.calls == found.failures == 0
    assert found.last_event_at is None
    assert found.projected.reason == NoProjection.NO_USAGE


@pytest.mark.parametrize("is_whole", [True, False])
def test_queries_do_not_grow_with_usage(organization, is_whole):
    ids = directory(organization, count=12)
    visible = EVERYTHING if is_whole else Visible(department_ids=frozenset(ids["departments"]))

    def queries():
        with CaptureQueriesContext(connection) as captured:
            overview(organization, visible=visible)
        return len(captured)

    book(organization, random_facts(1, **{name: some[:2] for name, some in ids.items()}))
    few = queries()
    book(organization, [replace(fact, feature="more") for fact in random_facts(2, **ids)])
    assert queries() == few <= 12
