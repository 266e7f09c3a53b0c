"""The lines of a breakdown: who is shown as what, and in which order."""

from decimal import Decimal

import pytest

from teams.models import Member, Project
from tests.usage.overview.scene import NOV, OCT, entries, overview
from tests.usage.rollup_factories import Fact, book
from usage.enums import RowKind
from usage.models import Integration, LlmModel

pytestmark = pytest.mark.django_db


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
    members = entries(Member, organization, "m", 14)
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
    (project,), (integration,) = (
        entries(Project, organization, "p", 1),
        entries(Integration, organization, "i", 1),
    )
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
