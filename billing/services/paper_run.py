"""Renders the PDFs of invoices that have none yet, so that no page has to make one."""

import time
from typing import Final

import structlog

from billing.enums import InvoiceStatus
from billing.models import Invoice
from billing.services.invoice_paper import render_invoice_pdf

log = structlog.get_logger(__name__)

LONGEST: Final = 45.0
"""Seconds after which a run leaves the rest to the next."""


def render_missing_pdfs(*, seconds: float = LONGEST) -> int:
    """Render and store the PDFs that finalized and voided invoices lack, the latest first; gives how many.

    One that fails is logged, tried again by the next run, and does not hold up the others.
    """
    until = time.monotonic() + seconds
    missing = Invoice.objects.filter(pdf=None).exclude(status=InvoiceStatus.DRAFT)
    rendered = 0
    for invoice_id in missing.order_by("-finalized_at", "-id").values_list("id", flat=True):
        if time.monotonic() > until:
            break
        try:
            render_invoice_pdf(Invoice.objects.select_related("organization", "pdf").get(pk=invoice_id))
            rendered += 1
        except Exception:
            log.exception("an invoice could not be rendered", invoice_id=invoice_id)
    return rendered
