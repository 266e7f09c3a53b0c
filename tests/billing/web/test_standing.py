"""The overview beside usage, page and API: plan, running invoice, budgets; who sees which."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from time_machine import travel

from billing.queries.month_close import invoice_preview
from teams.enums import KeyScope, Role, ScopeKind
from teams.models import Member, User
from tests.billing.budgets.scene import make_budget
from tests.billing.issued import JULY, NOW, Issued, issue
from tests.billing.web.page import Page
from tests.teams.cast import Cast
from tests.teams.factories import make_api_key
from tests.usage.ledger_fixtures import event, store

pytestmark = pytest.mark.django_db
PAGE, API = "/o/juno/", "/api/v1/usage/overview"
SEERS = (Role.OWNER, Role.ADMIN, Role.BILLING, Role.AUDITOR)


@pytest.fixture(autouse=True)
def frozen_time():
    with travel(NOW, tick=False):
        yield


@pytest.fixture
def issued(cast: Cast) -> Issued:
    return issue(cast)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def answer(user: User, **parameters: str) -> dict[str, Any]:
    response = signed_in(user).get(API, {"organization": "juno", **parameters})
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def page(user: User, query: str = "") -> Page:
    response = signed_in(user).get(PAGE + query)
    assert response.status_code == 200
    return Page(response.content.decode())


def own(issued: Issued, role: Role) -> Member:
    return Member.objects.get(user=issued.people[role], organization=issued.juno)


@pytest.mark.parametrize(("currency", "decimals"), [("USD", 2), ("EUR", 2), ("JPY", 0)])
def test_page_and_api_say_what_the_month_close_would_say(cast: Cast, currency: str, decimals: int) -> None:
    issued = issue(cast, currency=currency, units_per_usd="0.9123" if currency == "EUR" else "149.37")
    expected = invoice_preview(organization=issued.juno, period=JULY).calculation
    preview = answer(cast.alice)["invoice_preview"]
    assert preview["currency"] == currency
    assert preview["total"] == f"{expected.total:.{decimals}f}"
    assert Decimal(preview["net_total"]) == expected.net_total
    assert sum(Decimal(line["amount"]) for line in preview["lines"]) == expected.net_total
    assert [line["kind"] for line in preview["lines"]] == ["base_fee", "usage", "included"]
    shown = page(cast.alice)
    assert "Invoice so far" in shown.text
    assert {str(expected.total), str(expected.net_total)} <= set(shown.values)


def test_the_plan_says_how_much_of_what_it_includes_is_used(cast: Cast, issued: Issued) -> None:
    assert answer(cast.alice)["plan"] == {
        "name": "Team",
        "included_tokens": 2_000_000,
        "used_tokens": 1_000_100,
        "used_percent": "50.0",
    }
    assert "50.0% of 2.00M included" in " ".join(page(cast.alice).text.split())
    store(issued.juno, event(occurred_at=NOW, input_tokens=1_500_000, output_tokens=0), received_at=NOW)
    assert answer(cast.alice)["plan"]["used_percent"] == "125.0"
    assert "0.500M beyond" in " ".join(page(cast.alice).text.split())


def test_only_who_may_see_invoices_sees_invoice_money(cast: Cast, issued: Issued) -> None:
    for role in Role:
        body, shown = answer(issued.people[role]), page(issued.people[role])
        assert (body["invoice_preview"] is not None) == (role in SEERS), role
        assert (body["plan"] is not None) == (role in SEERS), role
        assert ("Invoice so far" in shown.text) == (role in SEERS), role
        assert ("included" in shown.text) == (role in SEERS), role


def test_a_key_for_usage_sees_the_plan_and_no_invoice(cast: Cast, issued: Issued) -> None:
    make_budget(issued.juno, 1, now=NOW)
    secret = make_api_key(issued.juno, KeyScope.USAGE_READ).secret
    body = Client().get(API, headers={"X-API-Key": secret}).json()
    assert body["plan"]["name"] == "Team"
    assert body["invoice_preview"] is None
    assert body["budgets"]["count"] == 1


def test_the_worst_budget_comes_first_and_members_see_their_own(cast: Cast, issued: Issued) -> None:
    make_budget(issued.juno, 1000, name="Roomy", now=NOW)
    make_budget(issued.juno, 1, name="Tight", now=NOW)
    member = own(issued, Role.MEMBER)
    make_budget(issued.juno, 5, name="Mine", scope_kind=ScopeKind.MEMBER, scope_id=member.pk, now=NOW)
    budgets = answer(cast.alice)["budgets"]
    assert (budgets["count"], budgets["worst"]["name"], budgets["worst"]["level"]) == (3, "Tight", "critical")
    text = page(cast.alice).text
    assert text.index("Tight") < text.index("Roomy")
    assert "Critical" in text
    theirs = answer(issued.people[Role.MEMBER])["budgets"]
    assert (theirs["count"], theirs["worst"]["name"]) == (1, "Mine")
    assert "Tight" not in page(issued.people[Role.MEMBER]).text


def test_a_month_that_is_over_has_a_plan_and_nothing_that_runs(cast: Cast, issued: Issued) -> None:
    make_budget(issued.juno, 1, name="Tight", now=NOW)
    body = answer(cast.alice, period="2026-06")
    assert body["plan"]["used_tokens"] == 5_123_456
    assert body["invoice_preview"] is body["budgets"] is None
    shown = page(cast.alice, "?period=2026-06")
    assert "Invoice so far" not in shown.text and "Tight" not in shown.text


def test_without_a_rate_the_page_says_so_and_the_api_has_none(cast: Cast, issued: Issued) -> None:
    type(issued.juno).objects.filter(pk=issued.juno.pk).update(currency="CHF")
    assert answer(cast.alice)["invoice_preview"] is None
    assert "cannot be worked out yet" in page(cast.alice).text


def test_without_a_plan_there_is_nothing_to_say(cast: Cast) -> None:
    client = signed_in(cast.charlie)
    body = client.get(API, {"organization": "other"}).json()
    assert (body["plan"], body["invoice_preview"]) == (None, None)
    assert body["budgets"] == {"count": 0, "worst": None}


def test_what_has_no_price_makes_it_a_lower_bound(cast: Cast, issued: Issued) -> None:
    assert answer(cast.alice)["invoice_preview"]["is_lower_bound"] is False
    unknown = event(occurred_at=NOW - timedelta(days=1), response_model="mystery-1")
    store(issued.juno, unknown, received_at=NOW)
    assert answer(cast.alice)["invoice_preview"]["is_lower_bound"] is True
    assert "at least" in page(cast.alice).text.partition("Invoice so far")[2]


def test_an_unchanged_answer_keeps_its_etag_and_a_new_charge_changes_it(cast: Cast, issued: Issued) -> None:
    client = signed_in(cast.alice)
    first = client.get(API, {"organization": "juno"})
    with travel(NOW + timedelta(minutes=5), tick=False):
        again = client.get(API, {"organization": "juno"}, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
