"""Money that came in or went back: read here, recorded on the page of its invoice."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter
from unfold.decorators import display

from billing.admin.invoice_values import figure, written_day, written_money
from billing.models import CreditEntry, Payment
from teams.admin.pages import entry_url
from usage.admin.prices import ReadOnlyAdmin


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("day", "invoice_link", "buyer", "method", "reference", "recorded_by", "amount_word")
    list_display_links = ("day",)
    list_filter = (
        ("invoice__organization", AutocompleteSelectFilter),
        ("paid_on", RangeDateFilter),
        "method",
        "currency",
    )
    list_filter_submit = True
    list_fullwidth = True
    list_select_related = ("invoice__organization", "recorded_by")
    search_fields = ("reference", "invoice__number", "invoice__organization__name")
    fields = ("invoice_link", "amount_word", "day", "method", "reference", "recorded_by", "recorded_at")

    class Media:
        css = {"all": ("billing/admin.css",)}

    @display(description=gettext_lazy("paid on"), ordering="paid_on")
    def day(self, payment: Payment) -> str:
        return written_day(payment.paid_on)

    @display(description=gettext_lazy("invoice"), ordering="invoice__number")
    def invoice_link(self, payment: Payment) -> SafeString:
        return format_html(
            '<a class="billing-link" href="{}">{}</a>', entry_url(payment.invoice), payment.invoice
        )

    @display(description=gettext_lazy("organization"), ordering="invoice__organization__name")
    def buyer(self, payment: Payment) -> str:
        return str(payment.invoice.organization)

    @display(description=gettext_lazy("amount"), ordering="amount")
    def amount_word(self, payment: Payment) -> SafeString:
        return figure(written_money(payment.amount, payment.currency))


@admin.register(CreditEntry)
class CreditEntryAdmin(ReadOnlyAdmin):
    """Changes of credit balances: granted by negative invoices, used by later ones."""

    list_display = ("organization", "recorded_at", "reason", "invoice_link", "amount_word")
    list_filter = (("organization", AutocompleteSelectFilter), "currency")
    list_filter_submit = True
    list_fullwidth = True
    list_select_related = ("organization", "invoice")
    search_fields = ("organization__name", "reason", "invoice__number")
    fields = ("organization", "amount_word", "invoice_link", "reason", "recorded_at")

    class Media:
        css = {"all": ("billing/admin.css",)}

    @display(description=gettext_lazy("invoice"), empty_value="–")
    def invoice_link(self, entry: CreditEntry) -> SafeString | None:
        if entry.invoice is None:
            return None
        url = entry_url(entry.invoice)
        return format_html('<a class="billing-link" href="{}">{}</a>', url, entry.invoice)

    @display(description=gettext_lazy("amount"), ordering="amount")
    def amount_word(self, entry: CreditEntry) -> SafeString:
        return figure(written_money(entry.amount, entry.currency))
