from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import action, display

from teams.admin.audited import AuditedAdmin, actor_of
from teams.admin.pages import ReasonForm, ask, entry_url, find_entry
from teams.enums import OutboxStatus
from teams.models import Document, OutboxMessage
from teams.services.outbox import give_up_message, retry_message

_LABELS = {OutboxStatus.PENDING: "info", OutboxStatus.SENT: "success", OutboxStatus.DEAD: "danger"}


@admin.register(OutboxMessage)
class OutboxMessageAdmin(AuditedAdmin):
    """What was sent to whom, and what could not be. Nothing is edited; dead letters stand first."""

    list_display = (
        "subject",
        "recipient",
        "state",
        "kind",
        "organization",
        "attempts",
        "created_at",
        "error",
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("organization", AutocompleteSelectFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("organization",)
    search_fields = ("recipient", "subject", "reference")
    show_full_result_count = False
    actions_detail = ("try_again", "give_up")
    fieldsets = (
        (
            None,
            {"fields": ("state_in_words", "recipient", "subject", "organization", "attachments", "words")},
        ),
        (
            gettext_lazy("Delivery"),
            {
                "fields": (
                    "attempts",
                    "last_error",
                    "created_at",
                    "next_attempt_at",
                    "leased_until",
                    "sent_at",
                )
            },
        ),
        (
            gettext_lazy("Origin"),
            {"fields": ("kind", "reference", "dedupe_key", "channel", "message_id"), "classes": ["collapse"]},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[OutboxMessage]":
        return super().get_queryset(request).defer("html")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_retry_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the message can go out again: it was not sent."""
        return self._stands(request, object_id, OutboxStatus.PENDING, OutboxStatus.DEAD)

    def has_give_up_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether there is anything left to give up."""
        return self._stands(request, object_id, OutboxStatus.PENDING)

    def _stands(self, request: HttpRequest, object_id: str | None, *statuses: OutboxStatus) -> bool:
        if not super().has_change_permission(request):
            return False
        message = self.get_object(request, str(object_id)) if object_id else None
        return (
            message is None or message.status in statuses
        )  # Of nothing, the page says that it is not found.

    @display(description=gettext_lazy("state"), label=_LABELS, ordering="status")
    def state(self, row: OutboxMessage) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @display(description=gettext_lazy("state"))
    def state_in_words(self, row: OutboxMessage) -> str:
        return row.get_status_display()

    @display(description=gettext_lazy("last error"))
    def error(self, row: OutboxMessage) -> str:
        return row.last_error if len(row.last_error) <= 80 else row.last_error[:79] + "…"

    @display(description=gettext_lazy("text"))
    def words(self, row: OutboxMessage) -> str:
        return format_html('<pre class="whitespace-pre-wrap">{}</pre>', row.text)

    @display(description=gettext_lazy("attachments"))
    def attachments(self, row: OutboxMessage) -> SafeString:
        documents = Document.objects.defer("content").in_bulk(row.document_ids)
        lines = ((document.filename, document.size) for document in documents.values())
        return format_html_join("", _("<div>{} ({} bytes)</div>"), lines)

    @display(description="Message-ID")
    def message_id(self, row: OutboxMessage) -> str:
        return str(row.headers.get("Message-ID", ""))

    @action(description=gettext_lazy("Try again"), url_path="try-again", permissions=["retry"])
    def try_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        message = find_entry(self, request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            retry_message(message, actor=actor_of(request), reason=values["reason"])
            messages.success(request, _("The message goes out within seconds."))
            return redirect(entry_url(message))

        return ask(
            self,
            request,
            entry=message,
            form=ReasonForm(request.POST or None),
            title=_("Send “%(subject)s” again") % {"subject": message.subject},
            summary=_("It goes to %(recipient)s as it is, with every attempt anew. %(error)s")
            % {"recipient": message.recipient, "error": message.last_error},
            submit_text=_("Try again"),
            act=act,
        )

    @action(description=gettext_lazy("Give up"), url_path="give-up", permissions=["give_up"])
    def give_up(self, request: HttpRequest, object_id: str) -> HttpResponse:
        message = find_entry(self, request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            give_up_message(message, actor=actor_of(request), reason=values["reason"])
            messages.success(request, _("The message is given up."))
            return redirect(entry_url(message))

        return ask(
            self,
            request,
            entry=message,
            form=ReasonForm(request.POST or None),
            title=_("Give up “%(subject)s”") % {"subject": message.subject},
            summary=_("%(recipient)s will not get it, unless somebody tries again later.")
            % {"recipient": message.recipient},
            submit_text=_("Give up"),
            act=act,
            is_dangerous=True,
        )
