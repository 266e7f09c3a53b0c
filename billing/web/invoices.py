"""The pages on invoices: a list with the running invoice above it, one in full, and its PDF."""

from datetime import datetime
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from billing.invoice_summary import summary_lines
from billing.models import Invoice
from billing.queries.invoice_paper import invoice_facts
from billing.queries.invoices import find_invoice, invoice_page, summary_of
from billing.queries.running_invoice import RunningInvoice, running_invoice
from billing.web.invoice_page import months_of, splits_of
from teams.models import Organization
from teams.permissions import Access, may_see_invoices
from teams.queries.access import NotVisible, organization_and_access
from teams.queries.documents import read_document
from teams.queries.organizations import time_zone_on
from usage.queries.period_span import current_spans

PAGE_SIZE: Final = 24
AGAIN_IN: Final = 10
"""Seconds after which a PDF that is still being made is worth asking for again."""


@login_required
@require_safe
def invoices(request: HttpRequest, slug: str) -> HttpResponse:
    """The invoices of an organization, the latest month first, and what the next one would say now."""
    organization, access = _find(request, slug)
    now = timezone.now()
    before = request.GET.get("before", "")
    shown, has_more = invoice_page(
        organization.pk,
        now=now,
        limit=PAGE_SIZE,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )
    running = None if before else _running(organization, now)
    context = {
        "organization": organization,
        "access": access,
        "invoices": shown,
        "older": shown[-1].id if has_more else None,
        "is_first_page": not before,
        "running": running,
        "summary": summary_lines(running.facts) if running and running.facts else (),
        "time_zone": time_zone_on(organization.pk, now.date()),
    }
    return render(request, "billing/invoices/list.html", context)


@login_required
@require_safe
def invoice(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """One invoice: what it comes to, every line of it, how the usage is shared out, and what was paid."""
    organization, access, found = _find_invoice(request, slug, number)
    facts = invoice_facts(found)
    context: dict[str, Any] = {
        "organization": organization,
        "access": access,
        "invoice": summary_of(found, now=timezone.now()),
        "void_reason": found.void_reason,
        "time_zone": found.time_zone,
        "facts": facts,
        "summary": summary_lines(facts),
        "months": months_of(facts),
        "splits": splits_of(facts),
    }
    return render(request, "billing/invoices/invoice.html", context)


@login_required
@require_safe
def invoice_pdf(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """The stored PDF. It is made shortly after the invoice is finalized; before, this says so."""
    organization, access, found = _find_invoice(request, slug, number)
    if found.pdf_id is None:
        context = {"organization": organization, "access": access, "number": found.number}
        page = render(request, "billing/invoices/no_pdf_yet.html", context, status=404)
        page["Retry-After"] = str(AGAIN_IN)
        return page
    document = read_document(found.pdf_id)
    return HttpResponse(
        document.content,
        content_type=document.content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, document.filename) or "attachment",
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _find(request: HttpRequest, slug: str) -> tuple[Organization, Access]:
    organization, access = organization_and_access(user=request.user, organization_slug=slug)
    if not may_see_invoices(access):
        raise NotVisible
    return organization, access


def _find_invoice(request: HttpRequest, slug: str, number: str) -> tuple[Organization, Access, Invoice]:
    organization, access = _find(request, slug)
    found = find_invoice(organization.pk, number)
    if found is None:
        raise NotVisible
    return organization, access, found


def _running(organization: Organization, now: datetime) -> RunningInvoice | None:
    span = current_spans([organization.pk], now=now).get(organization.pk)
    return running_invoice(organization=organization, period=span.month, now=now) if span else None
