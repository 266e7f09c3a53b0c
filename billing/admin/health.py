"""Data health of any organization, for finance staff: ``?organization=7&from=2026-11-01&to=2026-11-07``."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.admin.health_page import page_context
from teams.admin.pages import DayInput
from usage.admin.organization_form import OrganizationForm
from usage.health import BadDays, asked_days


class HealthForm(OrganizationForm):
    """Whose receipts, and of which UTC days; without days the last seven."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # "from" is no name in Python.
        self.fields["from"] = forms.CharField(
            label=gettext_lazy("From, UTC"), required=False, widget=DayInput
        )
        self.fields["to"] = forms.CharField(label=gettext_lazy("To, UTC"), required=False, widget=DayInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            cleaned["days"] = asked_days(
                first=cleaned.get("from", ""), last=cleaned.get("to", ""), today=timezone.now().date()
            )
        except BadDays as error:
            self.add_error(error.field, error.reason)
        return cleaned


def data_health_page(request: HttpRequest) -> HttpResponse:
    """The form, and below it what came in for the organization that was chosen."""
    if not request.user.has_perm("usage.view_usageevent"):
        raise PermissionDenied
    asked = request.GET.get("organization", "")
    # The widget that finds organizations cannot show what is no number.
    form = HealthForm(request.GET if asked.isascii() and asked.isdigit() and len(asked) < 19 else None)
    context: dict[str, Any] = {}
    if form.is_valid():
        organization, days = form.cleaned_data["organization"], form.cleaned_data["days"]
        context = page_context(organization=organization, days=days, now=timezone.now())
        # The days that are shown stand in the form, though nobody chose them.
        form = HealthForm({"organization": organization.pk, "from": f"{days.first}", "to": f"{days.last}"})
    context = admin.site.each_context(request) | {"title": _("Data health"), "form": form} | context
    return TemplateResponse(request, "admin/billing/data_health.html", context)
