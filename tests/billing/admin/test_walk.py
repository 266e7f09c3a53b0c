"""A month as finance staff take it: closed, looked over, finalized, sent, paid; every step can be done again."""

import re
from decimal import Decimal
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse
from time_machine import travel

from billing.enums import InvoiceStatus, PaymentStatus
from billing.models import BillingAccount, Invoice, Payment
from billing.services import close_run
from billing.services.invoices import finalize_invoice
from teams.models import AuditEntry, Document, Organization, OutboxMessage
from tests.billing.billing_fixtures import billed_organization
from tests.billing.web.page import Page
from tests.teams.cast import Cast
from tests.usage.ledger_fixtures import event, store

MAY = {"month": "2026-05"}


def step(staff: Client, name: str, *organizations: Organization, post: bool = False) -> str:
    path = reverse("month-close-step", args=(name,))
    fields = MAY | {"organization": [organization.pk for organization in organizations]}
    response = staff.post(path, fields) if post else staff.get(path, fields)
    assert response.status_code == 200
    return plain(response.content.decode())


def plain(html: str) -> str:
    return Page(html).text.replace("\u202f", " ").replace("\xa0", " ")


def act(staff: Client, invoice: Invoice, name: str, **fields: Any) -> Any:
    path = reverse(f"admin:billing_invoice_{name}", args=(invoice.pk,))
    assert staff.get(path).status_code == 200
    return staff.post(path, {"submitted": "1"} | fields, follow=True)


def page_of(staff: Client, invoice: Invoice) -> str:
    response = staff.get(reverse("admin:billing_invoice_change", args=(invoice.pk,)))
    return plain(response.content.decode())


def test_a_month_goes_from_usage_to_paid(cast: Cast, staff: Client, billed: Organization) -> None:
    board = plain(staff.get(reverse("month-close"), MAY).content.decode())
    assert "Close May 2026" in board
    assert "There is no billing account" in board  # Acme and Other have none.
    before = step(staff, "close", billed)
    assert "1 organization, 3 lines, $27.37 in total" in before
    assert "gpt-4o, Input, not cached" in before
    assert not Invoice.objects.exists()
    assert "1 organization is done ($27.37)" in step(staff, "close", billed, post=True)
    invoice = Invoice.objects.get()
    assert (invoice.status, invoice.total) == (InvoiceStatus.DRAFT, Decimal("27.37"))

    assert "1 draft, 3 lines, $27.37 in total" in step(staff, "finalize")
    assert "Finalized as INV-00001" in step(staff, "finalize", billed, post=True)
    assert "accounts@buyer.example" in step(staff, "send")
    assert "1 organization is done" in step(staff, "send", billed, post=True)
    invoice.refresh_from_db()
    assert invoice.sent_at is not None
    message = OutboxMessage.objects.get()
    assert message.recipient == "accounts@buyer.example"
    pdf = staff.get(reverse("admin:billing_invoice_pdf", args=(invoice.pk,)))
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    assert [str(document.pk) for document in Document.objects.all()] == [
        str(found) for found in message.document_ids
    ]

    form = staff.get(reverse("admin:billing_invoice_pay", args=(invoice.pk,))).content.decode()
    assert 'value="27.37"' in form
    paid = act(
        staff, invoice, "pay", amount="27.37", paid_on="2026-06-15", method="bank transfer", reference="B-1"
    )
    assert "$27.37 recorded" in plain(paid.content.decode())
    invoice.refresh_from_db()
    assert invoice.payment_status == PaymentStatus.PAID
    shown = page_of(staff, invoice)
    assert "Paid" in shown and "B-1" in shown
    acts = AuditEntry.objects.filter(actor=cast.carol).order_by("pk").values_list("action", flat=True)
    assert [found for found in acts if found.split(".")[0] in ("month", "invoice", "payment")] == [
        "month.closed", "invoice.finalized", "invoice.sent", "payment.recorded",
    ]  # fmt: skip


def test_every_step_done_again_changes_nothing(staff: Client, billed: Organization) -> None:
    for name in ("close", "finalize", "send"):
        step(staff, name, billed, post=True)
        step(staff, name, billed, post=True)
    invoice = Invoice.objects.get()
    assert (invoice.number, OutboxMessage.objects.count()) == ("INV-00001", 1)
    assert "nothing that this step could do" in step(staff, "send")


def test_one_that_cannot_be_closed_stops_no_other(staff: Client, billed: Organization) -> None:
    broken = billed_organization(name="Broken", slug="broken")
    BillingAccount.objects.filter(organization=broken).delete()
    before = step(staff, "close", broken, billed)
    assert "1 organization, 3 lines" in before
    result = step(staff, "close", broken, billed, post=True)
    assert "1 organization is done" in result and "1 needs a look" in result
    assert "There is no billing account" in result
    assert Invoice.objects.get().organization == billed


def test_an_error_nobody_thought_of_stops_no_other(
    staff: Client, billed: Organization, monkeypatch: Any
) -> None:
    second = billed_organization(name="Second", slug="second")
    step(staff, "close", billed, second, post=True)

    def finalize(*, invoice_id: int, actor: Any) -> Invoice:
        if Invoice.objects.get(pk=invoice_id).organization == billed:
            raise RuntimeError("no paper left")
        return finalize_invoice(invoice_id=invoice_id, actor=actor)

    monkeypatch.setattr(close_run, "finalize_invoice", finalize)
    result = step(staff, "finalize", billed, second, post=True)
    assert "Something went wrong here" in result and "no paper left" not in result
    assert "Finalized as INV-00001" in result


def test_what_time_does_not_suffice_for_is_gone_on_with(
    staff: Client, billed: Organization, monkeypatch: Any
) -> None:
    second = billed_organization(name="Second", slug="second")
    clock = iter(range(0, 1000, 15))
    monkeypatch.setattr(close_run, "monotonic", lambda: next(clock))
    third = billed_organization(name="Third", slug="third")
    path = reverse("month-close-step", args=("close",))
    response = staff.post(path, MAY | {"organization": [billed.pk, second.pk, third.pk]})
    assert response.context["left_ids"] == [third.pk]
    assert "Go on with the 1 that is left" in response.content.decode()
    assert Invoice.objects.count() == 2
    staff.post(path, MAY | {"organization": response.context["left_ids"]})
    assert Invoice.objects.count() == 3


def test_the_board_counts_and_sums_by_stage(staff: Client, billed: Organization) -> None:
    euros = billed_organization(name="Euros", slug="euros", currency="EUR")
    step(staff, "close", billed, euros, post=True)
    response = staff.get(reverse("month-close"), MAY | {"stage": "draft"})
    text = plain(response.content.decode())
    assert "$27.37, €23.80" in text or "€23.80, $27.37" in text
    assert [row[0] for row in Page(response.content.decode()).tables[0].rows] == ["Buyer", "Euros"]


def test_a_wrong_payment_is_told_and_a_refund_recorded(staff: Client, finalized: Invoice) -> None:
    fields = {"paid_on": "2026-06-14", "method": "bank transfer", "reference": "B-2"}
    assert "fewer decimal places" in act(staff, finalized, "pay", amount="1.001", **fields).content.decode()
    future = act(staff, finalized, "pay", amount="1", **(fields | {"paid_on": "2026-06-16"}))
    assert "yet to come" in future.content.decode()
    assert "paid back" in act(staff, finalized, "pay", amount="-1", **fields).content.decode()
    assert not Payment.objects.exists()
    act(staff, finalized, "pay", amount="30", **fields)
    act(staff, finalized, "pay", amount="-2.63", **(fields | {"reference": "back"}))
    finalized.refresh_from_db()
    assert (finalized.paid_total, finalized.payment_status) == (Decimal("27.37"), PaymentStatus.PAID)


def test_voiding_says_what_happens_and_wants_a_reason(cast: Cast, staff: Client, finalized: Invoice) -> None:
    path = reverse("admin:billing_invoice_void", args=(finalized.pk,))
    assert "number stays taken" in staff.get(path).content.decode()
    act(staff, finalized, "void", reason="")
    finalized.refresh_from_db()
    assert finalized.status == InvoiceStatus.FINALIZED
    act(staff, finalized, "void", reason="Wrong buyer")
    finalized.refresh_from_db()
    assert (finalized.status, finalized.void_reason) == (InvoiceStatus.VOIDED, "Wrong buyer")
    assert AuditEntry.objects.get(action="invoice.voided").actor == cast.carol
    assert "Wrong buyer" in page_of(staff, finalized)
    # The month is to close again, and the next invoice has the next number.
    for name in ("close", "finalize"):
        step(staff, name, finalized.organization, post=True)
    assert Invoice.objects.get(status=InvoiceStatus.FINALIZED).number == "INV-00002"


def test_a_draft_is_discarded_and_made_anew(staff: Client, draft: Invoice) -> None:
    assert staff.get(reverse("admin:billing_invoice_void", args=(draft.pk,))).status_code == 403
    act(staff, draft, "discard")
    assert not Invoice.objects.exists()
    step(staff, "close", draft.organization, post=True)
    act(staff, Invoice.objects.get(), "finalize")
    assert Invoice.objects.get().number == "INV-00001"


def test_a_line_leads_to_its_events(staff: Client, draft: Invoice) -> None:
    small = event(transaction_id="small", output_tokens=0)
    store(draft.organization, small)  # After the close: not on this invoice.
    html = staff.get(reverse("admin:billing_invoice_change", args=(draft.pk,))).content.decode()
    links = [unescape(link) for link in re.findall(r'href="([^"]*closes=[^"]*)"', html)]
    assert len(links) == 2
    for link in links:
        listed = staff.get(link).content.decode()
        assert "big" in listed and "small" not in listed
    everything = staff.get(
        f"{reverse('admin:usage_usageevent_changelist')}?organization={draft.organization_id}"
    )
    assert "small" in everything.content.decode()


def test_an_invoice_is_overdue_after_its_day(cast: Cast, staff: Client, finalized: Invoice) -> None:
    assert "Overdue" not in page_of(staff, finalized)
    listed = reverse("admin:billing_invoice_changelist")
    # Due on June 29 where the issuer is, which is UTC here.
    for moment, overdue in (("2026-06-29T23:59:00Z", False), ("2026-06-30T00:00:00Z", True)):
        with travel(moment, tick=False):
            staff.force_login(cast.carol)
            assert ("Overdue" in page_of(staff, finalized)) == overdue
            assert ("INV-00001" in staff.get(f"{listed}?overdue=yes").content.decode()) == overdue
