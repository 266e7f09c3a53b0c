"""``/api/v1/billing/invoices``: the invoices of an organization, one in full, and its PDF. Drafts are not shown."""

from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from billing.api.invoice_example import INVOICE, PAGE
from billing.api.invoice_filters import InvoiceFilter, InvoicePages
from billing.api.invoice_serializers import InvoicePageSerializer, InvoiceSerializer
from billing.models import Invoice
from billing.queries.invoices import InvoiceSummary, find_invoice, read_in_full, shown_invoices, summary_of
from teams.api.access import PARAMETER, request_access
from teams.api.authentication import RequiresScope
from teams.api.conditional import IF_NONE_MATCH, conditional
from teams.api.problems import CONTENT_TYPE, Problem
from teams.api.schema import ProblemSerializer
from teams.api.writing import written
from teams.enums import KeyScope
from teams.permissions import may_see_invoices
from teams.queries.access import NotVisible
from teams.queries.documents import read_document

AGAIN_IN: Final = 10
_WHO: Final = (
    "Owners, admins, billing contacts and auditors, and keys with the scope `billing:read`; to everyone else "
    "invoices do not exist."
)
_ORGANIZATION: Final = OpenApiParameter(PARAMETER, str, description="Short name. Not needed with a key.")
_NUMBER: Final = OpenApiParameter("number", str, OpenApiParameter.PATH, description="The invoice's number.")
_PROBLEMS: Final = {(status, CONTENT_TYPE): ProblemSerializer for status in (400, 401, 403, 404)}
_UNCHANGED: Final = OpenApiResponse(description="Nothing has changed since that ETag.")
_PERMISSIONS: Final = (RequiresScope(KeyScope.BILLING_READ, people=True),)


class InvoicesView(APIView):
    """Reads; changes nothing."""

    permission_classes = _PERMISSIONS

    @extend_schema(
        operation_id="billing_invoices",
        tags=["invoices"],
        summary="Invoices",
        description=f"Finalized and voided invoices, the latest month first, page by page. {_WHO}",
        parameters=[
            _ORGANIZATION,
            OpenApiParameter("period", str, description="A billing month, YYYY-MM."),
            OpenApiParameter("status", str, enum=["finalized", "voided"]),
            OpenApiParameter(
                "payment_status",
                str,
                enum=["unpaid", "partially_paid", "paid", "refunded", "written_off"],
            ),
            OpenApiParameter("page_size", int, description="Up to 100; 25 if left out."),
            OpenApiParameter("cursor", str, description="As it stands in the addresses of `page`."),
            IF_NONE_MATCH,
        ],
        responses={200: InvoicePageSerializer, 304: _UNCHANGED, **_PROBLEMS},
        examples=[OpenApiExample("A page", value=PAGE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> HttpResponse:
        organization_id = _organization_id(request)
        now = timezone.now()
        filters = InvoiceFilter(request.query_params, queryset=shown_invoices(organization_id))
        if not filters.is_valid():
            wrong = [(field, str(reason)) for field, reasons in filters.errors.items() for reason in reasons]
            raise Problem(status=400, detail=_("The filters cannot be read."), errors=wrong)
        _check_cursor(request)
        pages = InvoicePages()
        rows: list[Invoice] = pages.paginate_queryset(filters.qs, request, view=self) or []
        body = {
            "page": {"next": pages.get_next_link(), "previous": pages.get_previous_link()},
            "results": [_facts(summary_of(row, now=now)) for row in rows],
        }
        return conditional(request, written(InvoicePageSerializer, body), apart_from=frozenset())


class InvoiceView(APIView):
    """Reads; changes nothing."""

    permission_classes = _PERMISSIONS

    @extend_schema(
        operation_id="billing_invoice",
        tags=["invoices"],
        summary="One invoice in full",
        description=f"Lines, taxes, the usage shared out, and payments. {_WHO}",
        parameters=[_NUMBER, _ORGANIZATION, IF_NONE_MATCH],
        responses={200: InvoiceSerializer, 304: _UNCHANGED, **_PROBLEMS},
        examples=[OpenApiExample("An invoice", value=INVOICE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        invoice = read_in_full(_organization_id(request), number)
        if invoice is None:
            raise NotVisible
        body = written(InvoiceSerializer, _in_full(invoice, now=timezone.now()))
        return conditional(request, body, apart_from=frozenset())


class InvoicePdfView(APIView):
    """Reads; changes nothing."""

    permission_classes = _PERMISSIONS

    @extend_schema(
        operation_id="billing_invoice_pdf",
        tags=["invoices"],
        summary="The PDF of an invoice",
        description=(
            f"The stored bytes, the same for ever. {_WHO} Answers 404 with `Retry-After` during the minute in which "
            "the PDF of a new invoice is made."
        ),
        parameters=[_NUMBER, _ORGANIZATION],
        responses={(200, "application/pdf"): bytes, **_PROBLEMS},
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        invoice = find_invoice(_organization_id(request), number)
        if invoice is None:
            raise NotVisible
        if invoice.pdf_id is None:
            detail = _("The PDF of this invoice is being made. Ask again in some seconds.")
            raise Problem(status=404, detail=detail, headers={"Retry-After": str(AGAIN_IN)})
        document = read_document(invoice.pdf_id)
        return HttpResponse(
            document.content,
            content_type=document.content_type,
            headers={
                "Content-Disposition": content_disposition_header(True, document.filename) or "attachment",
                "Cache-Control": "private, no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )


def _organization_id(request: Request) -> int:
    access = request_access(request)
    if not may_see_invoices(access):
        raise NotVisible
    return access.organization_id


def _check_cursor(request: Request) -> None:
    """Answer a cursor that is none of ours like every other parameter that cannot be read."""
    cursor = request.query_params.get(InvoicePages.cursor_query_param)
    if cursor is None:
        return
    try:
        b64decode(cursor.encode("ascii"), validate=True).decode("ascii")
    except (NotBase64, ValueError):
        reason = _("Use a cursor as it stands in “next” or “previous”.")
        raise Problem(status=400, detail=reason, errors=[("cursor", reason)]) from None


def _facts(summary: InvoiceSummary) -> dict[str, Any]:
    return asdict(summary) | {"amount_due": summary.amount_due}


def _in_full(invoice: Invoice, *, now: datetime) -> dict[str, Any]:
    document = read_document(invoice.pdf_id) if invoice.pdf_id else None
    return _facts(summary_of(invoice, now=now)) | {
        "time_zone": invoice.time_zone,
        "units_per_usd": invoice.units_per_usd,
        "void_reason": invoice.void_reason,
        "issuer": invoice.parties["issuer"],
        "buyer": invoice.parties["buyer"],
        "lines": invoice.lines.all(),
        "taxes": invoice.taxes.all(),
        "shares": invoice.shares.all(),
        "payments": invoice.payments.all(),
        "lines_digest": invoice.lines_digest,
        "pdf": document,
    }
