"""The pages on invoices: who sees them, what stands on them, and that it all adds up."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from time_machine import travel

from billing.models import Invoice
from billing.queries.month_close import invoice_preview
from billing.rounding import rounded
from billing.services.invoices import void_invoice
from billing.services.month_close import close_month
from teams.enums import Role
from teams.models import User
from teams.services.documents import store_document
from tests.billing.billing_fixtures import JUNE
from tests.billing.issued import JULY, NOW, Issued, issue
from tests.billing.web.page import Page
from tests.teams.cast import Cast
from tests.teams.factories import MemberFactory, OrganizationFactory
from tests.usage.ledger_fixtures import event, store
from usage.models import ChargeByKind

pytestmark = pytest.mark.django_db
LIST = "/o/juno/invoices/"
SEERS = (Role.OWNER, Role.ADMIN, Role.BILLING, Role.AUDITOR)
PDF = b"%PDF-1.7 made up"


@pytest.fixture(autouse=True)
def frozen_time():
    with travel(NOW, tick=False), override_settings(STAFF_MFA_REQUIRED=False):
        yield


@pytest.fixture
def issued(cast: Cast) -> Issued:
    return issue(cast)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def look(user: User, url: str = LIST, *, status: int = 200) -> Page:
    response = signed_in(user).get(url)
    assert response.status_code == status
    return Page(response.content.decode())


def of(invoice: Invoice) -> str:
    return f"{LIST}{invoice.number}/"


def give_pdf(invoice: Invoice, filename: str = "INV-00001.pdf") -> None:
    document = store_document(
        content=PDF, filename=filename, content_type="application/pdf", organization=invoice.organization
    )
    Invoice.objects.filter(pk=invoice.pk).update(pdf=document)


def urls(issued: Issued) -> list[str]:
    return [LIST, of(issued.may), f"{of(issued.may)}pdf/"]


@pytest.mark.parametrize("role", list(Role))
def test_who_may_see_invoices_finds_them_and_nobody_else(issued: Issued, role: Role) -> None:
    give_pdf(issued.may)
    client = signed_in(issued.people[role])
    may_see = role in SEERS
    for url in urls(issued):
        assert client.get(url).status_code == (200 if may_see else 404), url
    assert (f'href="{LIST}"' in client.get("/o/juno/budgets/").content.decode()) == may_see


def test_an_outsider_cannot_tell_an_invoice_from_none(cast: Cast, issued: Issued) -> None:
    client = signed_in(cast.charlie)

    def bodies(*addresses: str) -> set[str]:
        found = [client.get(url) for url in addresses]
        assert {response.status_code for response in found} == {404}
        return {re.sub(r'value="\w{64}"', "", response.content.decode()) for response in found}

    assert len(bodies(*urls(issued), f"{LIST}INV-99999/", "/o/nowhere/invoices/")) == 1
    # In his own organization its menu stands beside, whatever number is asked for.
    assert len(bodies("/o/other/invoices/INV-00001/", "/o/other/invoices/INV-99999/")) == 1
    assert look(cast.charlie, "/o/other/invoices/").tables == []


def test_staff_see_them_and_nobody_does_without_signing_in(cast: Cast, issued: Issued) -> None:
    for url in urls(issued)[:2]:
        look(cast.carol, url)
        assert Client().get(url).status_code == 302


def test_the_list_says_what_each_invoice_comes_to_and_how_it_stands(cast: Cast, issued: Issued) -> None:
    page = look(cast.alice)
    table = page.table("latest month first")
    assert [row[0] for row in table.rows] == [issued.june.number, issued.may.number]
    assert table.column(5) == [issued.june.total, issued.may.total]
    assert table.column(6) == [0, 5]
    assert table.column(1) == [202606, 202605]
    text = " ".join(page.text.split())
    assert "Unpaid" in text and "Overdue Partially paid" in text
    assert "Jul 29, 2026" in text and "Jun 16, 2026" in text


def test_drafts_are_not_shown_and_voided_ones_are(cast: Cast, issued: Issued) -> None:
    void_invoice(invoice_id=issued.june.pk, reason="Wrong buyer")
    draft = close_month(organization=issued.juno, period=JUNE, now=NOW)
    assert draft is not None and draft.number is None
    page = look(cast.alice)
    assert len(page.table("latest month first").rows) == 2
    assert "Voided" in page.text and "Draft" not in page.text
    detail = look(cast.alice, of(issued.june))
    assert "Wrong buyer" in detail.text and "nothing is to be paid" in detail.text


def test_the_running_invoice_is_what_the_month_close_would_say(cast: Cast, issued: Issued) -> None:
    preview = invoice_preview(organization=issued.juno, period=JULY).calculation
    page = look(cast.alice)
    summary = page.table("Summary")
    assert summary.total[1] == str(preview.total)
    assert summary.column(1)[:2] == [20, 3]
    assert str(preview.net_total) in page.values
    assert "July 2026 so far" in page.text and "as of" in page.text


def test_what_the_month_before_will_carry_is_not_in_the_running_invoice(cast: Cast, issued: Issued) -> None:
    void_invoice(invoice_id=issued.june.pk, reason="Again")
    summary = look(cast.alice).table("Summary")
    assert [row[0].split(" ")[0] for row in summary.rows] == ["Base", "Usage", "Included", "Net", "VAT"]
    assert summary.rows[1][1] == "3.00"


def test_what_came_late_is_in_the_running_invoice_as_an_adjustment(cast: Cast, issued: Issued) -> None:
    late = event(occurred_at=NOW.replace(month=6), input_tokens=1_000_000, output_tokens=0)
    store(issued.juno, late, received_at=NOW)
    page = look(cast.alice)
    assert "Adjustment June 2026" in " ".join(page.table("Summary").rows[3][0].split())


def test_without_a_plan_the_page_says_so(cast: Cast) -> None:
    assert "No plan is in force" in look(cast.charlie, "/o/other/invoices/").text
    assert "No invoice yet" in look(cast.charlie, "/o/other/invoices/").text


def test_without_an_exchange_rate_the_page_says_so(cast: Cast, issued: Issued) -> None:
    type(issued.juno).objects.filter(pk=issued.juno.pk).update(currency="JPY")
    assert "No exchange rate of JPY is known" in look(cast.alice).text


@pytest.mark.parametrize("currency", ["USD", "EUR", "JPY"])
def test_every_table_of_an_invoice_adds_up(cast: Cast, currency: str) -> None:
    issued = issue(cast, currency=currency, units_per_usd="0.91237" if currency == "EUR" else "149.37")
    for invoice in (issued.may, issued.june):
        page = look(cast.alice, of(invoice))
        usage = Decimal(0)
        for table in page.tables:
            if "Lines of" in table.caption:
                month = Decimal(table.total[3])
                rows = [row for row in table.rows if row[2]]
                taken_off = [Decimal(row[3]) for row in table.rows if row[0].startswith("Included")]
                assert sum((Decimal(row[3]) for row in rows), Decimal(0)) + sum(taken_off) == month
                usage += month
        for name in ("by feature", "by department"):
            split = page.table(f"Usage {name}")
            assert sum(split.column(2)) == Decimal(split.total[2]) == usage
        summary = page.table("Summary")
        net = next(row for row in summary.rows if row[0] == "Net")
        parts = summary.rows[: summary.rows.index(net)]
        assert sum(Decimal(row[1]) for row in parts) == Decimal(net[1]) == invoice.net_total
        assert Decimal(summary.total[1]) == invoice.total
        assert sum(page.table("Payments").column(2)) == invoice.paid_total


def test_quantity_times_unit_price_is_the_amount(cast: Cast, issued: Issued) -> None:
    lines = look(cast.alice, of(issued.may)).table("Lines of May 2026")
    rows = {row[0]: row for row in lines.rows if row[2]}
    assert set(rows) == {"Input, not cached", "Cached input", "Output"}
    for row in rows.values():
        assert rounded(Decimal(row[1]) * Decimal(row[2]) / 1_000_000, "USD") == Decimal(row[3])
    # Two dollars a million, and the plan's half on top.
    assert Decimal(rows["Input, not cached"][2]) == 3
    assert "no price yet" in look(cast.alice, of(issued.may)).text


def test_an_adjustment_says_which_month_it_is_of_and_the_ledger_agrees(cast: Cast, issued: Issued) -> None:
    page = look(cast.alice, of(issued.june))
    late = page.table("Lines of May 2026")
    assert "Adjustment of May 2026" in page.text
    cost = sum(ChargeByKind.objects.filter(close_number=2).values_list("contracted_cost", flat=True))
    # The late tokens are cheaper than the others, and so is the part of all of them that the plan includes.
    included = issued.june.lines.get(kind="included", service_period=issued.may.period)
    assert included.quantity == 0 < included.amount
    assert Decimal(late.total[3]) == round(cost, 2) + included.amount


def test_the_pdf_is_handed_out_as_it_is_stored(cast: Cast, issued: Issued) -> None:
    give_pdf(issued.may, filename="Rechnung №1; x.pdf")
    response = signed_in(cast.alice).get(f"{of(issued.may)}pdf/")
    assert response.content == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''Rechnung%20")


def test_a_pdf_that_is_being_made_is_said_and_nothing_is_written(cast: Cast, issued: Issued) -> None:
    client = signed_in(cast.alice)
    client.get(of(issued.may))
    with CaptureQueriesContext(connection) as asked:
        response = client.get(f"{of(issued.may)}pdf/")
    assert (response.status_code, response["Retry-After"]) == (404, "10")
    assert "is being made" in response.content.decode()
    assert not [query for query in asked if not query["sql"].lstrip("( \n").startswith("SELECT")]


def test_a_number_may_hold_a_slash(cast: Cast) -> None:
    issued = issue(cast, prefix="2026/")
    assert issued.may.number == "2026/00001"
    page = signed_in(cast.alice).get(LIST).content.decode()
    assert f'href="{of(issued.may)}"' in page
    assert "Invoice 2026/00001" in look(cast.alice, of(issued.may)).text
    give_pdf(issued.may)
    assert signed_in(cast.alice).get(f"{of(issued.may)}pdf/").content == PDF


@pytest.mark.parametrize("before", ["0", "99999999", "x", "-1", "٣", "9" * 40])
def test_a_page_that_is_not_there_is_the_first(cast: Cast, issued: Issued, before: str) -> None:
    assert len(look(cast.alice, f"{LIST}?before={before}").table("latest month first").rows) == 2


def test_older_invoices_are_a_page_further(
    cast: Cast, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.web.invoices.PAGE_SIZE", 1)
    assert [row[0] for row in look(cast.alice).table("latest").rows] == [issued.june.number]
    older = look(cast.alice, f"{LIST}?before={issued.june.pk}")
    assert [row[0] for row in older.table("latest").rows] == [issued.may.number]
    assert "so far" not in older.text


def test_names_are_shown_and_not_run(cast: Cast, issued: Issued) -> None:
    evil = "<img src=x onerror=alert(1)>"
    store(issued.juno, event(occurred_at=NOW, feature=evil, department_id=evil), received_at=NOW)
    void_invoice(invoice_id=issued.june.pk, reason=evil)
    for url in (LIST, of(issued.june)):
        assert look(cast.alice, url).inline == []
    assert evil in look(cast.alice, of(issued.june)).text


def test_more_lines_take_no_more_queries(cast: Cast, issued: Issued) -> None:
    client = signed_in(cast.alice)
    client.get(LIST)
    counts = []
    for url in (of(issued.may), of(issued.june), LIST):
        with CaptureQueriesContext(connection) as asked:
            client.get(url)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 10
    assert counts[2] <= 11


def test_a_test_twin_has_none(cast: Cast) -> None:
    twin = OrganizationFactory(slug="other-test", twin_of=cast.other)
    MemberFactory(organization=twin, external_id="x")
    assert "No plan is in force" in look(cast.charlie, "/o/other-test/invoices/").text
