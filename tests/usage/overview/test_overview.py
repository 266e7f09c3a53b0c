"""The overview against sums that are taken here from the same facts, in plain Python."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teams.models import Department, Member, Project
from teams.permissions import Visible
from tests.usage.rollup_factories import Fact, book, make_organization, receive
from usage.enums import NoProjection, RowKind
from usage.models import Integration, LlmModel, UsagePeriod
from usage.queries.overview import usage_overview

NOV, OCT = date(2026, 11, 1), date(2026, 10, 1)
NOW = datetime(2026, 11, 18, 15, 30, tzinfo=UTC)
EVERYTHING = Visible(whole_organization=True)

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return make_organization(months=[OCT, NOV])


def overview(organization, *, visible=EVERYTHING, now=NOW, **options):
    return usage_overview(organization=organization, visible=visible, now=now, **options)


def random_facts(seed, *, members=(0,), departments=(0,), projects=(0,), models=(0,), integrations=(0,)):
    """Usage of October and November 1st to 18th, with gaps, unpriced events and 15-decimal costs."""
    dice = random.Random(seed)
    facts = []
    for offset in range(49):
        for _ in range(dice.choice([0, 1, 3, 6])):
            facts.append(
                Fact(
                    day=OCT + timedelta(days=offset),
                    member_id=dice.choice(members),
                    department_id=dice.choice(departments),
                    project_id=dice.choice(projects),
                    integration_id=dice.choice(integrations),
                    model_id=dice.choice(models),
                    feature=dice.choice(["", "chat", "agents"]),
                    platform=dice.choice(["", "web"]),
                    calls=dice.randint(1, 9),
                    failures=dice.randint(0, 2),
                    input_tokens=dice.randint(0, 10**7),
                    cached=dice.randint(0, 10**5),
                    output_tokens=dice.randint(0, 10**6),
                    cost=None if dice.random() < 0.15 else Decimal(dice.randint(0, 10**18)).scaleb(-15),
                )
            )
    return facts


def directory(organization, *, count=3):
    """Ids of each dimension, 0 (none was sent) included."""
    return {
        "members": [0, *_ids(Member, organization, "m", count)],
        "departments": [0, *_ids(Department, organization, "d", count)],
        "projects": [0, *_ids(Project, organization, "p", count)],
        "integrations": [0, *_ids(Integration, organization, "i", count)],
        "models": [
            0,
            *(LlmModel.objects.create(provider_name="x", name=f"model-{index}").pk for index in range(count)),
        ],
    }


def _ids(model, organization, prefix, count):
    return [
        model.objects.create(
            organization=organization, external_id=f"{prefix}{index}", name=f"{prefix} {index}"
        ).pk
        for index in range(count)
    ]


def assert_sums(rows, facts, *, total):
    """``rows`` are, together, exactly the facts of November."""
    assert sum(row.measures.calls for row in rows) == sum(fact.calls for fact in facts) == total.calls
    assert sum(row.measures.total_tokens for row in rows) == sum(fact.tokens for fact in facts)
    assert sum(row.measures.contracted_cost for row in rows) == sum(fact.money for fact in facts)
    assert sum(row.measures.unpriced_events for row in rows) == sum(fact.cost is None for fact in facts)
    for shares in ([row.share_of_tokens for row in rows], [row.share_of_cost for row in rows]):
        assert sum(shares) == Decimal(100)


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


def test_daily_average_is_per_complete_day(organization):
    book(
        organization,
        [
            Fact(day=NOV, input_tokens=100, cost=Decimal("1.7")),
            Fact(day=date(2026, 11, 18), input_tokens=10**6, cost=Decimal(50)),
        ],
    )
    average = overview(organization).daily_average
    assert (average.days, average.contracted_cost) == (17, Decimal("0.1"))
    assert average.tokens * 17 == pytest.approx(100)


def test_the_first_day_has_neither_average_nor_comparison(organization):
    book(organization, [Fact(day=OCT, input_tokens=5), Fact(day=NOV, input_tokens=7)])
    found = overview(organization, now=datetime(2026, 11, 1, 9, tzinfo=UTC))
    assert found.daily_average.tokens is None
    assert found.compared is None
    assert [row.change for row in found.models] == [None]
    assert found.totals.total_tokens == 7


def test_a_period_that_is_over_is_compared_whole_and_not_projected(organization):
    book(organization, [Fact(day=date(2026, 10, 31), input_tokens=5), Fact(day=NOV, input_tokens=7)])
    found = overview(organization, month=OCT)
    assert found.totals.total_tokens == 5
    assert (found.period.today, found.period.complete_days, len(found.days)) == (None, 31, 31)
    assert not any(day.is_partial for day in found.days)
    assert found.projected.reason == NoProjection.PERIOD_OVER
    assert found.compared.days == 31


def test_a_long_month_is_compared_over_as_many_days_as_the_short_one_had():
    organization = make_organization(months=[date(2026, 2, 1), date(2026, 3, 1)])
    book(organization, [Fact(day=date(2026, 3, day), input_tokens=1) for day in range(1, 31)])
    compared = overview(organization, now=datetime(2026, 3, 31, 12, tzinfo=UTC)).compared
    assert (compared.days, compared.change.tokens) == (28, 28)


def test_projection_reads_the_last_four_weeks(organization):
    book(
        organization,
        [
            Fact(day=OCT + timedelta(days=index), input_tokens=70, output_tokens=30, cost=Decimal("0.5"))
            for index in range(48)
        ],
    )
    projected = overview(organization).projected
    assert (projected.reason, projected.weeks, projected.history_days) == (None, 4, 48)
    assert projected.tokens == projected.tokens_low == projected.tokens_high == 30 * 100
    assert projected.cost == 15


def test_too_little_history_is_said(organization):
    book(organization, [Fact(day=date(2026, 11, 10), input_tokens=70)])
    projected = overview(organization).projected
    assert (projected.reason, projected.history_days) == (NoProjection.NOT_ENOUGH_HISTORY, 8)
    assert projected.tokens is projected.cost is None


def test_an_organization_without_usage(organization):
    found = overview(organization)
    assert found.totals.total_tokens == found.totals.calls == found.totals.contracted_cost == 0
    assert found.models == found.members == found.departments == found.shared == found.series == ()
    assert len(found.days) == 18
    assert found.projected.reason == NoProjection.NO_USAGE
    assert found.last_event_at is None


def test_an_organization_that_never_received_anything_has_no_periods_yet():
    organization = make_organization(time_zone="Asia/Kathmandu")
    found = overview(organization, now=datetime(2026, 10, 31, 18, 15, tzinfo=UTC))
    assert (found.period.month, found.period.today) == (NOV, NOV)
    assert found.period.starts_at == datetime(2026, 10, 31, 18, 15, tzinfo=UTC)
    assert overview(organization, month=OCT) is None


def test_a_period_that_is_unknown_or_ahead_is_none(organization):
    assert overview(organization, month=date(2020, 1, 1)) is None
    assert overview(organization, month=NOV, now=datetime(2026, 10, 20, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("time_zone", "now", "today"),
    [
        # One minute before and at local midnight in Kathmandu, +05:45.
        ("Asia/Kathmandu", datetime(2026, 11, 17, 18, 14, tzinfo=UTC), date(2026, 11, 17)),
        ("Asia/Kathmandu", datetime(2026, 11, 17, 18, 15, tzinfo=UTC), date(2026, 11, 18)),
        ("Pacific/Kiritimati", datetime(2026, 10, 31, 10, 0, tzinfo=UTC), NOV),
        # Clocks in New York went back on November 1st: 05:30 UTC is 01:30 the first time, 06:30 the second.
        ("America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC), NOV),
        ("America/New_York", datetime(2026, 11, 1, 6, 30, tzinfo=UTC), NOV),
        ("America/New_York", datetime(2026, 11, 2, 4, 59, tzinfo=UTC), NOV),
        ("America/New_York", datetime(2026, 11, 2, 5, 0, tzinfo=UTC), date(2026, 11, 2)),
    ],
)
def test_today_is_the_day_of_the_zone(time_zone, now, today):
    organization = make_organization(time_zone=time_zone, months=[OCT, NOV])
    book(organization, [Fact(day=today, input_tokens=9), Fact(day=today + timedelta(days=1), input_tokens=1)])
    found = overview(organization, now=now)
    assert (found.period.month, found.period.today) == (NOV, today)
    assert (found.days[-1].day, found.days[-1].is_partial) == (today, True)
    assert found.totals.total_tokens == 9


def test_a_day_outside_of_the_month_beside_a_zone_change_is_clamped():
    # October in Kiritimati (+14) ends late, since November is in Honolulu (-10): its last day goes on.
    organization = make_organization(time_zone="Pacific/Honolulu", months=[NOV])
    october = datetime(2026, 10, 1, tzinfo=UTC) - timedelta(hours=14)
    organization.zones.update(time_zone="Pacific/Kiritimati")
    UsagePeriod.objects.create(
        organization=organization,
        period=OCT,
        time_zone="Pacific/Kiritimati",
        starts_at=october,
        ends_at=datetime(2026, 11, 1, 10, tzinfo=UTC),
    )
    found = overview(organization, now=datetime(2026, 10, 31, 23, tzinfo=UTC))
    assert (found.period.month, found.period.today) == (OCT, date(2026, 10, 31))


def test_merged_entries_show_under_the_one_they_were_merged_into(organization):
    kept = Member.objects.create(organization=organization, external_id="anna", name="Anna")
    old = Member.objects.create(
        organization=organization, external_id="a.smith", is_placeholder=True, merged_into=kept
    )
    unnamed = Member.objects.create(organization=organization, external_id="u-77", is_placeholder=True)
    book(
        organization,
        [
            Fact(day=NOV, member_id=kept.pk, input_tokens=10, cost=Decimal(1)),
            Fact(day=OCT, member_id=old.pk, input_tokens=5, cost=Decimal(1)),
            Fact(day=NOV, member_id=old.pk, input_tokens=20, cost=Decimal(2)),
            Fact(day=NOV, member_id=unnamed.pk, input_tokens=1),
            Fact(day=NOV, input_tokens=4),
        ],
    )
    first, second, last = overview(organization).members
    assert (first.name, first.measures.total_tokens, first.measures.contracted_cost) == ("Anna", 30, 3)
    assert (first.change.tokens, first.change.previous_tokens) == (30, 5)
    assert (second.name, second.external_id, second.is_placeholder) == ("u-77", "u-77", True)
    assert (last.kind, last.id, last.measures.total_tokens) == (RowKind.UNATTRIBUTED, 0, 4)


def test_members_beyond_the_top_are_one_row(organization):
    members = _ids(Member, organization, "m", 14)
    book(
        organization,
        [Fact(day=NOV, member_id=member, cost=Decimal(index + 1)) for index, member in enumerate(members)],
    )
    rows = overview(organization, top=10).members
    assert [row.id for row in rows[:10]] == list(reversed(members))[:10]
    assert (rows[10].kind, rows[10].entries, rows[10].measures.contracted_cost) == (
        RowKind.OTHER,
        4,
        1 + 2 + 3 + 4,
    )
    assert len(rows) == 11
    # One too many takes no more room than "other" would.
    assert len(overview(organization, top=13).members) == 14


def test_an_unpriced_model_leads_by_its_tokens(organization):
    models = [LlmModel.objects.create(provider_name="x", name=f"m{index}").pk for index in range(8)]
    book(
        organization,
        [
            *(Fact(day=NOV, model_id=model, input_tokens=1, cost=Decimal(1)) for model in models[:7]),
            Fact(day=NOV, model_id=models[7], input_tokens=10**9, cost=None),
        ],
    )
    found = overview(organization)
    assert found.series[0].row.id == models[7]
    row = next(row for row in found.models if row.id == models[7])
    assert (row.measures.contracted_cost, row.measures.unpriced_events, row.measures.unpriced_tokens) == (
        0,
        1,
        10**9,
    )
    assert (found.totals.unpriced_events, found.totals.unpriced_tokens) == (1, 10**9)


def test_shared_use_is_by_project_then_integration_then_key(organization):
    (project,), (integration,) = _ids(Project, organization, "p", 1), _ids(Integration, organization, "i", 1)
    book(
        organization,
        [
            Fact(day=NOV, project_id=project, integration_id=integration, input_tokens=8, cost=Decimal(8)),
            Fact(day=NOV, integration_id=integration, input_tokens=4, cost=Decimal(4)),
            Fact(day=NOV, input_tokens=2, cost=Decimal(2)),
            Fact(day=NOV, member_id=77, project_id=project, input_tokens=100, cost=Decimal(100)),
        ],
    )
    rows = overview(organization).shared
    assert [(row.entity, row.id, row.kind, row.measures.total_tokens) for row in rows] == [
        ("project", project, RowKind.NAMED, 8),
        ("integration", integration, RowKind.NAMED, 4),
        ("integration", 0, RowKind.UNATTRIBUTED, 2),
    ]
    assert [row.name for row in rows] == ["p 0", "i 0", ""]


def test_an_entry_that_is_gone_keeps_its_usage(organization):
    book(organization, [Fact(day=NOV, member_id=4711, input_tokens=3)])
    (row,) = overview(organization).members
    assert (row.name, row.measures.total_tokens) == ("#4711", 3)


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


def test_the_last_event_is_the_latest_that_came_in(organization):
    receive(organization, last_occurred_at=NOW - timedelta(days=3))
    receive(organization, last_occurred_at=NOW - timedelta(days=1))
    assert overview(organization).last_event_at == NOW - timedelta(days=1)


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
