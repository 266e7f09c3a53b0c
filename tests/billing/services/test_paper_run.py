"""The worker makes the PDFs that invoices lack, and one that fails does not hold up the others."""

import pytest

from billing.models import Invoice
from billing.services import invoice_paper, paper_run
from billing.services.invoices import void_invoice
from billing.services.month_close import close_month
from billing.services.paper_run import render_missing_pdfs
from tests.billing.billing_fixtures import JUNE
from tests.billing.issued import NOW, Issued, issue
from tests.teams.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Issued:
    """Layout takes a second a page and is tested elsewhere."""
    monkeypatch.setattr(
        invoice_paper, "preview_invoice_pdf", lambda invoice: f"%PDF {invoice.number}".encode()
    )
    return issue(cast)


def test_what_has_no_pdf_gets_one_and_keeps_it(issued: Issued) -> None:
    assert render_missing_pdfs() == 2
    kept = {row.number: bytes(row.pdf.content) for row in Invoice.objects.select_related("pdf")}
    assert kept == {"INV-00001": b"%PDF INV-00001", "INV-00002": b"%PDF INV-00002"}
    assert render_missing_pdfs() == 0


def test_voided_invoices_get_one_and_drafts_do_not(issued: Issued) -> None:
    void_invoice(invoice_id=issued.june.pk, reason="Wrong buyer")
    draft = close_month(organization=issued.juno, period=JUNE, now=NOW)
    assert draft is not None
    assert render_missing_pdfs() == 2
    draft.refresh_from_db()
    assert draft.pdf is None


def test_one_that_fails_is_left_for_the_next_run(issued: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(invoice: Invoice) -> object:
        if invoice.pk == issued.june.pk:
            raise RuntimeError("no typeface")
        return invoice_paper.render_invoice_pdf(invoice)

    with monkeypatch.context() as patch:
        patch.setattr(paper_run, "render_invoice_pdf", failing)
        assert render_missing_pdfs() == 1
    assert render_missing_pdfs() == 1


def test_a_run_ends_in_time(issued: Issued) -> None:
    assert render_missing_pdfs(seconds=-1) == 0
