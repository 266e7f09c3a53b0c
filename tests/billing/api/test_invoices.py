"""``/api/v1/billing/invoices``: who sees what, that it adds up, and that page, API and paper say the same."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.invoice_paper import compose_paper
from billing.models import Invoice
from billing.queries.invoice_paper import invoice_facts
from billing.services.invoices import void_invoice
from billing.services.month_close import close_month
from teams.enums import KeyScope, Role
from teams.services.documents import store_document
from tests.billing.billing_fixtures import JUNE
from tests.billing.issued import NOW, issue
from tests.billing.web.page import Page
from tests.described import described, examples_of
from tests.teams.factories import make_api_key

URL = "/api/v1/billing/invoices"
JUNO = {"organization": "juno"}
SEERS = (Role.OWNER, Role.ADMIN, Role.BILLING, Role.AUDITOR)


@pytest.fixture(autouse=True)
def frozen_time():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def issued(cast):
    return issue(cast)


def give_pdf(invoice):
    document = store_document(
        content=b"%PDF made up",
        filename=f"{invoice.number}.pdf",
        content_type="application/pdf",
        organization=invoice.organization,
    )
    Invoice.objects.filter(pk=invoice.pk).update(pdf=document)
    return document


def of(invoice):
    return f"{URL}/{invoice.number}"


def ask(client, user, url=URL, **parameters):
    client.force_login(user)
    return client.get(url, JUNO | parameters)


def numbers(response):
    assert response.status_code == 200, response.content
    return [row["number"] for row in response.json()["results"]]


@pytest.mark.parametrize("role", list(Role))
def test_who_may_see_invoices_reads_them_and_to_others_they_do_not_exist(issued, client, role):
    give_pdf(issued.may)
    for url in (URL, of(issued.may), f"{of(issued.may)}/pdf"):
        response = ask(client, issued.people[role], url)
        assert response.status_code == (200 if role in SEERS else 404), url


def test_an_outsider_gets_the_same_answer_as_for_nothing(issued, cast, client):
    etag = ask(client, cast.alice, of(issued.may))["ETag"]
    client.force_login(cast.charlie)
    headers = {"If-None-Match": etag}
    for tail in ("", "/INV-00001", "/INV-00001/pdf"):
        hidden = client.get(URL + tail, JUNO, headers=headers)
        missing = client.get(URL + tail, {"organization": "no-such"}, headers=headers)
        assert hidden.status_code == missing.status_code == 404
        assert hidden.json() == missing.json()
        assert hidden["Content-Type"] == "application/problem+json"
    own = client.get(URL, {"organization": "other"})
    assert numbers(own) == []
    assert client.get(f"{URL}/INV-00001", {"organization": "other"}).status_code == 404


def test_nobody_gets_401(issued, client):
    assert client.get(URL, JUNO).status_code == 401


def test_a_key_reads_invoices_with_its_own_scope_only(issued, cast, client):
    usage = make_api_key(issued.juno, KeyScope.USAGE_READ, KeyScope.USAGE_WRITE).secret
    response = client.get(URL, headers={"X-API-Key": usage})
    assert response.status_code == 403
    assert response.json()["type"].endswith("missing-scope")
    billing = make_api_key(issued.juno, KeyScope.BILLING_READ).secret
    assert len(numbers(client.get(URL, headers={"X-API-Key": billing}))) == 2
    assert client.get("/api/v1/usage/overview", headers={"X-API-Key": billing}).status_code == 403
    foreign = make_api_key(cast.other, KeyScope.BILLING_READ).secret
    assert numbers(client.get(URL, JUNO, headers={"X-API-Key": foreign})) == []
    assert client.get(of(issued.may), JUNO, headers={"X-API-Key": foreign}).status_code == 404


def test_drafts_are_left_out_and_voided_ones_stay(issued, cast, client):
    void_invoice(invoice_id=issued.june.pk, reason="Wrong buyer")
    assert close_month(organization=issued.juno, period=JUNE, now=NOW).number is None
    assert numbers(ask(client, cast.alice)) == ["INV-00002", "INV-00001"]
    body = ask(client, cast.alice, of(issued.june)).json()
    assert (body["status"], body["void_reason"], body["amount_due"]) == ("voided", "Wrong buyer", "0.00")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"period": "2026-05"}, ["INV-00001"]),
        ({"period": "2026-04"}, []),
        ({"status": "finalized"}, ["INV-00002", "INV-00001"]),
        ({"status": "voided"}, []),
        ({"payment_status": "partially_paid"}, ["INV-00001"]),
        ({"payment_status": "unpaid", "period": "2026-05"}, []),
    ],
)
def test_the_list_can_be_narrowed(issued, cast, client, wanted, found):
    assert numbers(ask(client, cast.alice, **wanted)) == found


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("period", "2026-13"),
        ("period", "may"),
        ("period", "\x00"),
        ("status", "draft"),
        ("status", "\x00"),
        ("payment_status", "none"),
        ("cursor", "???"),
        ("cursor", "ü"),
    ],
)
def test_a_filter_that_cannot_be_read_is_named(issued, cast, client, field, value):
    response = ask(client, cast.alice, **{field: value})
    assert response.status_code == 400, response.content
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "cursor", ["cD1ub25zZW5zZQ==", "cD0lMDA=", "bz05OTk5OTk5OTk5OTk5OTk5", "cj0x", "AAAA"]
)
def test_a_made_up_cursor_is_no_fault_of_ours(issued, cast, client, cursor):
    assert ask(client, cast.alice, cursor=cursor).status_code in (200, 400, 404)


def test_pages_follow_each_other(issued, cast, client):
    first = ask(client, cast.alice, page_size=1)
    second = client.get(first.json()["page"]["next"])
    assert (numbers(first), numbers(second)) == (["INV-00002"], ["INV-00001"])
    assert second.json()["page"]["next"] is None
    assert numbers(client.get(second.json()["page"]["previous"])) == ["INV-00002"]


def test_unchanged_answers_are_not_sent_again(issued, cast, client):
    for url in (URL, of(issued.may)):
        first = ask(client, cast.alice, url)
        again = client.get(url, JUNO, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert "private" in first["Cache-Control"]
    etag = ask(client, cast.alice)["ETag"]
    void_invoice(invoice_id=issued.june.pk, reason="Again")
    assert client.get(URL, JUNO, headers={"If-None-Match": etag}).status_code == 200


def test_overdue_follows_from_the_due_date_in_the_issuers_zone(issued, cast, client):
    type(issued.june.issuer).objects.update(time_zone="Pacific/Kiritimati")
    for hour, overdue in ((9, False), (10, True)):
        with time_machine.travel(datetime(2026, 7, 29, hour, tzinfo=UTC), tick=False):
            row = ask(client, cast.alice).json()["results"][0]
            assert (row["payment_due_date"], row["is_overdue"]) == ("2026-07-29", overdue)


@pytest.mark.parametrize(
    ("currency", "rate", "decimals"), [("USD", "1", 2), ("EUR", "0.91237", 2), ("JPY", "149.37", 0)]
)
def test_page_api_and_paper_say_the_same(cast, client, currency, rate, decimals):
    issued = issue(cast, currency=currency, units_per_usd=rate)
    for invoice in (issued.may, issued.june):
        body = ask(client, cast.alice, of(invoice)).json()
        amounts = [Decimal(line["amount"]) for line in body["lines"]]
        assert sum(amounts) == Decimal(body["net_total"]) == invoice.net_total
        assert sum(Decimal(tax["tax_amount"]) for tax in body["taxes"]) == Decimal(body["tax_total"])
        assert Decimal(body["net_total"]) + Decimal(body["tax_total"]) == Decimal(body["total"])
        assert sum(Decimal(paid["amount"]) for paid in body["payments"]) == Decimal(body["paid_total"])
        assert all(len(line["amount"].partition(".")[2]) == decimals for line in body["lines"])
        for dimension in ("feature", "department"):
            parts = [Decimal(part["amount"]) for part in body["shares"] if part["dimension"] == dimension]
            usage = [line for line in body["lines"] if line["kind"] in ("usage", "included")]
            assert sum(parts) == sum(Decimal(line["amount"]) for line in usage)
        for line in body["lines"]:
            if line["unit_price"] is not None:
                assert line["quantity"] * Decimal(line["unit_price"]) == Decimal(line["cost"])
        page = Page(client.get(f"/o/juno/invoices/{invoice.number}/").content.decode())
        shown = [
            Decimal(row[3])
            for table in page.tables
            if "Lines of" in table.caption
            for row in table.rows
            if row[2] or row[0].startswith("Unknown model")
        ]
        kinds = ("usage",)
        on_page = [Decimal(line["amount"]) for line in body["lines"] if line["kind"] in kinds]
        assert sorted(amount for amount in shown if amount) == sorted(amount for amount in on_page if amount)
        assert Decimal(page.table("Summary").total[1]) == Decimal(body["total"])
        paper = compose_paper(replace(invoice_facts(invoice), language="en"))
        [total] = [row.figure for row in paper.summary if row.label == "Total"]
        assert body["total"] in total.replace(",", "")
        on_paper = [row.figure.replace(",", "") for model in paper.usage for row in _rows(model)]
        assert on_paper == [line["amount"] for line in body["lines"] if line["kind"] == "usage"]


def _rows(table):
    return [row for model in table.models for row in model.rows]


def test_the_pdf_is_the_stored_one(issued, cast, client):
    missing = ask(client, cast.alice, f"{of(issued.may)}/pdf")
    assert (missing.status_code, missing["Retry-After"]) == (404, "10")
    assert "being made" in missing.json()["detail"]
    document = give_pdf(issued.may)
    response = client.get(f"{of(issued.may)}/pdf", JUNO)
    assert response.content == b"%PDF made up"
    assert response["Content-Disposition"] == 'attachment; filename="INV-00001.pdf"'
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    body = client.get(of(issued.may), JUNO).json()
    assert body["pdf"] == {"filename": "INV-00001.pdf", "sha256": document.sha256, "size": 12}


def test_more_lines_take_no_more_queries(issued, cast, client):
    client.force_login(cast.alice)
    counts = []
    for url in (of(issued.may), of(issued.june), URL):
        with CaptureQueriesContext(connection) as asked:
            client.get(url, JUNO)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 13
    assert counts[2] <= 8


@pytest.mark.parametrize("number", ["draft", "None", "INV-00001\x00", "../INV-00001", "9" * 300])
def test_what_is_no_number_is_not_found(issued, cast, client, number):
    assert ask(client, cast.alice, f"{URL}/{number}").status_code == 404


def test_the_answers_and_their_examples_are_what_the_schema_says(issued, cast, client, api_document):
    give_pdf(issued.may)
    for path, url in (("billing/invoices", URL), ("billing/invoices/{number}", of(issued.may))):
        examples = examples_of(api_document, path)
        assert examples
        for body in (ask(client, cast.alice, url).json(), *examples):
            described(api_document, path).validate(body)
    for path in (URL, f"{URL}/{{number}}", f"{URL}/{{number}}/pdf"):
        assert {"200", "400", "401", "403", "404"} <= set(api_document["paths"][path]["get"]["responses"])
