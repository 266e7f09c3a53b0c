"""The PDF of an invoice is rendered once and kept; the facts behind it come from the stored rows."""

import hashlib
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.models import Invoice
from billing.queries.invoice_paper import invoice_facts
from billing.services.invoice_paper import pdf_filename, preview_invoice_pdf, render_invoice_pdf
from billing.services.payments import record_payment
from teams.models import Document
from tests.billing.invoice_factories import ISSUED, SEPTEMBER, charge, invoice_with_lines
from tests.billing.invoice_paper.reading import lines_of
from tests.billing.invoice_paper.samples import facts_of
from usage.enums import ChargeKind

pytestmark = pytest.mark.django_db
CHARGES = [charge(), charge(ChargeKind.OUTPUT, 1000, "10"), charge(month=SEPTEMBER), charge(price=None)]


def test_facts_are_read_as_they_were_stored():
    splits: Any = {"features": {"chat": 2, "": 1}, "departments": {"Research": 1}}
    invoice = invoice_with_lines(
        CHARGES, number="INV-00012", language="de", currency="EUR", units_per_usd="0.9", **splits
    )
    wanted = facts_of(CHARGES, language="de", currency="EUR", units_per_usd="0.9", **splits)
    assert invoice_facts(Invoice.objects.get(pk=invoice.pk)) == wanted


def test_reading_takes_as_many_queries_for_many_lines_as_for_one():
    counts = []
    for charges in (CHARGES[:1], CHARGES * 5):
        invoice = invoice_with_lines(charges)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            invoice_facts(invoice)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 5


def test_a_draft_shows_the_parties_of_today_and_keeps_nothing():
    invoice = invoice_with_lines(CHARGES, is_draft=True, buyer={"legal_name": "Draft Buyer Ltd"})
    lines = lines_of(preview_invoice_pdf(invoice))
    assert {"Draft invoice", "Draft Buyer Ltd", "Ledger Works GmbH Hauptstraße 1"} <= set(lines)
    with pytest.raises(ValidationError, match="draft"):
        render_invoice_pdf(invoice)
    assert not Document.objects.exists()


def test_the_pdf_is_rendered_once_and_kept_with_its_hash():
    invoice = invoice_with_lines(CHARGES, number="INV-00077")
    document = render_invoice_pdf(invoice)
    content = bytes(document.content)
    assert (document.filename, document.content_type) == ("INV-00077.pdf", "application/pdf")
    assert document.organization == invoice.organization
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert content == preview_invoice_pdf(invoice), "the same facts give the same bytes"
    record_payment(invoice_id=invoice.pk, amount=invoice.total, paid_on=ISSUED)
    again = render_invoice_pdf(Invoice.objects.get(pk=invoice.pk))
    assert (again.pk, bytes(again.content)) == (document.pk, content)
    assert "Invoice INV-00077" in lines_of(content)


def test_of_two_who_render_at_once_one_document_stays(monkeypatch):
    invoice = invoice_with_lines(CHARGES)
    mine, rivals = Invoice.objects.get(pk=invoice.pk), Invoice.objects.get(pk=invoice.pk)
    content = preview_invoice_pdf(invoice)
    won: list[Document | None] = []

    def render_while_a_rival_does(_: Invoice) -> bytes:
        if not won:
            won.append(None)
            won[0] = render_invoice_pdf(rivals)
        return content

    monkeypatch.setattr("billing.services.invoice_paper.preview_invoice_pdf", render_while_a_rival_does)
    assert render_invoice_pdf(mine).pk == won[0].pk
    assert Document.objects.count() == 1


def test_a_stored_pdf_is_not_exchanged():
    invoice = invoice_with_lines(CHARGES)
    document = render_invoice_pdf(invoice)
    other = Document.objects.create(
        filename="x.pdf", content_type="application/pdf", content=b"x", sha256="x", size=1
    )
    for value in (other.pk, None):
        with pytest.raises(IntegrityError, match="stays as it is"), transaction.atomic():
            Invoice.objects.filter(pk=invoice.pk).update(pdf=value)
    assert Invoice.objects.get(pk=invoice.pk).pdf_id == document.pk


def test_the_number_stays_when_the_pdf_is_added():
    invoice = invoice_with_lines(CHARGES)
    document = Document.objects.create(
        filename="x.pdf", content_type="application/pdf", content=b"x", sha256="x", size=1
    )
    with pytest.raises(IntegrityError, match="stays as it is"), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(pdf=document, number="INV-99999")


@pytest.mark.parametrize(
    ("number", "filename"),
    [
        ("INV-00012", "INV-00012.pdf"),
        ("2026/11 №7", "2026-11--7.pdf"),
        ("../x", "-x.pdf"),
        ("...", "invoice.pdf"),
    ],
)
def test_numbers_make_plain_file_names(number, filename):
    assert pdf_filename(Invoice(number=number)) == filename
