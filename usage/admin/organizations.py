"""Organizations, with what only the ledger can do: changing the zone moves the borders of coming months."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from teams.admin.audited import actor_of
from teams.admin.organizations import OrganizationAdmin, TimeZoneField
from teams.admin.pages import DayInput, ask, entry_url, find_entry
from teams.models import Organization
from usage.services.periods import change_time_zone

admin.site.unregister(Organization)


class ZoneForm(forms.Form):
    time_zone = TimeZoneField()
    valid_from = forms.DateField(
        label=gettext_lazy("From"),
        widget=DayInput,
        help_text=gettext_lazy("The first day of a coming month."),
    )


@admin.register(Organization)
class LedgerOrganizationAdmin(OrganizationAdmin):
    actions_detail: tuple[str, ...] = ("change_time_zone",)

    @action(description=gettext_lazy("Change time zone"), url_path="time-zone", permissions=["change"])
    def change_time_zone(self, request: HttpRequest, object_id: str) -> HttpResponse:
        organization = find_entry(self, request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            change_time_zone(organization=organization, **values, actor=actor_of(request))
            messages.success(request, _("The time zone changes on %(day)s.") % {"day": values["valid_from"]})
            return redirect(entry_url(organization))

        return ask(
            self,
            request,
            entry=organization,
            form=ZoneForm(request.POST or None),
            title=_("Change the time zone of %(name)s") % {"name": organization},
            summary=_("Days and billing months follow the new zone from that day on. What was before stays."),
            submit_text=_("Change time zone"),
            act=act,
        )
