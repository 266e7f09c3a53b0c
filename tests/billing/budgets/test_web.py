"""The page "Budgets": who sees and changes what, and what it says."""

from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.enums import BudgetUnit, PeriodKind
from billing.models import Budget
from billing.queries.budget_scopes import scope_choices
from teams.enums import Role, ScopeKind
from teams.models import AuditEntry, Member
from tests.billing.budgets.scene import NOW, drain, make_budget, spend
from tests.billing.web.page import Page
from tests.teams.factories import DepartmentFactory, MemberFactory, ProjectFactory, UserFactory

URL = "/o/acme/budgets/"


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def budgets(cast):
    """One budget per scope, each with something spent."""
    bob = cast.member(cast.bob)
    support = DepartmentFactory(organization=cast.acme, name="Support")
    atlas = ProjectFactory(organization=cast.acme, name="Atlas")
    made = {
        "all": make_budget(cast.acme, 1000, name="Everything"),
        "research": make_budget(
            cast.acme, 100, name="Research", scope_kind="department", scope_id=cast.research.pk
        ),
        "support": make_budget(cast.acme, 100, name="Helpdesk", scope_kind="department", scope_id=support.pk),
        "atlas": make_budget(
            cast.acme, 5000, name="Atlas tokens", scope_kind="project", scope_id=atlas.pk, unit="tokens"
        ),
        "bob": make_budget(
            cast.acme, 10, name="Bob weekly", scope_kind="member", scope_id=bob.pk, period_kind="week"
        ),
    }
    spend(cast.acme, "412.50")
    spend(cast.acme, "92", kind="department", scope_id=cast.research.pk)
    spend(cast.acme, tokens=1234, kind="project", scope_id=atlas.pk)
    spend(cast.acme, "12.34", unpriced=2, kind="member", scope_id=bob.pk)
    drain()
    return made


def names(client, user):
    client.force_login(user)
    response = client.get(URL)
    assert response.status_code == 200
    tables = Page(response.content.decode()).tables
    return [row[0].split("  ")[0] for row in tables[0].rows] if tables else []


def test_everyone_sees_what_concerns_them(budgets, cast, client):
    everything = ["Everything", "Helpdesk", "Research", "Atlas tokens", "Bob weekly"]
    shown = " ".join(names(client, cast.alice))
    assert all(name in shown for name in everything)
    assert [name.split()[0] for name in names(client, cast.dana)] == ["Research"]
    assert [name.split()[0] for name in names(client, cast.bob)] == ["Bob"]


def test_an_outsider_learns_nothing(budgets, cast, client):
    client.force_login(cast.charlie)
    paths = [URL, f"{URL}new/", f"{URL}{budgets['all'].pk}/", f"/o/other/budgets/{budgets['all'].pk}/"]
    assert {client.get(path).status_code for path in paths} == {404}


def test_figures_states_and_marks(budgets, cast, client):
    client.force_login(cast.alice)
    page = Page(client.get(URL).content.decode())
    rows = {row[0].split()[0]: row for row in page.tables[0].rows}
    # Columns: name, state, part, spent, limit, left, period; a figure stands as its plain number.
    assert [Decimal(cell) for cell in rows["Research"][3:6]] == [92, 100, 8]
    assert [Decimal(cell) for cell in rows["Bob"][3:6]] == [Decimal("12.34"), 10, Decimal("2.34")]
    text = " ".join(page.text.split())
    for words in (
        "Caution",
        "Critical",
        "On track",
        "over by",
        "at least",
        "crossed 75% · 90%",
        "Nov 16 – 22",
    ):
        assert words in text, words
    assert page.inline == []


def test_an_owner_makes_and_changes_a_budget(cast, client):
    client.force_login(cast.alice)
    filled = {
        "name": "Research by the week",
        "scope": f"department:{cast.research.pk}",
        "limit": "250",
        "unit": "money",
        "period_kind": "week",
        "thresholds": "100, 50 80",
    }
    assert client.get(f"{URL}new/").status_code == 200
    assert client.post(f"{URL}new/", filled).status_code == 302
    budget = Budget.objects.get()
    assert (budget.scope_id, budget.period_kind, budget.thresholds) == (
        cast.research.pk, PeriodKind.WEEK, [50, 80, 100],
    )  # fmt: skip
    edited = filled | {"limit": "300", "unit": "tokens", "is_active": "on"}
    assert client.post(f"{URL}{budget.pk}/", edited).status_code == 302
    budget.refresh_from_db()
    assert (budget.limit, budget.unit, budget.version) == (Decimal(300), BudgetUnit.TOKENS.value, 2)
    actions = AuditEntry.objects.filter(actor=cast.alice).values_list("action", flat=True)
    assert list(actions) == ["budget.changed", "budget.created"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limit", "-1"), ("limit", "1.234"), ("limit", "NaN"), ("thresholds", "0"), ("thresholds", "many"),
        ("thresholds", ""), ("scope", "project:1"), ("scope", "member:x"), ("name", ""), ("name", "a\0b"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_made(cast, client, field, value):
    client.force_login(cast.alice)
    filled = {
        "name": "Budget", "scope": f"organization:{cast.acme.pk}", "limit": "5", "unit": "money",
        "period_kind": "month", "thresholds": "75",
    }  # fmt: skip
    response = client.post(f"{URL}new/", filled | {field: value})
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert not Budget.objects.exists()


def test_a_lead_edits_the_budgets_of_their_department_only(budgets, cast, client):
    client.force_login(cast.dana)
    offered = client.get(f"{URL}new/").content.decode()
    assert f"department:{cast.research.pk}" in offered
    assert "organization:" not in offered and "member:" not in offered and "Support" not in offered
    assert client.get(f"{URL}{budgets['research'].pk}/").status_code == 200
    assert client.get(f"{URL}{budgets['support'].pk}/").status_code == 404
    assert client.get(f"{URL}{budgets['bob'].pk}/").status_code == 404


def test_a_member_and_an_auditor_change_nothing(budgets, cast, client):
    auditor = UserFactory()
    MemberFactory(organization=cast.acme, user=auditor, role=Role.AUDITOR)
    for user in (cast.bob, auditor):
        client.force_login(user)
        assert client.get(f"{URL}new/").status_code == 404
        assert client.post(f"{URL}{budgets['bob'].pk}/", {"limit": "1000000"}).status_code == 404
        assert "New budget" not in client.get(URL).content.decode()


def test_a_budget_out_of_use_is_listed_apart_for_those_who_may_edit(budgets, cast, client):
    Budget.objects.filter(pk=budgets["bob"].pk).update(is_active=False)
    assert "Bob weekly" not in " ".join(names(client, cast.bob))
    client.force_login(cast.alice)
    page = Page(client.get(URL).content.decode())
    assert "Not in use" in page.text and len(page.tables[0].rows) == 4


def test_the_page_reads_as_often_for_many_as_for_few(budgets, cast, client):
    client.force_login(cast.alice)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(URL).status_code == 200
        return len(captured)

    few = queries()
    for number in range(8):
        member = MemberFactory(organization=cast.acme)
        make_budget(cast.acme, 5, name=f"More {number}", scope_kind=ScopeKind.MEMBER, scope_id=member.pk)
    assert queries() == few


def test_hostile_names_are_shown_escaped(cast, client):
    make_budget(cast.acme, 5, name='<script>alert("x")</script>')
    client.force_login(cast.alice)
    html = client.get(URL).content.decode()
    assert "&lt;script&gt;alert" in html and "<script>alert" not in html


def test_choices_leave_out_leavers_and_merged_entries(cast):
    Member.objects.filter(user=cast.bob).update(left_at=NOW)
    DepartmentFactory(organization=cast.acme, merged_into=cast.research)
    offered = dict(scope_choices(cast.acme))
    assert [name for _value, name in offered["Department"]] == ["Research"]
    assert [name for _value, name in offered["Member"]] == ["Alice", "Dana"]


def test_an_empty_page_says_what_will_be_there(cast, client):
    client.force_login(cast.alice)
    assert "No budget yet" in client.get(URL).content.decode()


def test_the_overview_of_this_month_shows_the_budgets_spent_most(budgets, cast, client):
    client.force_login(cast.alice)
    spend(cast.acme, 1, day=NOW.date().replace(month=10))
    text = Page(client.get("/o/acme/").content.decode()).text
    shown = ["Bob weekly", "Research", "Everything", "Atlas tokens"]
    positions = [text.index(name) for name in shown]
    assert positions == sorted(positions) and "Helpdesk" not in text
    client.force_login(cast.bob)
    text = Page(client.get("/o/acme/").content.decode()).text
    assert "Research" not in text
