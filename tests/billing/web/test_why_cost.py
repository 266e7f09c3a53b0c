"""Pages and API on why something costs what it costs: who sees them, and that they say what the ledger says."""

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import travel

from billing.enums import LineKind
from billing.models import InvoiceLine
from teams.enums import KeyScope, Role
from teams.models import Organization, User
from teams.services.keys import create_api_key
from tests.billing.issued import JUNE_DAY, NOW, Issued, issue
from tests.billing.web.page import Page
from tests.teams.cast import Cast
from tests.usage.corrections.voids import void
from tests.usage.ledger_fixtures import event, store

pytestmark = pytest.mark.django_db
SEERS = (Role.OWNER, Role.ADMIN, Role.BILLING, Role.AUDITOR)


@pytest.fixture(autouse=True)
def frozen_time():
    with travel(NOW, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        yield


@pytest.fixture
def issued(cast: Cast) -> Issued:
    return issue(cast)


def look(user: User, url: str, *, status: int = 200) -> Page:
    client = Client()
    client.force_login(user)
    response = client.get(url)
    assert response.status_code == status, url
    return Page(response.content.decode())


def dearest(issued: Issued) -> InvoiceLine:
    lines = issued.june.lines.filter(kind=LineKind.USAGE, charge_kind="input")
    return lines.exclude(service_period__lt=issued.june.period).get()


def page_of(issued: Issued, line: InvoiceLine) -> str:
    return f"/o/juno/invoices/{issued.june.number}/lines/{line.position}/"


def test_the_lines_of_an_invoice_lead_to_why_they_are(issued: Issued, cast: Cast) -> None:
    line = dearest(issued)
    client = Client()
    client.force_login(cast.alice)
    invoice = client.get(f"/o/juno/invoices/{issued.june.number}/").content.decode()
    assert f'href="{page_of(issued, line)}"' in invoice
    page = look(cast.alice, page_of(issued, line))
    assert not page.inline
    for words in ("Price of gpt-4o (openai)", "Source: test.", "List price × 1.5, the rate of the contract"):
        assert words in page.text
    # 5,000,000 at 2 × 1.5 dollars a million.
    assert {"5000000", "0.000003", "15"} <= {
        value.rstrip("0").rstrip(".") if "." in value else value for value in page.values
    }


def test_the_admin_leads_there_too(issued: Issued, cast: Cast) -> None:
    line = dearest(issued)
    client = Client()
    client.force_login(cast.carol)
    page = client.get(reverse("admin:billing_invoice_change", args=(issued.june.pk,))).content.decode()
    assert f'href="{page_of(issued, line)}"' in page


def test_only_those_who_see_invoices_see_why(issued: Issued, cast: Cast) -> None:
    url = page_of(issued, dearest(issued))
    for role, user in issued.people.items():
        look(user, url, status=200 if role in SEERS else 404)
    look(cast.carol, url)
    look(cast.charlie, url, status=404)
    look(cast.alice, f"/o/juno/invoices/{issued.june.number}/lines/99/", status=404)
    fee = issued.june.lines.get(kind=LineKind.BASE_FEE)
    look(cast.alice, page_of(issued, fee), status=404)


def test_the_api_says_the_same(issued: Issued, cast: Cast) -> None:
    line = dearest(issued)
    url = f"/api/v1/billing/invoices/{issued.june.number}/lines/{line.position}/cost"

    def ask(organization: Organization, scope: KeyScope) -> tuple[int, dict[str, object]]:
        key = create_api_key(organization=organization, name="books", scopes=[scope])
        response = Client().get(url, headers={"Authorization": f"Bearer {key.secret}"})
        return response.status_code, response.json()

    status, found = ask(issued.juno, KeyScope.BILLING_READ)
    assert status == 200
    assert (found["cost"], found["unit_price"], found["quantity"]) == ("15", "0.000003", 5_000_000)
    assert (found["amount"], found["rounding"], found["units_per_usd"]) == ("15.00", "0", "1")
    assert (found["included_tokens"], found["service_period"]) == (2_000_000, "2026-06")
    assert ask(issued.juno, KeyScope.USAGE_READ)[0] == 403
    assert ask(cast.acme, KeyScope.BILLING_READ)[0] == 404


def test_an_event_without_a_price_is_unpriced_and_not_free(issued: Issued, cast: Cast) -> None:
    store(issued.juno, event(transaction_id="e", response_model="odd-1", occurred_at=JUNE_DAY))
    page = look(cast.alice, "/o/juno/why/events/e/")
    assert "1 event has no price yet" in page.text
    assert "unpriced" in page.text and "$0" not in page.text
    assert not {"0", "0.000"} & set(page.values)


def test_events_messages_and_chats_have_a_page(issued: Issued, cast: Cast) -> None:
    told = {"conversation_id": "c", "message_id": "m", "occurred_at": JUNE_DAY}
    store(
        issued.juno,
        event(transaction_id="a/b", reported_cost="0.5", **told),
        event(response_model="odd-1", **told),
    )
    page = look(cast.alice, "/o/juno/why/events/a/b/")
    assert not page.inline
    assert "0.0045" in {value.rstrip("0") for value in page.values}
    assert "Reported by the client" in page.text
    for url in ("chats/c/", "messages/m/?conversation_id=c"):
        page = look(cast.alice, f"/o/juno/why/{url}")
        assert "at least: 1 event has no price" in page.text
        assert "The price list does not know this model" in page.text
        look(issued.people[Role.MEMBER], f"/o/juno/why/{url}", status=404)
        look(cast.charlie, f"/o/juno/why/{url}", status=404)
    look(cast.alice, "/o/juno/why/events/nothing/", status=404)
    look(cast.alice, "/o/juno/why/events/%00/", status=404)


def test_a_voided_event_keeps_its_explanation(issued: Issued, cast: Cast) -> None:
    store(issued.juno, event(transaction_id="gone", occurred_at=JUNE_DAY))
    void(issued.juno, "gone")
    page = look(cast.alice, "/o/juno/why/events/gone/")
    for words in ("As it was sent", "It was voided", "per million tokens", "What is left"):
        assert words in page.text
    values = {value.rstrip("0").rstrip(".") if "." in value else value for value in page.values}
    assert {"0.0045", "-0.0045", "1000", "-1000"} <= values


def test_an_id_leads_to_its_page(issued: Issued, cast: Cast) -> None:
    client = Client()
    client.force_login(cast.alice)
    assert 'href="/o/juno/why/"' in client.get("/o/juno/invoices/").content.decode()
    look(cast.alice, "/o/juno/why/")
    look(cast.charlie, "/o/juno/why/", status=404)
    look(cast.alice, "/o/juno/why/?kind=call&id=a%0Ab", status=404)
    asked = {"kind": "message", "id": "a/b", "conversation_id": "c&d"}
    assert client.get("/o/juno/why/", asked)["Location"] == (
        "/o/juno/why/messages/a/b/?conversation_id=c%26d"
    )
    assert client.get("/o/juno/why/", {"kind": "call", "id": "x"})["Location"] == "/o/juno/why/events/x/"


def test_few_queries(issued: Issued, cast: Cast) -> None:
    url = page_of(issued, dearest(issued))
    client = Client()
    client.force_login(cast.alice)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    assert len(captured) <= 24, [query["sql"][:90] for query in captured]
