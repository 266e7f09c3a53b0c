"""Quarantine and conflicts: events that wait for a person."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display

from teams.admin.audited import actor_of
from teams.admin.pages import ReasonForm, ask, entry_url, find_entry
from usage.admin.ledger_values import position_url, pretty
from usage.admin.prices import ReadOnlyAdmin
from usage.enums import QuarantineStatus
from usage.models import QuarantinedEvent
from usage.queries.ledger_pages import find_event
from usage.services.quarantine_review import discard_quarantined, replay_quarantined


class StatusFilter(admin.SimpleListFilter):
    """Shows what is open unless something else is asked for."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*QuarantineStatus.choices, ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        """Without the choice of none: the first one is what is shown by default."""
        for value, label in self.lookup_choices:
            chosen = self.value() or QuarantineStatus.OPEN.value
            yield {
                "selected": chosen == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value() or QuarantineStatus.OPEN.value
        return queryset if chosen == "all" else queryset.filter(status=chosen)


@admin.register(QuarantinedEvent)
class QuarantinedEventAdmin(ReadOnlyAdmin):
    list_display = ("transaction_id", "organization", "why", "detail", "times", "last_received_at", "state")
    list_filter = (StatusFilter, "reason", ("organization", AutocompleteSelectFilter))
    list_filter_submit = True
    list_fullwidth = True
    list_select_related = ("organization",)
    search_fields = ("=transaction_id",)
    ordering = ("-last_received_at", "-id")
    show_full_result_count = False
    actions_detail = ("replay", "discard")
    fields = (
        *("transaction_id", "organization", "reason", "detail", "status", "standing_event", "facts_in_full"),
        *(
            "source",
            "api_key_id",
            "times",
            "first_received_at",
            "last_received_at",
            "resolved_at",
            "resolved_by",
        ),
    )

    @display(
        description=gettext_lazy("reason"),
        ordering="reason",
        label={"future": "warning", "out_of_range": "warning", "conflict": "danger"},
    )
    def why(self, row: QuarantinedEvent) -> tuple[str, str]:
        return row.reason, row.get_reason_display()

    @display(
        description=gettext_lazy("status"),
        ordering="status",
        label={"open": "warning", "replayed": "success", "discarded": "info"},
    )
    def state(self, row: QuarantinedEvent) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @display(description=gettext_lazy("facts"))
    def facts_in_full(self, row: QuarantinedEvent) -> str:
        return pretty(row.facts)

    @display(description=gettext_lazy("in the ledger under this id"), empty_value="–")
    def standing_event(self, row: QuarantinedEvent) -> str | None:
        position = find_event(row.organization_id, row.transaction_id)
        if position is None:
            return None
        url = position_url(row.organization_id, position)
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, row.transaction_id
        )

    def has_review_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether entries may be stored after all or discarded: whoever may see them may."""
        return bool(self.has_view_permission(request))

    @action(description=gettext_lazy("Store now"), url_path="replay", permissions=["review"])
    def replay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        entry = find_entry(self, request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            outcome = replay_quarantined(entry, actor=actor_of(request), reason=values["reason"])
            messages.success(
                request, _("The event was stored (%(answer)s).") % {"answer": outcome.answer.label}
            )
            return redirect(entry_url(entry))

        return ask(
            self,
            request,
            entry=entry,
            form=ReasonForm(request.POST or None),
            title=_("Store %(id)s now") % {"id": entry.transaction_id},
            summary=_("It is stored at its own time and priced as of then, as if it had been received now."),
            submit_text=_("Store now"),
            act=act,
            # Ingest has transactions of its own, and remembers what they made.
            in_transaction=False,
        )

    @action(description=gettext_lazy("Discard"), url_path="discard", permissions=["review"])
    def discard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        entry = find_entry(self, request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            discard_quarantined(entry, actor=actor_of(request), reason=values["reason"])
            messages.success(request, _("The event was discarded. It stays on record here."))
            return redirect(entry_url(entry))

        return ask(
            self,
            request,
            entry=entry,
            form=ReasonForm(request.POST or None),
            title=_("Discard %(id)s") % {"id": entry.transaction_id},
            summary=_("The event will not count, in no sum and on no invoice. It stays on record here."),
            submit_text=_("Discard"),
            act=act,
            is_dangerous=True,
        )
