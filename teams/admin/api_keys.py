from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldBooleanSwitchWidget,
)

from teams.admin.audited import AuditedAdmin, actor_of
from teams.admin.pages import ReasonForm, ask, entry_url, find_entry
from teams.enums import KeyScope
from teams.models import ApiKey
from teams.services.keys import NewApiKey, create_api_key, revoke_api_key, rotate_api_key


class NewKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Opens"), choices=KeyScope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    is_test = forms.BooleanField(
        label=gettext_lazy("Test key"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=gettext_lazy("What it sends goes to the organization's test twin and is never billed."),
    )

    class Meta:
        model = ApiKey
        fields = ("organization", "name", "scopes", "is_test", "expires_at")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        organization = values.get("organization")
        if organization is not None and organization.is_test and not values.get("is_test"):
            self.add_error("is_test", _("A test organization has test keys only."))
        if (expires_at := values.get("expires_at")) and expires_at <= timezone.now():
            self.add_error("expires_at", _("This moment has passed."))
        return values


class RotateForm(ReasonForm):
    overlap_hours = forms.IntegerField(
        label=gettext_lazy("The old key works on for"),
        min_value=0,
        max_value=24 * 30,
        initial=24,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Hours. With 0 it ends at once."),
    )
    field_order = ("overlap_hours", "reason")


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("working", _("Working")), ("ended", _("Revoked or expired"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        ended = Q(revoked_at__isnull=False) | Q(expires_at__lte=timezone.now())
        if self.value() == "working":
            return queryset.exclude(ended)
        return queryset.filter(ended) if self.value() == "ended" else queryset


@admin.register(ApiKey)
class ApiKeyAdmin(AuditedAdmin):
    """Keys are made, rotated and revoked here; what was made is never edited."""

    list_display = ("name", "prefix", "organization", "opens", "state", "last_used_at", "expires_at")
    list_filter = (StateFilter, ("organization", AutocompleteSelectFilter))
    list_select_related = ("organization",)
    search_fields = ("name", "prefix", "organization__name")
    autocomplete_fields = ("organization",)
    actions_detail = ("rotate", "revoke")
    form = NewKeyForm

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        if obj is None:
            return NewKeyForm.Meta.fields
        return (
            *("organization", "name", "prefix", "opens", "state_in_words"),
            *("created_by", "created_at", "expires_at", "revoked_at", "last_used_at"),
        )

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_end_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether keys may be rotated and revoked: like making them."""
        return bool(self.has_add_permission(request))

    @display(description=gettext_lazy("opens"))
    def opens(self, row: ApiKey) -> str:
        return ", ".join(row.scopes)

    @display(
        description=gettext_lazy("state"),
        label={"working": "success", "expired": "warning", "revoked": "danger"},
    )
    def state(self, row: ApiKey) -> tuple[str, str]:
        if row.revoked_at is not None:
            return "revoked", _("Revoked")
        if _has_passed(row.expires_at):
            return "expired", _("Expired")
        return "working", _("Working")

    @display(description=gettext_lazy("state"))
    def state_in_words(self, row: ApiKey) -> str:
        return self.state(row)[1]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        new = create_api_key(**form.cleaned_data, created_by=actor_of(request))
        obj.__dict__.update(new.key.__dict__)
        obj.just_made = new

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self.show_secret(request, obj.just_made)

    def show_secret(self, request: HttpRequest, new: NewApiKey) -> HttpResponse:
        """The only page that ever holds the secret: an answer to the POST, in no message and no cache."""
        context = self.admin_site.each_context(request) | {
            "title": _("New key: %(name)s") % {"name": new.key.name},
            "opts": self.opts,
            "key": new.key,
            "secret": new.secret,
            "back_url": entry_url(new.key),
        }
        headers = {"Cache-Control": "no-store"}
        return TemplateResponse(request, "teams/admin/new_key.html", context, headers=headers)

    @action(description=gettext_lazy("Rotate"), url_path="rotate", permissions=["end"])
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = find_entry(self, request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            overlap = timedelta(hours=values["overlap_hours"])
            new = rotate_api_key(key, actor=actor_of(request), overlap=overlap, reason=values["reason"])
            return self.show_secret(request, new)

        return ask(
            self,
            request,
            entry=key,
            form=RotateForm(request.POST or None),
            title=_("Rotate %(name)s") % {"name": key.name},
            summary=_("A new key with the same name and scopes takes over from %(prefix)s. %(use)s")
            % {"prefix": key.prefix, "use": _last_use(key)},
            submit_text=_("Rotate the key"),
            act=act,
        )

    @action(description=gettext_lazy("Revoke"), url_path="revoke", permissions=["end"])
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = find_entry(self, request, object_id)

        def act(values: dict[str, Any]) -> HttpResponse:
            revoke_api_key(key, actor=actor_of(request), reason=values["reason"])
            messages.success(request, _("The key %(prefix)s no longer works.") % {"prefix": key.prefix})
            return redirect(entry_url(key))

        return ask(
            self,
            request,
            entry=key,
            form=ReasonForm(request.POST or None),
            title=_("Revoke %(name)s") % {"name": key.name},
            summary=_("Clients that use %(prefix)s are refused at once, for good. %(use)s")
            % {"prefix": key.prefix, "use": _last_use(key)},
            submit_text=_("Revoke the key"),
            act=act,
            is_dangerous=True,
        )


def _has_passed(moment: datetime | None) -> bool:
    return moment is not None and moment <= timezone.now()


def _last_use(key: ApiKey) -> str:
    if key.last_used_at is None:
        return _("It was never used.")
    return _("It was last used on %(moment)s.") % {"moment": key.last_used_at.strftime("%Y-%m-%d %H:%M UTC")}
