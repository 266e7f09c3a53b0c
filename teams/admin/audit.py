import json

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter
from unfold.decorators import display

from teams.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(ModelAdmin):
    """The audit history: read only, for everyone."""

    list_display = ("recorded_at", "action", "subject", "organization", "actor_name", "reason")
    list_filter = (("organization", AutocompleteSelectFilter), ("recorded_at", RangeDateTimeFilter))
    list_filter_submit = True
    list_fullwidth = True
    list_select_related = ("organization",)
    search_fields = ("action", "subject", "actor_name")
    show_full_result_count = False
    fields = ("recorded_at", "action", "subject", "organization", "actor_name", "reason", "facts_in_full")

    @display(description=gettext_lazy("facts"))
    def facts_in_full(self, row: AuditEntry) -> str:
        text = json.dumps(row.facts, indent=2, ensure_ascii=False, sort_keys=True)
        return format_html('<pre class="whitespace-pre-wrap">{}</pre>', text)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
