"""Invoices: found, read and acted on; never edited."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from billing.admin.invoice_actions import InvoiceActions
from billing.admin.invoice_page import invoice_context
from billing.admin.invoice_values import (
    figure,
    overdue_condition,
    written_day,
    written_money,
    written_payment,
    written_status,
)
from billing.models import Invoice
from teams.templatetags.figures import month
from usage.admin.prices import ReadOnlyAdmin


class OverdueFilter(admin.SimpleListFilter):
    title = gettext_lazy("overdue")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("Overdue")), ("no", _("Not overdue"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Invoice]") -> "QuerySet[Invoice]":
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(overdue_condition() if self.value() == "yes" else ~overdue_condition())


@admin.register(Invoice)
class InvoiceAdmin(InvoiceActions, ReadOnlyAdmin):
    list_display = ("name", "organization", "billing_month", "status_word", "payment_word", "sum", "due")
    list_display_links = ("name",)
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("payment_status", ChoicesDropdownFilter),
        OverdueFilter,
        ("organization", AutocompleteSelectFilter),
        ("issuer", AutocompleteSelectFilter),
        ("period", RangeDateFilter),
    )
    list_filter_submit = True
    list_fullwidth = True
    list_select_related = ("organization", "issuer")
    list_per_page = 50
    search_fields = ("number", "organization__name", "organization__billing_account__legal_name")
    ordering = ("-period", "-id")
    fields = ()
    change_form_before_template = "admin/billing/invoice_page.html"

    class Media:
        css = {"all": ("billing/admin.css",)}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        invoice = self.get_object(request, object_id)
        if not isinstance(invoice, Invoice):
            raise Http404
        context = invoice_context(invoice) | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return ()

    @display(description=gettext_lazy("number"), ordering="number")
    def name(self, invoice: Invoice) -> str:
        return invoice.number or _("Draft")

    @display(description=gettext_lazy("billing month"), ordering="period")
    def billing_month(self, invoice: Invoice) -> str:
        return month(invoice.period)

    @display(description=gettext_lazy("status"), ordering="status")
    def status_word(self, invoice: Invoice) -> SafeString:
        return written_status(invoice)

    @display(description=gettext_lazy("payment"), ordering="payment_status")
    def payment_word(self, invoice: Invoice) -> SafeString | str:
        return written_payment(invoice)

    @display(description=gettext_lazy("total"), ordering="total")
    def sum(self, invoice: Invoice) -> SafeString:
        return figure(written_money(invoice.total, invoice.currency))

    @display(description=gettext_lazy("due"), ordering="payment_due_date")
    def due(self, invoice: Invoice) -> str:
        return written_day(invoice.payment_due_date)
