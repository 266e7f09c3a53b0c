"""Who buys: billing accounts with the people who receive invoices."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from billing.admin.audited import AuditedRowsAdmin
from billing.models import BillingAccount, BillingContact, Subscription
from teams.admin.organizations import CountryField
from teams.models import Organization


class AccountForm(forms.ModelForm):
    country = CountryField()

    class Meta:
        model = BillingAccount
        fields = (
            *("organization", "issuer", "legal_name", "address", "country", "tax_id", "purchase_order"),
            *("tax_name", "tax_rate", "net_payment_term"),
        )
        widgets = {"address": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def clean_organization(self) -> Organization:
        organization: Organization = self.cleaned_data["organization"]
        if organization.is_test:
            raise forms.ValidationError(_("Test organizations are never billed."))
        return organization


class ContactInline(TabularInline):
    model = BillingContact
    fields = ("name", "email")
    extra = 1
    hide_title = True


@admin.register(BillingAccount)
class BillingAccountAdmin(AuditedRowsAdmin):
    form = AccountForm
    inlines = (ContactInline,)
    list_display = ("legal_name", "organization", "issuer", "plan", "tax", "net_payment_term", "receives")
    list_filter = (("organization", AutocompleteSelectFilter), ("issuer", AutocompleteSelectFilter))
    list_select_related = ("organization", "issuer")
    search_fields = ("legal_name", "organization__name", "tax_id", "contacts__email")
    autocomplete_fields = ("organization", "issuer")
    fieldsets = (
        (None, {"fields": ("organization", "issuer")}),
        (
            gettext_lazy("As it stands on invoices"),
            {"fields": ("legal_name", "address", "country", "tax_id", "purchase_order")},
        ),
        (gettext_lazy("Terms"), {"fields": ("tax_name", "tax_rate", "net_payment_term")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("organization",) if obj else ()

    def get_queryset(self, request: HttpRequest) -> "QuerySet[BillingAccount]":
        current = Subscription.objects.filter(organization=OuterRef("organization"), valid_until=None)
        name = Subquery(current.values("plan__name")[:1])
        counted = super().get_queryset(request).annotate(contact_count=Count("contacts", distinct=True))
        return counted.annotate(plan_name=name)

    @display(description=gettext_lazy("plan"), ordering="plan_name")
    def plan(self, account: Any) -> str:
        return account.plan_name or _("No plan")

    @display(description=gettext_lazy("tax"), ordering="tax_rate")
    def tax(self, account: BillingAccount) -> str:
        return f"{account.tax_name} {account.tax_rate.normalize():f} %"

    @display(description=gettext_lazy("contacts"), ordering="contact_count")
    def receives(self, account: Any) -> int:
        return int(account.contact_count)
