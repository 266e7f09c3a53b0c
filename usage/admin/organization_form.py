"""The form that chooses an organization on pages about one at a time."""

from django import forms
from django.utils.translation import gettext_lazy

from teams.admin.organization_select import OrganizationSelect
from teams.models import Organization
from usage.models import UsageEvent


class OrganizationForm(forms.Form):
    """Which organization; found by typing a part of its name."""

    organization = forms.ModelChoiceField(
        label=gettext_lazy("Organization"),
        queryset=Organization.objects.select_related("twin_of"),
        widget=OrganizationSelect(
            UsageEvent._meta.get_field("organization"), empty=gettext_lazy("Choose an organization")
        ),
    )

    class Media:
        js = (
            "admin/js/vendor/jquery/jquery.min.js",
            "admin/js/vendor/select2/select2.full.js",
            "admin/js/jquery.init.js",
            "unfold/js/select2.init.js",
        )
        css = {"screen": ("admin/css/vendor/select2/select2.css", "admin/css/autocomplete.css")}
