"""Quarantine and conflicts: events that wait for a person."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from teams.admin.audited import actor_of
from teams.admin.pages import ReasonForm, ask, entry_url, find_entry
from usage.admin.ledger_values import position_url
from usage.admin.prices import ReadOnlyAdmin
from usage.admin.quarantine_facts import facts_table, sent_table
from usage.admin.quarantine_page import QuarantineForm, page_context
from usage.admin.quarantine_reviews import review_page
from usage.enums import QuarantineReason
from usage.models import QuarantinedEvent
from usage.queries.ledger_pages import find_event
from usage.queries.quarantine_facts import compared_facts
from usage.services.quarantine_review import discard_quarantined, replay_quarantined


@admin.register(QuarantinedEvent)
class QuarantinedEventAdmin(ReadOnlyAdmin):
    """Pages by key, as the ledger browser: ``?after=`` goes on to older entries, ``?before=`` to newer ones."""

    actions_detail = ("replay", "discard")
    fields = (
        *("transaction_id", "organization", "reason", "detail", "status", "standing_event", "facts_shown"),
        *(
            "source",
            "api_key",
            "times",
            "first_received_at",
            "last_received_at",
            "resolved_at",
            "resolved_by",
        ),
    )

    class Media:
        css = {"all": ("usage/ledger.css",)}

    def get_urls(self) -> list[Any]:
        review = self.admin_site.admin_view(self.review_view)
        return [path("review/", review, name="usage_quarantinedevent_review"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = QuarantineForm(request.GET)
        context = self.admin_site.each_context(request) | {
            "title": _("Quarantine and conflicts"),
            "opts": self.opts,
            "media": self.media + form.media,
            "form": form,
            "reviews_url": reverse("admin:usage_quarantinereview_changelist"),
            **page_context(form, request.GET),
        }
        return TemplateResponse(request, "usage/admin/quarantine.html", context)

    def review_view(self, request: HttpRequest) -> HttpResponse:
        """Asks before it decides about those that were ticked, or all that the filter names."""
        if not self.has_review_permission(request):
            raise PermissionDenied
        return review_page(self, request)

    @display(description=gettext_lazy("facts"))
    def facts_shown(self, row: QuarantinedEvent) -> str:
        found = compared_facts(row)
        return sent_table(row.facts) if found is None else facts_table(found)

    @display(description=gettext_lazy("API key"), empty_value="–")
    def api_key(self, row: QuarantinedEvent) -> int | None:
        return row.api_key_id or None

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

    def has_replay_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """A conflict is never stored: its id stands in the ledger with other content."""
        entry = self.get_object(request, object_id) if object_id else None
        is_conflict = entry is not None and entry.reason == QuarantineReason.CONFLICT
        return self.has_review_permission(request, object_id) and not is_conflict

    @action(description=gettext_lazy("Store now"), url_path="replay", permissions=["replay"])
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
