"""Renders invoices as PDF, and keeps the PDF of a finalized one for good."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from billing.enums import InvoiceStatus
from billing.invoice_facts import InvoiceFacts
from billing.invoice_paper import compose_paper
from billing.models import Invoice
from billing.pdf_layout import html_to_pdf
from billing.queries.invoice_paper import invoice_facts
from teams.models import Document
from teams.services.documents import store_document

PDF = "application/pdf"


def render_invoice_pdf(invoice: Invoice) -> Document:
    """The stored PDF of a finalized invoice; rendered and stored when it is asked for the first time.

    Whoever asks later, gets the same bytes. Rendering takes a second and holds no lock; of two who render at once,
    one document is kept. Raises ``ValidationError`` for a draft.
    """
    if invoice.status == InvoiceStatus.DRAFT:
        raise ValidationError(_("A draft has no PDF to keep; preview it instead."))
    if invoice.pdf is not None:
        return invoice.pdf
    content = preview_invoice_pdf(invoice)
    with transaction.atomic():
        locked = Invoice.objects.select_for_update(of=("self",)).select_related("pdf").get(pk=invoice.pk)
        if locked.pdf is None:
            locked.pdf = store_document(
                content=content,
                filename=pdf_filename(invoice),
                content_type=PDF,
                organization=invoice.organization,
            )
            locked.save(update_fields=["pdf"])
    invoice.pdf = locked.pdf
    return locked.pdf


def preview_invoice_pdf(invoice: Invoice) -> bytes:
    """The PDF of an invoice as it would be rendered now, drafts too; stores nothing."""
    return html_to_pdf(invoice_html(invoice_facts(invoice)))


def invoice_html(facts: InvoiceFacts) -> str:
    """The page that the PDF is laid out from: self-contained, in the invoice's language."""
    with translation.override(facts.language):
        return render_to_string("billing/invoice/paper.html", {"paper": compose_paper(facts)})


def pdf_filename(invoice: Invoice) -> str:
    """``INV-00012.pdf``; signs that file systems or headers take amiss become hyphens."""
    stem = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in invoice.number or "draft")
    return f"{stem.lstrip('.') or 'invoice'}.pdf"
