"""Integrations: named and merged, never deleted."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action

from teams.admin.audited import AuditedAdmin, actor_of
from teams.admin.pages import ask, entry_url, find_entry
from teams.admin.people import MergeForm
from usage.models import Integration
from usage.services.integrations import merge_integration


@admin.register(Integration)
class IntegrationAdmin(AuditedAdmin):
    list_display = ("__str__", "organization", "external_id", "is_placeholder", "merged_into")
    list_filter = (("organization", AutocompleteSelectFilter), "is_placeholder")
    list_select_related = ("organization", "merged_into")
    search_fields = ("name", "external_id")
    autocomplete_fields = ("organization",)
    fields = ("organization", "external_id", "name", "is_placeholder", "merged_into", "created_at")
    readonly_fields = ("is_placeholder", "merged_into", "created_at")
    actions_detail = ("merge",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # What clients send and whose it is cannot change once usage hangs on it.
        return (*self.readonly_fields, "organization", "external_id") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if "name" in form.changed_data and obj.name:
            obj.is_placeholder = False
        super().save_model(request, obj, form, change)

    @action(description=gettext_lazy("Merge"), url_path="merge", permissions=["change"])
    def merge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        source = find_entry(self, request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            siblings = Integration.objects.filter(organization=source.organization)
            target = siblings.filter(external_id=values["target"]).first()
            if target is None:
                raise ValidationError(_("There is no such entry in this organization."))
            root = merge_integration(
                source=source, target=target, actor=actor_of(request), reason=values["reason"]
            )
            messages.success(request, _("Its usage is shown under %(name)s from now on.") % {"name": root})
            return redirect(entry_url(root))

        return ask(
            self,
            request,
            entry=source,
            form=MergeForm(request.POST or None),
            title=_("Merge %(name)s") % {"name": source},
            summary=_(
                "Its past and coming usage is shown under the other entry. Nothing in the ledger moves."
            ),
            submit_text=_("Merge"),
            act=act,
            is_dangerous=True,
        )
