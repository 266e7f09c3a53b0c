"""The e-mail that brings an invoice."""

import pytest
from django.core.exceptions import ValidationError

from billing.models import BillingAccount, BillingContact, Invoice
from billing.queries.billing_contacts import invoice_recipients
from billing.services.invoice_mail import render_invoice_mail, send_invoice
from billing.services.invoices import void_invoice
from billing.services.payments import record_payment
from teams.enums import Role
from teams.models import AuditEntry, OutboxMessage
from tests.billing.invoice_factories import ISSUED, charge, invoice_with_lines
from tests.billing.invoice_paper.reading import lines_of
from tests.teams.factories import MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(cast) -> Invoice:
    """An invoice of 1,234.56 dollars to Acme, which has two billing contacts."""
    made = invoice_with_lines(
        [charge(quantity=400_000_000, price="2.50")],
        organization=cast.acme,
        number="INV-00012",
        base_fee="234.56",
        tax_rate="0",
    )
    account = BillingAccount.objects.get(organization=cast.acme)
    for email in ("zoe@acme.example", "accounts@acme.example"):
        BillingContact.objects.create(account=account, email=email)
    return made


def test_it_goes_to_every_billing_contact_with_the_pdf(invoice, cast):
    messages = send_invoice(invoice_id=invoice.pk, actor=cast.carol)
    assert [message.recipient for message in messages] == ["accounts@acme.example", "zoe@acme.example"]
    invoice.refresh_from_db()
    for message in messages:
        assert message.subject == "Invoice INV-00012 from Ledger Works GmbH: $1,234.56 due Nov 30"
        assert (message.kind, message.reference) == ("invoice.finalized", f"invoice:{invoice.pk}")
        assert message.document_ids == [invoice.pdf_id]
        assert message.organization == cast.acme
    assert invoice.pdf.filename == "INV-00012.pdf"
    assert "$1,234.56" in lines_of(bytes(invoice.pdf.content))
    assert invoice.sent_at is not None
    entry = AuditEntry.objects.get(action="invoice.sent")
    assert (entry.actor, entry.facts) == (
        cast.carol,
        {"to": ["accounts@acme.example", "zoe@acme.example"]},
    )


def test_text_and_html_say_the_same_with_one_button(invoice, settings):
    settings.SITE_URL = "https://ledger.example"
    mail = render_invoice_mail(invoice)
    address = "https://ledger.example/o/acme/invoices/INV-00012/"
    for part in (mail.text, mail.html):
        assert "Invoice INV-00012 of Ledger Works GmbH to Acme Industries Inc. for October 2026" in part
        assert "$1,234.56" in part
        assert "Nov 30, 2026" in part
        assert "PO-4711" in part
        assert part.count(address) == 1
    assert (
        "Amount due: $1,234.56\n\nInvoice: INV-00012\nMonth: October 2026\nDue on: Nov 30, 2026\n"
        in mail.text
    )
    assert "\n\n\n" not in mail.text


def test_it_is_written_in_the_invoices_language():
    mail = render_invoice_mail(
        invoice_with_lines(number="R-7", language="de", currency="EUR", units_per_usd="0.9", base_fee="1000")
    )
    assert mail.subject == "Rechnung R-7 von Ledger Works GmbH: 1.190,00 €, fällig am 30. Nov."
    assert "Zu zahlen: 1.190,00\u00a0€" in mail.text
    assert "Fällig am: 30.11.2026" in mail.text
    assert "Rechnung öffnen:" in mail.text


def test_what_is_paid_or_owed_is_not_called_due(invoice):
    record_payment(invoice_id=invoice.pk, amount=invoice.total, paid_on=ISSUED)
    paid = render_invoice_mail(Invoice.objects.get(pk=invoice.pk))
    assert paid.subject == "Invoice INV-00012 from Ledger Works GmbH: nothing to pay"
    assert "Due on" not in paid.text
    owed = invoice_with_lines([charge(quantity=-8_000_000)], base_fee="0", tax_rate="0", number="INV-00013")
    assert (
        render_invoice_mail(owed).subject == "Invoice INV-00013 from Ledger Works GmbH: $20.00 to your credit"
    )


def test_sent_twice_it_arrives_once_and_again_only_when_that_is_meant(invoice):
    """Edge case 12."""
    assert len(send_invoice(invoice_id=invoice.pk)) == 2
    first_sent = Invoice.objects.get(pk=invoice.pk).sent_at
    assert send_invoice(invoice_id=invoice.pk) == []
    account = BillingAccount.objects.get(organization=invoice.organization)
    BillingContact.objects.create(account=account, email="new@acme.example")
    assert [message.recipient for message in send_invoice(invoice_id=invoice.pk)] == ["new@acme.example"]
    assert len(send_invoice(invoice_id=invoice.pk, again=True)) == 3
    assert OutboxMessage.objects.count() == 6
    assert Invoice.objects.get(pk=invoice.pk).sent_at == first_sent


def test_without_contacts_it_goes_to_the_owners(invoice, cast):
    BillingContact.objects.all().delete()
    MemberFactory(organization=cast.acme, role=Role.OWNER, email="second@acme.example")
    MemberFactory(organization=cast.acme, role=Role.BILLING, email="nobody@acme.example")
    assert invoice_recipients(cast.acme.pk) == ("alice@example.com", "second@acme.example")


def test_addresses_count_once_however_they_are_spelled(invoice, cast):
    account = BillingAccount.objects.get(organization=cast.acme)
    BillingContact.objects.create(account=account, email="ZOE@acme.example")
    assert len(invoice_recipients(cast.acme.pk)) == 2


def test_without_anybody_it_says_so(cast):
    nobodys = invoice_with_lines()
    with pytest.raises(ValidationError, match="no billing contact"):
        send_invoice(invoice_id=nobodys.pk)


def test_drafts_and_voided_invoices_are_not_sent(invoice, cast):
    draft = invoice_with_lines(organization=cast.acme, is_draft=True)
    void_invoice(invoice_id=invoice.pk, reason="Wrong buyer")
    for unsendable in (draft, invoice):
        with pytest.raises(ValidationError, match="finalized"):
            send_invoice(invoice_id=unsendable.pk)
    assert not OutboxMessage.objects.exists()


def test_names_with_markup_stay_names():
    mail = render_invoice_mail(
        invoice_with_lines(
            buyer={"legal_name": "<b>Robert & Söhne</b>"}, issuer={"legal_name": "<img src=x>\r\nBcc: y"}
        )
    )
    assert "<b>Robert & Söhne</b>" in mail.text
    assert "&lt;b&gt;Robert &amp; Söhne&lt;/b&gt;" in mail.html
    assert "<img src=x>" not in mail.html
    assert "\n" not in mail.subject
