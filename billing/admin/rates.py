"""Exchange rates: by day and source. What a billing month was fixed at stays as it was."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import action, display

from billing.admin.rate_import import rate_import_page
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
    actions_list = ("bring_in",)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.import_view)
        return [path("import/", page, name="billing_exchangerate_import"), *super().get_urls()]

    def has_import_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether rates may be brought in: whoever may enter them may."""
        return bool(self.has_add_permission(request))

    @action(description=gettext_lazy("Import rates"), url_path="bring-in", permissions=["import"])
    def bring_in(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:billing_exchangerate_import")

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_import_permission(request):
            raise PermissionDenied
        return rate_import_page(self, request)

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
