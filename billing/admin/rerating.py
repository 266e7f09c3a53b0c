"""Re-ratings in the admin: asked for, previewed with the invoices that they touch, approved, followed, looked up."""

from datetime import UTC, datetime
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from billing.admin.rerating_page import rerating_context
from teams.admin.audited import actor_of
from teams.admin.pages import DayInput, ReasonForm, ask, entry_url, find_entry
from teams.models import Member, Organization
from usage.admin.prices import ReadOnlyAdmin
from usage.enums import ReratingStatus
from usage.models import LlmModel, Rerating
from usage.services.rerating_run import drain_reratings
from usage.services.reratings import approve_rerating, cancel_rerating, request_rerating

WORKING: Final = (ReratingStatus.LOOKING, ReratingStatus.COUNTING, ReratingStatus.RUNNING)
AT_ONCE: Final = 2.0
"""Seconds for which an act goes on with it before it answers; what takes longer is left to the worker."""


class StartForm(forms.Form):
    occurred_from = forms.DateField(
        label=gettext_lazy("Calls from"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy("The day by UTC. Empty: all that is stored."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = Member._meta.get_field("organization")
        self.fields["organization"] = forms.ModelChoiceField(
            Organization.objects.all(),
            label=_("Organization"),
            required=False,
            widget=AutocompleteSelect(field, admin.site),
            help_text=_("Empty: all of them."),
        )


@admin.register(Rerating)
class ReratingAdmin(ReadOnlyAdmin):
    list_display = ("name", "state", "calls", "reason", "requested_by", "approved_by", "created_at")
    list_filter = ("status",)
    list_fullwidth = True
    list_select_related = ("model", "organization", "requested_by", "approved_by")
    search_fields = ("model__name", "model__provider_name", "reason")

    @display(description=gettext_lazy("re-rating"), ordering="id")
    def name(self, row: Rerating) -> str:
        return str(row)

    @display(
        description=gettext_lazy("status"),
        ordering="status",
        label={
            "looking": "info",
            "counting": "info",
            "previewed": "warning",
            "running": "info",
            "done": "success",
            "stale": "warning",
            "failed": "danger",
        },
    )
    def state(self, row: Rerating) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @display(description=gettext_lazy("which calls"))
    def calls(self, row: Rerating) -> str:
        return calls_in_words(row)

    def get_urls(self) -> list[URLPattern]:
        start = self.admin_site.admin_view(self.start_view)
        return [path("start/", start, name="usage_rerating_start"), *super().get_urls()]

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """Which usage of ``?model=`` is to be priced anew."""
        self._check_may_rerate(request)
        asked = request.GET.get("model", "")
        model = get_object_or_404(LlmModel, pk=int(asked) if asked.isascii() and asked.isdigit() else 0)

        def act(values: dict[str, Any]) -> HttpResponse:
            day = values["occurred_from"]
            rerating = request_rerating(
                model=model,
                organization=values["organization"],
                occurred_from=datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None,
                actor=actor_of(request),
            )
            drain_reratings(seconds=AT_ONCE)
            return redirect(entry_url(rerating))

        return ask(
            self,
            request,
            form=StartForm(request.POST or None),
            title=_("Re-rate the usage of %(model)s") % {"model": f"{model.provider_name}/{model.name}"},
            summary=_(
                "First a preview: how many events have another price by the price list of now, where, and what "
                "they cost before and after. Nothing changes until you approve it."
            ),
            submit_text=_("Preview"),
            back_url=reverse("unpriced"),
            act=act,
            # Its steps have transactions of their own.
            in_transaction=False,
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The preview, the progress or the result; what is posted says which act is meant."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rerating = find_entry(self, request, object_id)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and self._act(request, rerating, form):
            return redirect(entry_url(rerating))
        context = self.admin_site.each_context(request) | {
            "title": str(rerating),
            "opts": self.opts,
            "form": form,
            "may_rerate": _may_rerate(request),
            "calls": calls_in_words(rerating),
            "asks_for_reason": _asks_for_reason(request, rerating),
            **rerating_context(rerating),
        }
        response = TemplateResponse(request, "admin/billing/rerating.html", context)
        if rerating.status in WORKING and not _asks_for_reason(request, rerating):
            # Without a script: the page asks for itself until the worker is done, unless somebody writes a reason.
            response["Refresh"] = "3"
        return response

    def _act(self, request: HttpRequest, rerating: Rerating, form: ReasonForm) -> bool:
        """Approve or cancel. False shows the page again, with what is missing."""
        self._check_may_rerate(request)
        if not form.is_valid():
            return False
        reason = form.cleaned_data["reason"]
        try:
            if request.POST.get("step") == "approve":
                approve_rerating(rerating, reason=reason, actor=actor_of(request))
                drain_reratings(seconds=AT_ONCE)
            elif cancel_rerating(rerating, reason=reason, actor=actor_of(request)):
                messages.success(request, _("It was cancelled. What was re-rated by then stays."))
        except ValidationError as error:
            for message in error.messages:
                messages.error(request, message)
        return True

    def _check_may_rerate(self, request: HttpRequest) -> None:
        if not _may_rerate(request):
            raise PermissionDenied


def _asks_for_reason(request: HttpRequest, rerating: Rerating) -> bool:
    return rerating.status not in WORKING or "cancel" in request.GET or request.method == "POST"


def _may_rerate(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("usage.add_rerating"))


def calls_in_words(rerating: Rerating) -> str:
    """Which calls a re-rating is about, for people."""
    whose = str(rerating.organization) if rerating.organization else _("all organizations")
    if rerating.occurred_from is None:
        return _("%(whose)s, all that is stored") % {"whose": whose}
    day = rerating.occurred_from.astimezone(UTC).date().isoformat()
    return _("%(whose)s, calls from %(day)s") % {"whose": whose, "day": day}
