"""The month report: months, their changes, departments and budgets; who sees which."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from time_machine import travel

from billing.enums import BudgetUnit, PeriodKind
from billing.models import Budget, ExchangeRate, PeriodRate
from teams.enums import KeyScope, ScopeKind
from teams.models import Organization, User
from tests.billing.budgets.scene import make_budget
from tests.billing.web.page import Page
from tests.described import described
from tests.teams.cast import Cast
from tests.teams.factories import DepartmentFactory, make_api_key
from tests.usage.rollup_factories import Fact, book, make_period

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
"""Ten days of March are over."""
URL, PAGE = "/api/v1/usage/months", "/o/acme/months/"


@pytest.fixture(autouse=True)
def frozen_time() -> Iterator[None]:
    with travel(NOW, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        yield


@pytest.fixture
def acme(cast: Cast) -> Cast:
    """Bob of Research: 1,000 tokens for 10 dollars each 5th of a month since January 2025; some of nobody's."""
    bob, research = cast.member(cast.bob).pk, cast.research.pk
    legal = DepartmentFactory(organization=cast.acme, external_id="legal", name="Legal").pk
    months = [date(2025, month, 1) for month in range(1, 13)] + [date(2026, month, 1) for month in (1, 2, 3)]
    make_period(cast.acme, months[-1])
    book(
        cast.acme,
        [
            Fact(
                day=month.replace(day=5),
                member_id=bob,
                department_id=research,
                input_tokens=1000,
                cost=Decimal(10),
            )
            for month in months
        ]
        + [
            Fact(day=date(2026, 2, 20), department_id=legal, input_tokens=50, cost=Decimal(90)),
            Fact(day=date(2026, 3, 11), input_tokens=7, cost=None),
            Fact(day=date(2025, 3, 20), input_tokens=11, cost=Decimal("0.5")),
        ],
    )
    return cast


def ask(user: User, **parameters: Any) -> dict[str, Any]:
    client = Client()
    client.force_login(user)
    response = client.get(URL, {"organization": "acme", **parameters})
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def look(user: User, url: str = PAGE) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def costs(answer: dict[str, Any]) -> dict[str, str]:
    return {row["month"]: row["measures"]["contracted_cost"] for row in answer["months"]}


def test_thirteen_months_and_their_changes(acme: Cast) -> None:
    answer = ask(acme.alice)
    assert len(answer["months"]) == 13
    assert answer["days"] == {"first": "2025-03-01", "last": "2026-03-11"}
    march, february = answer["months"][:2]
    assert (march["month"], march["is_partial"], march["days"]) == ("2026-03", True, 10)
    # Ten full days against ten: what came on the 20th of the other months is not among them.
    assert (march["change"]["contracted_cost"], march["change"]["previous_contracted_cost"]) == ("10", "10")
    assert march["year_change"]["previous_contracted_cost"] == "10"
    assert (march["measures"]["total_tokens"], march["measures"]["unpriced_tokens"]) == (1007, 7)
    assert (february["change"]["cost_percent"], february["year_change"]["cost_percent"]) == ("900.0", "900.0")
    assert answer["months"][-1]["measures"]["contracted_cost"] == "10.5"
    assert answer["months"][-1]["change"]["previous_contracted_cost"] == "10"


def test_departments_add_up_to_every_month(acme: Cast) -> None:
    answer = ask(acme.alice)
    series = answer["departments"]
    assert [line["row"]["name"] or line["row"]["kind"] for line in series["series"]] == [
        "Research",
        "Legal",
        "unattributed",
    ]
    by_month = costs(answer)
    for index, step in enumerate(series["steps"]):
        told = [line["measures"][index] for line in series["series"]]
        assert sum(Decimal(measures["contracted_cost"]) for measures in told) == Decimal(
            by_month[step["first"][:7]]
        )
        assert sum(measures["total_tokens"] for measures in told) == series["totals"][index]["total_tokens"]
    assert sum(map(Decimal, by_month.values())) == Decimal(answer["total"]["contracted_cost"])


def test_a_fiscal_year_begins_where_the_organization_says(acme: Cast) -> None:
    Organization.objects.filter(pk=acme.acme.pk).update(fiscal_year_start=4)
    answer = ask(acme.alice, year=2025)
    assert [row["month"] for row in answer["months"]] == [
        "2026-03", "2026-02", "2026-01", *(f"2025-{month:02d}" for month in range(12, 3, -1))
    ]  # fmt: skip
    assert answer["fiscal_years"] == [2025, 2024, 2023, 2022]
    # The year before: what there was of it, and no month before the first usage.
    assert [row["month"] for row in ask(acme.alice, year=2024)["months"]] == ["2025-03", "2025-02", "2025-01"]
    assert "Fiscal year 2025/2026" in look(acme.alice)


@pytest.mark.parametrize("year", ["2027", "1999", "soon", "2026x"])
def test_a_year_that_cannot_be_shown_is_named(acme: Cast, year: str) -> None:
    client = Client()
    client.force_login(acme.alice)
    response = client.get(URL, {"organization": "acme", "year": year})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "year")
    assert client.get(PAGE, {"year": year}).status_code == 400


def test_each_sees_their_own_part(acme: Cast) -> None:
    """Dana leads Research, Bob is of it; neither learns of Legal."""
    for user in (acme.dana, acme.bob):
        answer = ask(user)
        assert set(costs(answer).values()) == {"10"}, user
        assert [line["row"]["name"] for line in answer["departments"]["series"]] == ["Research"]
        assert "Legal" not in look(user)
    client = Client()
    client.force_login(acme.charlie)
    assert client.get(PAGE).status_code == client.get(URL, {"organization": "acme"}).status_code == 404
    secret = make_api_key(acme.acme, KeyScope.USAGE_READ).secret
    told = Client().get(URL, headers={"X-API-Key": secret}).json()
    assert costs(told) == costs(ask(acme.alice))


def test_a_month_that_has_just_begun_has_no_change(acme: Cast) -> None:
    with travel(datetime(2026, 3, 1, 8, tzinfo=UTC), tick=False):
        march = ask(acme.alice)["months"][0]
    assert (march["change"], march["year_change"], march["days"]) == (None, None, 0)


def budget(cast: Cast, **fields: Any) -> Budget:
    defaults: dict[str, Any] = {"limit": 40, "name": "All", "now": NOW}
    made = make_budget(cast.acme, **(defaults | fields))
    Budget.objects.filter(pk=made.pk).update(watched_from=date(2026, 2, 1))
    return made


def test_budgets_stand_beside_what_was_spent_in_each_month(acme: Cast) -> None:
    budget(acme)
    budget(acme, name="By the year", period_kind=PeriodKind.YEAR)
    budget(acme, name="Not in use")
    Budget.objects.filter(name="Not in use").update(is_active=False)
    answer = ask(acme.alice)
    (told,) = answer["budgets"]
    assert (told["name"], told["limit"], told["since"], len(told["months"])) == (
        "All", "40", "2026-02-01", 13
    )  # fmt: skip
    march, february, january = told["months"][:3]
    assert (march["spent"], march["is_partial"], march["is_lower_bound"]) == ("10", True, True)
    assert (february["spent"], february["left"], february["percent"], february["level"]) == (
        "100", "-60", "250.0", "critical"
    )  # fmt: skip
    assert (february["held"], january["held"]) == (True, False)
    page = Page(look(acme.alice))
    table = page.table("Budget All against what was spent")
    assert [row[1] for row in table.rows[:3]] == [
        "10.000000000000000",
        "100.000000000000000",
        "10.000000000000000",
    ]
    assert "as today" in page.text


def test_budgets_of_departments_and_tokens_and_whose_they_are(acme: Cast) -> None:
    bob, dana = acme.member(acme.bob).pk, acme.member(acme.dana).pk
    budget(acme, name="Whole", unit=BudgetUnit.TOKENS, limit=2000)
    budget(acme, name="Lab", scope_kind=ScopeKind.DEPARTMENT, scope_id=acme.research.pk)
    budget(acme, name="Bob's", scope_kind=ScopeKind.MEMBER, scope_id=bob)
    budget(acme, name="Dana's", scope_kind=ScopeKind.MEMBER, scope_id=dana)
    seen = {
        user.email.split("@")[0]: [told["name"] for told in ask(user)["budgets"]]
        for user in (acme.alice, acme.dana, acme.bob)
    }
    assert seen == {"alice": ["Whole", "Lab"], "dana": ["Lab", "Dana's"], "bob": ["Bob's"]}
    whole, lab = ask(acme.alice)["budgets"]
    assert (whole["months"][0]["spent"], whole["currency"]) == ("1007", "")
    assert lab["months"][1]["spent"] == "10"


def test_each_month_is_converted_at_its_own_rate(acme: Cast) -> None:
    Organization.objects.filter(pk=acme.acme.pk).update(currency="EUR")
    acme.acme.refresh_from_db()
    budget(acme)
    ExchangeRate.objects.create(
        currency="EUR", rate_date=date(2026, 1, 30), units_per_usd=Decimal("0.5"), source="test"
    )
    PeriodRate.objects.create(
        organization=acme.acme, period=date(2026, 1, 1), currency="EUR", units_per_usd=2, rate_date=None
    )
    with CaptureQueriesContext(connection) as queries:
        spent = [month["spent"] for month in ask(acme.alice)["budgets"][0]["months"]]
    # The only rate there is holds for what came before it, too.
    assert spent == ["5", "50", "20", *["5"] * 9, "5.25"]
    assert sum("rate" in query["sql"] and "billing_" in query["sql"] for query in queries) <= 4


def test_the_page_says_the_same_in_either_face(acme: Cast) -> None:
    budget(acme)
    for user, url in ((acme.alice, PAGE), (acme.carol, "/admin/panels/acme/months/")):
        html = look(user, url)
        page = Page(html)
        table = page.table("Tokens, calls and cost of each month")
        assert sum(table.column(3)) == Decimal(table.total[3]) == Decimal("220.5")
        departments = page.table("Cost of each department")
        assert [sum(departments.column(index)) for index in range(1, 14)] == [
            Decimal(total) for total in departments.total[1:]
        ]
        assert "March 2026 so far" in " ".join(page.text.split())
    assert Page(look(acme.alice)).inline == []


def test_titles_say_of_what_the_chart_and_the_tables_are(acme: Cast) -> None:
    for query, shown, hidden in (("", "tokens", "cost"), ("?basis=cost", "cost", "tokens")):
        html = look(acme.alice, PAGE + query)
        assert f'<span data-said-by="{shown}">' in html
        assert f'<span data-said-by="{hidden}" hidden>' in html
        assert "Cost of departments" in Page(html).text


def test_departments_have_the_newest_month_beside_their_name(acme: Cast) -> None:
    html = look(acme.alice)
    departments = html[html.index("Cost of each department") :]
    assert (
        departments.index("Mar<br>2026") < departments.index("Feb<br>2026") < departments.index("Jan<br>2026")
    )
    table = Page(html).table("Cost of each department")
    assert Decimal(table.total[2]) == Decimal(100)


def test_without_usage_or_budgets_the_page_says_what_will_be_here(cast: Cast) -> None:
    text = Page(look(cast.alice)).text
    assert "No usage in these months" in text
    assert "There is no budget per calendar month" in text


def test_the_answer_is_what_the_schema_says(acme: Cast, api_document: dict[str, Any]) -> None:
    budget(acme)
    described(api_document, "usage/months").validate(ask(acme.alice))
    names = {parameter["name"] for parameter in api_document["paths"][URL]["get"]["parameters"]}
    assert names == {"organization", "year", "basis", "If-None-Match"}
