"""Who sells: issuers with the counters of their document numbers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from billing.admin.audited import AuditedRowsAdmin
from billing.enums import SeriesKind
from billing.models import Invoice, Issuer, NumberSeries
from teams.admin.organizations import CountryField, TimeZoneField


class IssuerForm(forms.ModelForm):
    country = CountryField()
    time_zone = TimeZoneField()

    class Meta:
        model = Issuer
        fields = (
            *("legal_name", "address", "country", "tax_id", "registration", "email", "website"),
            *("bank_name", "iban", "bic", "time_zone"),
        )
        widgets = {"address": UnfoldAdminTextareaWidget(attrs={"rows": 3})}


class SeriesForm(forms.ModelForm):
    """A counter that has given out a number goes on by itself: gaps and repeats must not be made by hand."""

    class Meta:
        model = NumberSeries
        fields = ("kind", "prefix", "digits", "next_number")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            return
        self.fields["kind"].disabled = True
        if _is_used(self.instance):
            self.fields["next_number"].disabled = True
            self.fields["next_number"].help_text = _("Counts by itself since the first number was taken.")

    def clean_digits(self) -> int:
        digits = int(self.cleaned_data["digits"])
        if not 1 <= digits <= 12:
            raise forms.ValidationError(_("Between 1 and 12."))
        return digits

    def clean_next_number(self) -> int:
        number = int(self.cleaned_data["next_number"])
        if number < 1:
            raise forms.ValidationError(_("Numbers begin with 1."))
        return number


def _is_used(series: NumberSeries) -> bool:
    numbered = Invoice.objects.filter(issuer=series.issuer_id, number__isnull=False)
    return series.kind == SeriesKind.INVOICE and numbered.exists()


class SeriesInline(TabularInline):
    model = NumberSeries
    form = SeriesForm
    extra = 0
    max_num = len(SeriesKind.choices)
    hide_title = True
    can_delete = False


@admin.register(Issuer)
class IssuerAdmin(AuditedRowsAdmin):
    form = IssuerForm
    inlines = (SeriesInline,)
    list_display = ("legal_name", "country", "tax_id", "time_zone", "buyers", "next_invoice")
    search_fields = ("legal_name", "tax_id")
    fieldsets = (
        (None, {"fields": ("legal_name", "address", "country", "time_zone")}),
        (
            gettext_lazy("On invoices"),
            {"fields": ("tax_id", "registration", "email", "website", "bank_name", "iban", "bic")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        counted = super().get_queryset(request).annotate(account_count=Count("accounts"))
        return counted.prefetch_related("series")

    @display(description=gettext_lazy("billing accounts"), ordering="account_count")
    def buyers(self, issuer: Any) -> int:
        return int(issuer.account_count)

    @display(description=gettext_lazy("next invoice number"))
    def next_invoice(self, issuer: Issuer) -> str:
        series = [row for row in issuer.series.all() if row.kind == SeriesKind.INVOICE]
        return str(series[0]) if series else _("No series yet")
