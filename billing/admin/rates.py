"""Exchange rates: by day and source. What a billing month was fixed at stays as it was."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display

from billing.models import ExchangeRate, PeriodRate
from teams.admin.audited import AuditedAdmin
from teams.services.organizations import check_currency


class RateForm(forms.ModelForm):
    class Meta:
        model = ExchangeRate
        fields = ("currency", "rate_date", "units_per_usd", "source")

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).upper()
        try:
            check_currency(code)
        except forms.ValidationError as error:
            raise forms.ValidationError(error.messages) from error
        if code == "USD":
            raise forms.ValidationError(_("One US dollar is always worth one US dollar."))
        return code


@admin.register(ExchangeRate)
class ExchangeRateAdmin(AuditedAdmin):
    form = RateForm
    list_display = ("currency", "rate_date", "rate", "source")
    list_filter = ("currency", ("rate_date", RangeDateFilter))
    search_fields = ("currency", "source")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A rate may be put right until a billing month was fixed at it."""
        if not super().has_change_permission(request, obj):
            return False
        return (
            obj is None
            or not PeriodRate.objects.filter(currency=obj.currency, rate_date=obj.rate_date).exists()
        )

    @display(description=gettext_lazy("one US dollar is"), ordering="units_per_usd")
    def rate(self, row: ExchangeRate) -> str:
        return f"{row.units_per_usd.normalize():f} {row.currency}"
